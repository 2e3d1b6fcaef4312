/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tpm2-tss, opened when it is needed: most verbs meet no TPM.
 *
 * tss_mu() marshals and parses structures, which a verifier does too; tss() speaks with a TPM.
 * The members are the library's functions, with their own types, without their prefix.
 */
#ifndef CARETAKER_TPM_TSS_H
#define CARETAKER_TPM_TSS_H

#include <tss2/tss2_esys.h>
#include <tss2/tss2_mu.h>
#include <tss2/tss2_rc.h>
#include <tss2/tss2_tctildr.h>

#define TSS_MU(F)						\
	F(TPM2B_CONTEXT_DATA_Unmarshal)				\
	F(TPM2B_ENCRYPTED_SECRET_Marshal)			\
	F(TPM2B_ENCRYPTED_SECRET_Unmarshal)			\
	F(TPM2B_ID_OBJECT_Marshal)				\
	F(TPM2B_ID_OBJECT_Unmarshal)				\
	F(TPM2B_PUBLIC_Marshal)					\
	F(TPM2B_PUBLIC_Unmarshal)				\
	F(TPMS_CONTEXT_Unmarshal)				\
	F(TPMS_ECC_POINT_Marshal)				\
	F(TPMT_PUBLIC_Marshal)					\
	F(TPMT_PUBLIC_Unmarshal)				\
	F(TPMT_SIGNATURE_Marshal)				\
	F(UINT32_Unmarshal)					\
	F(UINT64_Unmarshal)

#define TSS_ESYS(F)						\
	F(ActivateCredential)					\
	F(ContextLoad)						\
	F(CreatePrimary)					\
	F(Finalize)						\
	F(FlushContext)						\
	F(Free)							\
	F(GetCapability)					\
	F(Initialize)						\
	F(NV_Read)						\
	F(NV_ReadPublic)					\
	F(PCR_Read)						\
	F(PolicySecret)						\
	F(Quote)						\
	F(ReadPublic)						\
	F(StartAuthSession)					\
	F(TR_Close)						\
	F(TR_FromTPMPublic)					\
	F(TR_SetAuth)

struct tss_mu {
#define MEMBER(name) __typeof__(Tss2_MU_##name) *name;
	TSS_MU(MEMBER)
#undef MEMBER
};

struct tss {
#define MEMBER(name) __typeof__(Esys_##name) *name;
	TSS_ESYS(MEMBER)
#undef MEMBER
	__typeof__(Tss2_RC_Decode) *RC_Decode;
	__typeof__(Tss2_TctiLdr_Initialize) *TctiLdr_Initialize;
	__typeof__(Tss2_TctiLdr_Finalize) *TctiLdr_Finalize;
};

/* A library that is not there ends the program: late.h */
const struct tss_mu *tss_mu(void);
const struct tss *tss(void);

#endif
