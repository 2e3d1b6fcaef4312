// SPDX-License-Identifier: GPL-2.0
/*
 * KVM_SET_CARETAKER: what the ioctl refuses, and with which error
 *
 * Files that no kernel takes are made here.  What needs a payload that this
 * kernel trusts takes its path as the argument, or from the environment variable
 * KVM_CARETAKER_PAYLOAD, and is skipped without.
 */
#include <fcntl.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <linux/capability.h>

#include "kvm_util.h"
#include "processor.h"

#define GUEST_CPUIDS	1000

/* What module_signature.h puts behind a signature */
#define MARKER		"~Module signature appended~\n"

static const char *payload;

static struct kvm_set_caretaker argument(int fd)
{
	return (struct kvm_set_caretaker) {
		.size = KVM_SET_CARETAKER_SIZE_VER0,
		.fd = fd,
		.flags = KVM_CARETAKER_SHARED,
		.vmm_id = "selftest",
	};
}

/* All return 0 or the errno */
static int set_on_vm(struct kvm_vm *vm, int fd)
{
	struct kvm_set_caretaker arg = argument(fd);

	return __vm_ioctl(vm, KVM_SET_CARETAKER, &arg) ? errno : 0;
}

static int set_on_vcpu(struct kvm_vcpu *vcpu, int fd)
{
	struct kvm_set_caretaker arg = argument(fd);

	return __vcpu_ioctl(vcpu, KVM_SET_CARETAKER, &arg) ? errno : 0;
}

static int remove_from(int vm_or_vcpu, int fd)
{
	struct kvm_set_caretaker arg = argument(fd);

	arg.flags = KVM_CARETAKER_REMOVE;
	return ioctl(vm_or_vcpu, KVM_SET_CARETAKER, &arg) ? errno : 0;
}

static void report(int got, int expected, const char *name)
{
	if (got != expected)
		ksft_print_msg("%s: errno %d (%s) instead of %d (%s)\n", name, got,
			       strerror(got), expected, strerror(expected));
	ksft_test_result(got == expected, "%s\n", name);
}

/* --- The argument -------------------------------------------------------- */

/* Larger than what this kernel knows, as of a VMM of the future */
struct future_argument {
	struct kvm_set_caretaker known;
	u64 unknown[8];
};

#define FIELD(name)	(offsetof(struct future_argument, name) / sizeof(u64))

/*
 * The argument is right in all but one 64-bit word.  Its fd is -1, so that only
 * what is checked before the file is opened can give another error than EBADF.
 */
static const struct {
	const char *name;
	unsigned int word;
	u64 value;		/* is or-ed into the word */
	s32 size;		/* more than that of the first published struct */
	int expected;
} arguments[] = {
	{ "all fields right but the fd", 0, 0, 0, EBADF },
	{ "a size of 0", 0, 0, -KVM_SET_CARETAKER_SIZE_VER0, EINVAL },
	{ "a size that is one too small", 0, 0, -1, EINVAL },
	{ "a larger struct, the rest zero", 0, 0, 64, EBADF },
	{ "a larger struct, its first word used", FIELD(unknown[0]), 1, 64, E2BIG },
	{ "a larger struct, its last word used", FIELD(unknown[7]), 1ULL << 63, 64, E2BIG },
	{ "a size of more than a page", 0, 0, 4096, E2BIG },
	{ "an unknown flag", FIELD(known.flags), 1ULL << 63, 0, EINVAL },
	{ "a bit that only the capability has", FIELD(known.flags), KVM_CARETAKER_CAP_ISOLATED, 0,
	  EINVAL },
	{ "a removal, and another flag with it", FIELD(known.flags),
	  KVM_CARETAKER_REMOVE | KVM_CARETAKER_SHARED, 0, EINVAL },
	{ "an id of the VMM's choice", FIELD(known.vmm_id[8]), 1, 0, EBADF },
};

static void test_arguments(struct kvm_vcpu *vcpu)
{
	union {
		struct future_argument argument;
		u64 word[sizeof(struct future_argument) / sizeof(u64)];
	} arg;
	int i, on_vm, on_vcpu;

	for (i = 0; i < ARRAY_SIZE(arguments); i++) {
		memset(&arg, 0, sizeof(arg));
		arg.argument.known = argument(-1);
		arg.argument.known.size += arguments[i].size;
		arg.word[arguments[i].word] |= arguments[i].value;

		on_vm = ioctl(vcpu->vm->fd, KVM_SET_CARETAKER, &arg) ? errno : 0;
		on_vcpu = ioctl(vcpu->fd, KVM_SET_CARETAKER, &arg) ? errno : 0;
		report(on_vm, arguments[i].expected, arguments[i].name);
		report(on_vcpu, arguments[i].expected, arguments[i].name);
	}

	on_vm = ioctl(vcpu->vm->fd, KVM_SET_CARETAKER, NULL) ? errno : 0;
	report(on_vm, EFAULT, "no argument");
}

#define NR_ARGUMENTS	(2 * ARRAY_SIZE(arguments) + 1)

/* --- The file ------------------------------------------------------------ */

/* A file of these bytes, open for reading only and without a name */
static int new_file(const void *data, size_t size, off_t length)
{
	char path[] = "/tmp/caretaker_test.XXXXXX";
	int fd, reader;

	fd = mkstemp(path);
	TEST_ASSERT(fd >= 0, __KVM_SYSCALL_ERROR("mkstemp()", fd));
	TEST_ASSERT(write(fd, data, size) == size, "Cannot write to '%s'", path);
	TEST_ASSERT(!ftruncate(fd, length), "Cannot set the length of '%s'", path);
	reader = open(path, O_RDONLY);
	TEST_ASSERT(reader >= 0, __KVM_SYSCALL_ERROR("open()", reader));
	close(fd);
	unlink(path);
	return reader;
}

static int new_text(const char *text)
{
	return new_file(text, strlen(text), strlen(text));
}

static int open_empty(void)
{
	return new_text("");
}

static int open_text(void)
{
	return new_text("A text is no ELF file.\n");
}

static int open_marker(void)
{
	return new_text(MARKER);
}

static int open_large(void)
{
	return new_file("", 1, 16ULL << 20);
}

static int open_path(void)
{
	return open("/proc/self/exe", O_PATH);
}

static int open_directory(void)
{
	return open("/", O_RDONLY | O_DIRECTORY);
}

static int open_device(void)
{
	return open("/dev/zero", O_RDONLY);
}

static int open_pipe(void)
{
	int ends[2];

	TEST_ASSERT(!pipe(ends), "Cannot make a pipe");
	close(ends[1]);
	return ends[0];
}

static int open_closed(void)
{
	int fd = open_empty();

	close(fd);
	return fd;
}

static int open_writable(void)
{
	char path[] = "/tmp/caretaker_test.XXXXXX";
	int fd = mkstemp(path);

	TEST_ASSERT(fd >= 0, __KVM_SYSCALL_ERROR("mkstemp()", fd));
	TEST_ASSERT(write(fd, "text", 4) == 4, "Cannot write to '%s'", path);
	unlink(path);
	return fd;
}

static int open_this_program(void)
{
	return open("/proc/self/exe", O_RDONLY);
}

/* Is there a file with this text in it?  -1 if it cannot be read */
static int file_has(const char *path, const char *text)
{
	char content[128] = {};
	int fd = open(path, O_RDONLY);
	ssize_t size;

	if (fd < 0)
		return errno == ENOENT ? 0 : -1;
	size = read(fd, content, sizeof(content) - 1);
	close(fd);
	return size < 0 ? -1 : !!strstr(content, text);
}

/* The state of Secure Boot: four bytes of attributes, and 1 or 0 */
#define SECURE_BOOT	"/sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c"

static bool secure_boot(void)
{
	char variable[5] = {};
	int fd = open(SECURE_BOOT, O_RDONLY);

	if (fd < 0)
		return false;
	if (read(fd, variable, sizeof(variable)) != sizeof(variable))
		variable[4] = 0;
	close(fd);
	return variable[4] == 1;
}

/*
 * Does this machine ask for a signature?  That depends on Secure Boot, lockdown and the
 * enforce latch.  -1 if it cannot be told: securityfs is not mounted, or not for this user.
 */
static int signature_required(void)
{
	int latch = file_has("/sys/kernel/security/caretaker/enforce", "1");
	int locked = file_has("/sys/kernel/security/lockdown", "[integrity]");
	int closed = file_has("/sys/kernel/security/lockdown", "[confidentiality]");

	if (latch < 0 || locked < 0 || closed < 0 ||
	    access("/sys/kernel/security/caretaker/enforce", F_OK))
		return -1;
	return latch || locked || closed || secure_boot();
}

/* Without CAP_SYS_MODULE a signature is always required */
static const struct {
	const char *name;
	int (*open)(void);
	int expected;		/* where a signature is required */
	int unsigned_allowed;	/* where it is not */
} files[] = {
	{ "a closed descriptor", open_closed, EBADF, EBADF },
	{ "a descriptor of O_PATH", open_path, EBADF, EBADF },
	{ "a directory", open_directory, EINVAL, EINVAL },
	{ "a device", open_device, EINVAL, EINVAL },
	{ "a pipe", open_pipe, EINVAL, EINVAL },
	{ "a file that the caller may write", open_writable, ETXTBSY, ETXTBSY },
	{ "an empty file", open_empty, EINVAL, EINVAL },
	{ "a file of 16 MiB", open_large, EFBIG, EFBIG },
	{ "the marker of a signature alone", open_marker, EBADMSG, EBADMSG },
	{ "a text", open_text, EPERM, EBADMSG },
	{ "an ELF file that is no caretaker", open_this_program, EPERM, EBADMSG },
};

#define NR_FILES	(2 * ARRAY_SIZE(files))

/* Returns whether the capability is there */
static bool set_capability(bool on)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2];

	TEST_ASSERT(!syscall(SYS_capget, &header, data), "capget() failed");
	data[0].effective &= ~BIT(CAP_SYS_MODULE);
	if (on)
		data[0].effective |= data[0].permitted & BIT(CAP_SYS_MODULE);
	TEST_ASSERT(!syscall(SYS_capset, &header, data), "capset() failed");
	return data[0].effective & BIT(CAP_SYS_MODULE);
}

static void test_files(struct kvm_vcpu *vcpu)
{
	int required = set_capability(true) ? signature_required() : 1;
	int i, fd, got, expected;

	for (i = 0; i < ARRAY_SIZE(files); i++) {
		fd = files[i].open();
		TEST_ASSERT(fd >= 0, "Cannot open %s", files[i].name);
		set_capability(false);
		got = set_on_vm(vcpu->vm, fd);
		set_capability(true);
		report(got, files[i].expected, files[i].name);

		expected = required ? files[i].expected : files[i].unsigned_allowed;
		got = set_on_vcpu(vcpu, fd);
		if (required < 0 && files[i].expected != files[i].unsigned_allowed)
			ksft_test_result_skip("%s: mount securityfs\n", files[i].name);
		else
			report(got, expected, files[i].name);
		close(fd);
	}
}

/* --- A payload that this kernel trusts ----------------------------------- */

static int open_payload(void)
{
	int fd = open(payload, O_RDONLY);

	TEST_ASSERT(fd >= 0, "Cannot open '%s': %s", payload, strerror(errno));
	return fd;
}

/* The payload, with one bit of its last page before the signature changed */
static int open_flipped(void)
{
	int source = open_payload(), fd;
	struct stat st;
	char *data;

	TEST_ASSERT(!fstat(source, &st) && st.st_size > 64, "'%s' is no payload", payload);
	data = mmap(NULL, st.st_size, PROT_READ | PROT_WRITE, MAP_PRIVATE, source, 0);
	TEST_ASSERT(data != MAP_FAILED, "Cannot map '%s'", payload);
	data[st.st_size / 2] ^= 1;
	fd = new_file(data, st.st_size, st.st_size);
	munmap(data, st.st_size);
	close(source);
	return fd;
}

static void guest_code(void)
{
	u32 eax, ebx, ecx, edx, max, first, i;

	cpuid(0, &max, &first, &ecx, &edx);
	for (i = 0; i < GUEST_CPUIDS; i++) {
		cpuid(0, &eax, &ebx, &ecx, &edx);
		GUEST_ASSERT_EQ(eax, max);
		GUEST_ASSERT_EQ(ebx, first);
	}
	GUEST_DONE();
}

static bool guest_ends_well(struct kvm_vcpu *vcpu)
{
	struct ucall uc;

	vcpu_run(vcpu);
	if (vcpu->run->exit_reason != KVM_EXIT_IO) {
		ksft_print_msg("exit reason %u\n", vcpu->run->exit_reason);
		return false;
	}
	switch (get_ucall(vcpu, &uc)) {
	case UCALL_DONE:
		return true;
	case UCALL_ABORT:
		ksft_print_msg("the guest: %s\n", uc.buffer);
		return false;
	default:
		return false;
	}
}

static void test_payload_on_vm(void)
{
	struct kvm_vcpu *vcpu, *late;
	struct kvm_vm *vm;
	int fd;

	vm = vm_create_with_one_vcpu(&vcpu, guest_code);
	fd = open_flipped();
	report(set_on_vm(vm, fd), EKEYREJECTED, "the payload with one bit changed");
	close(fd);

	fd = open_payload();
	/* The file's position does not matter: all of it is read */
	lseek(fd, 64, SEEK_SET);
	report(set_on_vm(vm, fd), 0, "the payload, after a refusal");
	report(set_on_vm(vm, fd), 0, "another one in its place");
	report(set_on_vcpu(vcpu, fd), EBUSY, "one on a vCPU of that VM");
	late = vm_vcpu_add(vm, 1, guest_code);
	report(set_on_vcpu(late, fd), EBUSY, "one on a vCPU that came later");
	ksft_test_result(guest_ends_well(vcpu), "the guest runs\n");
	report(set_on_vm(vm, fd), 0, "another one after the guest ran");
	ksft_test_result(guest_ends_well(late), "the later vCPU runs under that\n");
	close(fd);
	kvm_vm_free(vm);
}

static void test_removal(void)
{
	struct kvm_vcpu *vcpu, *late;
	struct kvm_vm *vm;
	int fd;

	vm = vm_create_with_one_vcpu(&vcpu, guest_code);
	report(remove_from(vm->fd, -1), ENOENT, "a removal where there is none");
	fd = open_payload();
	report(set_on_vm(vm, fd), 0, "the payload to be removed");
	report(remove_from(vm->fd, fd), EINVAL, "a removal that names a file");
	report(remove_from(vcpu->fd, -1), EBUSY, "a removal from one vCPU of a VM that has one");
	ksft_test_result(guest_ends_well(vcpu), "the guest runs under it\n");
	report(remove_from(vm->fd, -1), 0, "a removal");
	report(remove_from(vm->fd, -1), ENOENT, "a second removal");
	late = vm_vcpu_add(vm, 1, guest_code);
	ksft_test_result(guest_ends_well(late), "a guest runs without\n");
	report(set_on_vcpu(late, fd), 0, "the payload after its removal, on one vCPU");
	report(remove_from(late->fd, -1), 0, "a removal from that vCPU");
	close(fd);
	kvm_vm_free(vm);
}

static void test_payload_on_vcpu(void)
{
	struct kvm_vcpu *vcpus[2];
	struct kvm_vm *vm;
	int fd;

	vm = vm_create_with_vcpus(2, guest_code, vcpus);
	fd = open_payload();
	report(set_on_vcpu(vcpus[0], fd), 0, "the payload on one vCPU");
	report(set_on_vcpu(vcpus[0], fd), 0, "another one in its place");
	report(set_on_vm(vm, fd), EBUSY, "one on the VM of that vCPU");
	report(set_on_vcpu(vcpus[1], fd), 0, "one on the other vCPU");
	close(fd);
	ksft_test_result(guest_ends_well(vcpus[0]), "the vCPU runs\n");
	ksft_test_result(guest_ends_well(vcpus[1]), "the other vCPU runs\n");
	kvm_vm_free(vm);
}

#define NR_PAYLOAD	(8 + 6 + 10)

static void skip_payload(void)
{
	int i;

	for (i = 0; i < NR_PAYLOAD; i++)
		ksft_test_result_skip("no payload: give its path, or KVM_CARETAKER_PAYLOAD\n");
}

/* --- All of it ----------------------------------------------------------- */

static void test_capability(struct kvm_vm *vm)
{
	const u64 known = KVM_CARETAKER_SHARED | KVM_CARETAKER_MIN_ENCODINGS |
			  KVM_CARETAKER_REMOVE | KVM_CARETAKER_CAP_ISOLATED |
			  KVM_CARETAKER_CAP_VM | KVM_CARETAKER_CAP_VCPU;
	struct kvm_set_caretaker arg = argument(-1);
	u64 bits = vm_check_cap(vm, KVM_CAP_CARETAKER);

	ksft_test_result((bits & KVM_CARETAKER_SHARED) && !(bits & ~known),
			 "the capability has known bits\n");
	arg.flags = 0;
	report(__vm_ioctl(vm, KVM_SET_CARETAKER, &arg) ? errno : 0,
	       bits & KVM_CARETAKER_CAP_ISOLATED ? EBADF : EOPNOTSUPP,
	       "isolated page tables, as the capability says");
}

#define NR_CAPABILITY	2

int main(int argc, char *argv[])
{
	struct kvm_vcpu *vcpu;
	struct kvm_vm *vm;

	TEST_REQUIRE(kvm_has_cap(KVM_CAP_CARETAKER));
	payload = argc > 1 ? argv[1] : getenv("KVM_CARETAKER_PAYLOAD");

	ksft_print_header();
	ksft_set_plan(NR_CAPABILITY + NR_ARGUMENTS + NR_FILES + 1 + NR_PAYLOAD);

	vm = vm_create_with_one_vcpu(&vcpu, guest_code);
	test_capability(vm);
	test_arguments(vcpu);
	test_files(vcpu);
	ksft_test_result(guest_ends_well(vcpu), "the guest runs after all that was refused\n");
	kvm_vm_free(vm);

	if (payload) {
		test_payload_on_vm();
		test_payload_on_vcpu();
		test_removal();
	} else {
		skip_payload();
	}
	ksft_finished();
}
