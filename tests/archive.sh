# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# Packages of another release of Debian than this machine's; sourced by the scripts that want some.
#
# The address of the archive is taken from this machine's own apt configuration, so a local
# mirror or proxy is used as the machine uses it; only the suite differs. apt gets lists and a
# cache of its own and checks signatures as always: nothing on the machine changes, and root is
# not needed.

# archive_open FOLDER SUITE: reads SUITE's list; what apt writes is below FOLDER. Sets
# $archive, the options for apt-get and apt-cache. Status 3, with the reason, if apt knows
# no archive.
archive_open() {
	local folder=$1 suite=$2 codename

	command -v apt-get >/dev/null || { echo "there is no apt-get here" >&2; return 3; }
	# shellcheck source=/dev/null
	codename=$(. /etc/os-release; echo "${VERSION_CODENAME:-}")
	mkdir -p "$folder/lists/partial" "$folder/cache/archives/partial"
	folder=$(realpath "$folder")
	# Every configured index of the running release's main component, one a line
	apt-get indextargets --format '$(REPO_URI)|$(RELEASE)|$(COMPONENT)|$(SIGNED_BY)' \
		'Created-By: Packages' |
	awk -F'|' -v release="$codename" -v suite="$suite" '
		$2 == release && $3 == "main" && !seen[$1]++ {
			option = $4 ~ /^\// ? "[signed-by=" $4 "] " : ""
			print "deb " option $1 " " suite " main"
		}' >"$folder/base.list"
	[ -s "$folder/base.list" ] || {
		echo "apt is not configured for Debian's main archive (looked for release '$codename', component main)" >&2
		return 3
	}
	archive=(-q -o "Dir::Etc::sourcelist=$folder/base.list" -o Dir::Etc::sourceparts=/dev/null
		-o Dir::Etc::preferences=/dev/null -o Dir::Etc::preferencesparts=/dev/null
		-o "Dir::State::Lists=$folder/lists" -o "Dir::Cache=$folder/cache"
		-o APT::Get::List-Cleanup=0 -o Acquire::Languages=none -o Acquire::Retries=3)
	[ "$(id -u)" != 0 ] || archive+=(-o APT::Sandbox::User=root)
	apt-get "${archive[@]}" update
}

# archive_unpack FOLDER SUITE PACKAGE: unpacks PACKAGE of SUITE, without what it depends on, below FOLDER/root,
# once; of two scripts at a time one waits. What apt said is in FOLDER/fetch.log. Status 3, with the reason, if it
# cannot be had.
archive_unpack() {
	local folder=$1 suite=$2 package=$3 lock

	mkdir -p "$folder"
	exec {lock}> "$folder/.lock"
	flock "$lock"
	[ -d "$folder/root" ] || archive_fetch "$@" > "$folder/fetch.log" 2>&1 || {
		echo "could not fetch $package of $suite, see $folder/fetch.log" >&2
		return 3
	}
	exec {lock}>&-
}

# The same, whether it is there or not and with nobody waiting
archive_fetch() {
	local work=$1/apt archive

	archive_open "$work" "$2" || return
	work=$(realpath "$work")
	(cd "$work" && rm -f ./*.deb && apt-get "${archive[@]}" download "$3") || return
	rm -rf "$1/root.new" "$1/root"
	dpkg-deb -x "$work/$3"_*.deb "$1/root.new" || return
	rm -rf "$work"
	mv "$1/root.new" "$1/root"
}
