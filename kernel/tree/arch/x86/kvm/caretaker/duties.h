/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What KVM does at each exit besides handling it, and why it need not do that for an exit
 * that the payload answers.
 *
 * KVM does not see such an exit: it does nothing between the guest's exit and its next entry.
 * So each step of the functions below needs a reason here, or a condition that makes the
 * payload route the exit:
 *
 *	routed		the payload routes each exit of this kind, or in this state
 *	ROUTE_ALL	caretaker_config_flags(): the payload answers nothing
 *	ROUTE_ONCE	svm_caretaker_prepare(): it answers nothing until KVM has seen an exit
 *	KVM_ENTERS	vmx_caretaker_next_state(): it answers nothing, on Intel
 *	BYPASSED	vmx_caretaker_next_state(): exits bypass the slot
 *	next		only KVM reads the result, and before it does so KVM sees an exit and
 *			does this step for that exit
 *	entry		the step undoes what the last entry did, or prepares the next one;
 *			nothing of the host runs between an answer and the next entry
 *	open		skipped, although somebody may notice
 *
 * An interrupt, NMI or kick (all requests of others) during an answer is pending still at
 * the next entry, which exits for it at once: routed.
 *
 * vcpu_enter_guest(), behind kvm_x86_call(vcpu_run):
 *	fast path			next: counts what KVM handles
 *	stat.exits			caretaker_vcpu_put() adds what was answered
 *	PKRU, FPU, XFD			entry; an #NM exit is routed
 *	mediated PMU			entry; see vmx_refresh_guest_perf_global_control()
 *	debug registers, breakpoints	entry; guest_debug is ROUTE_ALL
 *	last_vmentry_cpu		next: no answer changes the CPU
 *	last_guest_tsc			next: kvm_arch_vcpu_load() follows an exit that KVM saw
 *	IN_GUEST_MODE			stays: who kicks sends an IPI, and waits for the exit
 *	handle_exit_irqoff		routed: #MC, #NM, #PF for the host, interrupts, NMIs
 *	IBPB before user space		next
 *	interrupts on, guest time	nothing is pending, or the next entry exits
 *	profile=kvm			next: it counts what KVM handles
 *	tsc_always_catchup		ROUTE_ALL
 *	kvm_lapic_sync_from_vapic()	next: the guest's TPR, read only where KVM injects
 *
 * svm_vcpu_run():
 *	SPEC_CTRL, DEBUGCTL		entry: the guest's stay; the payload has no RET
 *	CR2, RAX, RSP, RIP, CR0, CR3	next: read from the VMCB
 *	NMI, stgi()			routed; GIF is 0 over an answer
 *	sync_cr8_to_lapic()		next
 *	svm->next_rip			next
 *	nested_*			routed: vmcb02 has no caretaker
 *	flush_all_asids, tlb_ctl, ERAP	what an entry asks for is done again by each VMRUN
 *					until KVM sees an exit: more, never less
 *	vmcb_mark_all_clean()		the same; the payload changes nothing that is cached
 *	PERF_CNTR_GLOBAL_CTL		next: the MSR itself keeps the guest's value
 *	apf.host_apf_flags		routed: #PF
 *	registers, trace_kvm_exit()	next; ROUTE_ALL while somebody traces
 * svm_vcpu_enter_exit():
 *	CPU buffers, RSB		the payload does both where config->mitigations says so
 *	IF, the divider			entry
 * svm_complete_interrupts():
 *	soft_int_injected		ROUTE_ONCE
 *	nmi_l1_to_l2			routed: vmcb02
 *	awaiting_iret_completion	next: RIP is where IRET was only if it did not complete,
 *					or is there again, which delays an NMI by an instruction
 *	queues emptied			next; EXITINTINFO and EVENTINJ that are valid are routed
 * svm_handle_exit(), svm_exit_handlers_fastpath(), svm_handle_exit_irqoff():
 *					about one kind of exit: dispatch.h of the payload
 * __svm_skip_emulated_instruction(), kvm_skip_emulated_instruction():
 *	next RIP, interrupt shadow	done by the payload
 *	a counter of instructions	ROUTE_ALL
 *	#DB of RFLAGS.TF		routed
 *
 * vmx_vcpu_run():
 *	HOST_CR3, HOST_CR4		entry: they change in KVM or behind an exit
 *	host's perf MSRs, PEBS		entry; BYPASSED where the exit would turn PEBS on
 *	LBR, PT, DEBUGCTL		entry
 *	preemption timer		vmx_caretaker_next_state(): the payload sets it likewise
 *	soft_vnmi_blocked, entry_time	KVM_ENTERS
 *	enlightened VMCS		no caretaker
 *	failed entries, vmx->fail	routed, and VMRESUME that fails lands in KVM
 *	launched			set: an answer ends in VMRESUME
 * vmx_vcpu_enter_exit():
 *	vmx_l1d_flush()			KVM_ENTERS where each entry flushes; else an answer reads
 *					nothing that a flush would hide
 *	fb_clear, CR2			entry
 *	vmx_handle_nmi()		routed, or a mark: vmx_caretaker_take_nmi()
 * vmx_refresh_guest_perf_global_control():
 *					ROUTE_ALL, unless the CPU saves it in the VMCS
 * vmx_recover_nmi_blocking(), __vmx_complete_interrupts():
 *	IRET that faults		routed: an exception, or an EPT violation
 *	nmi_known_unmasked		next
 *	queues emptied			next; vectoring information that is valid is routed
 * __vmx_handle_exit(), vmx_handle_exit(), vmx_exit_handlers_fastpath(), vmx_handle_exit_irqoff():
 *	vmx_flush_pml_buffer()		next: who reads the bitmap kicks first; a full one exits
 *	bus lock, enclave, failed entry	routed: all 32 bits of the exit reason are compared
 *	emulation_required		no answer changes segments or CR0
 *	the PAUSE window		PAUSE is routed: KVM makes the window longer with each
 *	the rest			about one kind of exit: dispatch.h of the payload
 * skip_emulated_instruction():
 *	as above; in an enclave the exit reason has another bit
 *
 * Where one of these functions changes, this table and the conditions want another look.
 */
#ifndef __KVM_X86_CARETAKER_DUTIES_H
#define __KVM_X86_CARETAKER_DUTIES_H
#endif
