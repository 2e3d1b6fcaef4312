#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Fetch the kernel base package to $1 and check it.
#
# The address of the archive is taken from this machine's own apt
# configuration, so a local mirror or proxy is used as the machine uses it;
# only the suite differs. apt gets lists and a cache of its own: nothing on the
# machine changes, and root is not needed.
set -euo pipefail

out=$1
work=$(dirname "$out")/apt
mkdir -p "$work/lists/partial" "$work/cache/archives/partial"
work=$(realpath "$work")

die() { echo "kernel/fetch.sh: $*" >&2; exit 3; }

command -v apt-get >/dev/null ||
	die "no apt-get here: obtain a kernel yourself and use make LINUX=PATH (a tree, git checkout or tarball of ${BASE_PACKAGE#linux-source-})"

# shellcheck source=/dev/null
codename=$(. /etc/os-release; echo "${VERSION_CODENAME:-}")

# Every configured index of the running release's main component, one a line.
apt-get indextargets --format '$(REPO_URI)|$(RELEASE)|$(COMPONENT)|$(SIGNED_BY)' \
	'Created-By: Packages' |
awk -F'|' -v release="$codename" -v suite="$BASE_SUITE" '
	$2 == release && $3 == "main" && !seen[$1]++ {
		option = $4 ~ /^\// ? "[signed-by=" $4 "] " : ""
		print "deb " option $1 " " suite " main"
	}' > "$work/base.list"
[ -s "$work/base.list" ] ||
	die "apt is not configured for Debian's main archive (looked for release '$codename', component main): add it, or use make LINUX=PATH"

private=(-q -o "Dir::Etc::sourcelist=$work/base.list" -o Dir::Etc::sourceparts=/dev/null
	-o Dir::Etc::preferences=/dev/null -o Dir::Etc::preferencesparts=/dev/null
	-o "Dir::State::Lists=$work/lists" -o "Dir::Cache=$work/cache"
	-o APT::Get::List-Cleanup=0 -o Acquire::Languages=none -o Acquire::Retries=3)
# As root, apt drops to _apt, who need not be able to read a checkout.
[ "$(id -u)" = 0 ] && private+=(-o APT::Sandbox::User=root)

apt-get "${private[@]}" update
mapfile -t offered < <(apt-cache "${private[@]}" madison "$BASE_PACKAGE" | awk '{ print $3 }' | sort -u)

for base in $BASE_VERSIONS; do
	version=${base%=*}
	sha256=${base##*=}
	printf '%s\n' "${offered[@]}" | grep -Fxq -- "$version" || continue

	(cd "$work" && rm -f ./*.deb && apt-get "${private[@]}" download "$BASE_PACKAGE=$version")
	if ! echo "$sha256  $(echo "$work"/*.deb)" | sha256sum --check --quiet; then
		rm -f "$work"/*.deb
		die "$BASE_PACKAGE $version has another checksum than kernel/base.mk says ($sha256)"
	fi
	mv "$work"/*.deb "$out"
	touch "$out"
	exit 0
done

cat >&2 <<EOM
kernel/fetch.sh: the archive has none of the kernel bases that the series was tested on.
  tested:  $(printf '%s ' $BASE_VERSIONS | sed 's/=[0-9a-f]*//g')
  offered: ${offered[*]:-nothing named $BASE_PACKAGE in $BASE_SUITE}
What to do, one of:
  make LINUX=PATH     with a source tree, git checkout, tarball or .deb of a tested version
                      (a snapshot of Debian's archive still has it)
  edit kernel/base.mk to name an offered version and its sha256, then run make series-check
EOM
exit 3
