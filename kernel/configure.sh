#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Configure the kernel: configure.sh SRC OBJ CERT FRAGMENT...
#
# Merges the fragments onto allnoconfig, compiles CERT into the builtin
# keyring, and fails unless every option comes out as the fragments ask: an
# option that Kconfig silently drops must not turn a check into a no-op.
# REVOKED=CERT compiles that one into the revocation list, if there is to be one.
# ALLOW_MISSING=REGEX lets options of that name be missing: the steps of the
# series, before the option is there.
set -euo pipefail

src=$(realpath "$1")
obj=$(realpath "$2")
cert=$(realpath "$3")
shift 3
fragments=()
for fragment; do
	fragments+=("$(realpath "$fragment")")
done

# Named relative to the objects: a path of this machine in the configuration
# would be part of every compilation, and keep the compiler cache from sharing.
mkdir -p "$obj/certs"
cmp -s "$cert" "$obj/certs/caretaker-release.pem" || cp "$cert" "$obj/certs/caretaker-release.pem"
echo 'CONFIG_SYSTEM_TRUSTED_KEYS="certs/caretaker-release.pem"' > "$obj/.trust.config"
if [ -n "${REVOKED:-}" ] && grep -qx CONFIG_SYSTEM_REVOCATION_LIST=y "${fragments[@]}"; then
	cmp -s "$REVOKED" "$obj/certs/caretaker-revoked.pem" || cp "$REVOKED" "$obj/certs/caretaker-revoked.pem"
	echo 'CONFIG_SYSTEM_REVOCATION_KEYS="certs/caretaker-revoked.pem"' >> "$obj/.trust.config"
fi
fragments+=("$obj/.trust.config")

merged=$(mktemp -d "$obj/.merge.XXXXXX")
trap 'rm -rf "$merged"' EXIT
cat "${fragments[@]}" > "$merged/all"
doubled=$(grep -hoE '^CONFIG_[A-Z0-9a-z_]+' "$merged/all" | sort | uniq -d)
if [ -n "$doubled" ]; then
	echo "kernel/configure.sh: set by more than one fragment line:" $doubled >&2
	exit 3
fi

make -C "$src" O="$obj" KCONFIG_CONFIG="$merged/config" KCONFIG_ALLCONFIG="$merged/all" allnoconfig

missed=$(grep -E '^(CONFIG_|# CONFIG_.* is not set)' "$merged/all" |
	grep -Ev "^CONFIG_[A-Z0-9_]*(${ALLOW_MISSING:-^})" | while read -r line; do
	case $line in
	"# "*)	option=${line#\# }; option=${option%% *}
		! grep -q "^$option=" "$merged/config" || echo "  $line" ;;
	*)	grep -Fxq -- "$line" "$merged/config" ||
			echo "  $line, got: $(grep -E "^(# )?${line%%=*}[= ]" "$merged/config" || echo nothing)" ;;
	esac
done)
if [ -n "$missed" ]; then
	echo "kernel/configure.sh: these options did not come out as asked for:" >&2
	echo "$missed" >&2
	exit 3
fi

# An unchanged configuration keeps its time stamp: nothing is rebuilt.
cmp -s "$merged/config" "$obj/.config" || cp "$merged/config" "$obj/.config"
