#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# jansson 2.14: json_dump_callback() returns 0 although the callback failed in a key.
#
# Its manual says of the callback that it returns 0 on success and -1 on error, and of the
# function that it returns 0 on success and -1 on error. Yet what the callback returns for the
# text of an object's key is not looked at (the key's quotes are two more such calls). Who
# writes to where an error may pass, as a descriptor that does not block, gets JSON with a
# hole, and is told that all is well. A callback has to keep its first error by itself.
#
# Seen with libjansson4 2.14-2 (Debian 12): of the 7 calls for {"key": 1}, whose pieces are
# `{` `"` `key` `"` `: ` `1` `}`, calls 2 to 4 may fail and json_dump_callback() returns 0;
# it returns -1 where any other fails.
set -euo pipefail
version=2.14-2
expected='call 1: -1
call 2: 0
call 3: 0
call 4: 0
call 5: -1
call 6: -1
call 7: -1'

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get download -qq "libjansson4=$version" "libjansson-dev=$version"
for package in ./*.deb; do
	dpkg -x "$package" root
done
cat >dump.c <<'END'
#include <jansson.h>
#include <stdio.h>

static int calls, failing;

static int put(const char *text, size_t size, void *data)
{
	(void)text, (void)size, (void)data;
	return ++calls == failing ? -1 : 0;
}

int main(void)
{
	json_t *json = json_pack("{s:i}", "key", 1);
	int all;

	json_dump_callback(json, put, NULL, 0);
	all = calls;
	for (failing = 1; failing <= all; failing++) {
		calls = 0;
		printf("call %d: %d\n", failing, json_dump_callback(json, put, NULL, 0));
	}
	json_decref(json);
	return 0;
}
END
lib=$(dirname "$(find root -name 'libjansson.so.4')")
cc -Iroot/usr/include -o dump dump.c "$lib/libjansson.so.4" -Wl,-rpath,"$work/$lib"
seen=$(./dump)
echo "libjansson4 $version:"
echo "$seen"
[ "$seen" = "$expected" ] || { echo "not as it was: expected"; echo "$expected"; exit 1; }
