#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Try the project on a minimal Debian 12, where nothing is prepared:
# fresh_machine.sh [TARGET...]
#
# A debootstrap folder in build/fresh gets a clone of HEAD. Without a TARGET:
# `make` must name the packages that are missing, and after their installation
# build and pass the unit tests. With TARGETs (demo, check) these are run.
# Root only. The archive is the one that this machine's apt uses. Mounts live in
# a mount namespace of their own, so nothing is left behind.
# Ends with "N passed, N failed".
set -uo pipefail

cd "$(dirname "$0")/.." || exit 3
release=bookworm
fresh=$PWD/build/fresh
root=$fresh/root
passed=0
failed=0
pass() { passed=$((passed + 1)); echo "ok      $*"; }
fail() { failed=$((failed + 1)); echo "FAILED  $*"; }
verdict() { echo "$passed passed, $failed failed"; [ "$failed" = 0 ]; exit; }

[ "$(id -u)" = 0 ] || { fail "fresh machine: debootstrap and chroot need root"; verdict; }
# shellcheck source=/dev/null
codename=$(. /etc/os-release; echo "${VERSION_CODENAME:-}")
mirror=$(apt-get indextargets --format '$(REPO_URI)|$(RELEASE)|$(COMPONENT)' 'Created-By: Packages' |
	awk -F'|' -v release="$codename" '$2 == release && $3 == "main" { print $1; exit }')
[ -n "$mirror" ] || { fail "fresh machine: apt knows no archive with $codename main"; verdict; }

mkdir -p "$fresh/cache"
rm -rf --one-file-system "$root"
if debootstrap --variant=minbase --include=make,git,ca-certificates --cache-dir="$fresh/cache" \
	"$release" "$root" "$mirror" > "$fresh/debootstrap.log" 2>&1; then
	pass "debootstrap of $release"
else
	fail "debootstrap of $release: see $fresh/debootstrap.log"
	tail -n 5 "$fresh/debootstrap.log"
	verdict
fi
# How this machine reaches the archive: names, proxies, tolerance for old lists.
cp /etc/resolv.conf /etc/hosts "$root/etc/"
apt-config dump | grep -E '^Acquire::(http|https|Check-)[^ ]* "[^"]+";' > "$root/etc/apt/apt.conf.d/90machine"
git clone -q --no-hardlinks . "$root/src" || { fail "clone"; verdict; }
git -C "$root/src" remote remove origin

inside() {
	# shellcheck disable=SC2016
	unshare --mount --pid --fork --kill-child bash -c '
		root=$1
		shift
		mount -t proc proc "$root/proc" && mount --rbind /dev "$root/dev" &&
		mount --rbind /sys "$root/sys" &&
		exec env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root TERM=dumb LC_ALL=C CI=true \
			${http_proxy:+http_proxy="$http_proxy"} ${https_proxy:+https_proxy="$https_proxy"} \
			chroot "$root" bash -c "cd /src && $*"' fresh "$root" "$@" < /dev/null
}

# step NAME COMMAND: passes if the command does
step() {
	local name=$1 start=$SECONDS log=$fresh/$1.log

	shift
	if inside "$@" > "$log" 2>&1; then
		pass "$name ($((SECONDS - start)) s)"
	else
		fail "$name: see $log"
		tail -n 30 "$log"
		return 1
	fi
}

if [ $# -gt 0 ]; then
	for target; do
		step "make-$target" make "$target"
	done
else
	inside make > "$fresh/missing.log" 2>&1
	if [ $? != 0 ] && grep -q 'packages are missing:.*libjansson-dev' "$fresh/missing.log"; then
		pass "make names the missing packages"
	else
		fail "make does not name the missing packages"
		tail -n 5 "$fresh/missing.log"
	fi
	step install tests/packages.sh install tools unit &&
		step make make && step unit make unit
fi
[ "$failed" != 0 ] || rm -rf --one-file-system "$root"
verdict
