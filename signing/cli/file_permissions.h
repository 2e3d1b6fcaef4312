/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Who may do what with a file that takes the place of another.
 */
#ifndef CARETAKER_FILE_PERMISSIONS_H
#define CARETAKER_FILE_PERMISSIONS_H

/*
 * Gives @fd, a new file of ours, what @name in @folder has: owner and group as far as this process may, permissions and
 * access control list.  Where the group cannot be kept, ours may do no more than anybody.  Set-user-id and its kin are
 * not kept.
 * Return: 0; -ESTALE if @name is no file any more; -errno
 */
int file_permissions_keep(int fd, int folder, const char *name);

#endif
