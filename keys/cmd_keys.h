/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The actions of `caretaker keys`, a file or half of one each.
 */
#ifndef CARETAKER_CMD_KEYS_H
#define CARETAKER_CMD_KEYS_H

int cmd_keys_make(int argc, char **argv);
int cmd_keys_request(int argc, char **argv);
int cmd_keys_certify(int argc, char **argv);
int cmd_keys_list(int argc, char **argv);
int cmd_keys_enroll(int argc, char **argv);
int cmd_keys_revoke(int argc, char **argv);
int cmd_keys_blacklist(int argc, char **argv);

#endif
