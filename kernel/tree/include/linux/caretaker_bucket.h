/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _LINUX_CARETAKER_BUCKET_H
#define _LINUX_CARETAKER_BUCKET_H

#include <linux/types.h>

/**
 * struct caretaker_bucket - what was spent of a budget of records: virt/caretaker/budget.c
 * @account:	whose it is; not used in that of a VM
 * @since:	second up to which @spent was reckoned
 * @spent:	records
 * @end_paid:	of a VM: what its end may leave is paid for
 */
struct caretaker_bucket {
	u64 account;
	u64 since;
	u32 spent;
	bool end_paid;
};

#endif /* _LINUX_CARETAKER_BUCKET_H */
