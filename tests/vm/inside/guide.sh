#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# The blocks of a guide that are for a host, each in a shell of its own as an administrator's is, and what the kernel
# installs between them. What the other blocks made, on the release machine, is in /share/guides.
#
#   guide.sh guide-PAGE [BOOT]
#
# root and revoke come into the builtin keyring by a module, in place of a kernel that was built with them. NAME.other is
# another payload of the same name and security version, which NAME has signed.
. /lab/report.sh
. /lab/record.sh
page=${1#guide-}
cp -r "/share/guides/$page" /tmp/guide
cd /tmp/guide || exit 3
cp /share/payloads/update-b good

[ "$page" = enrolment ] || [ "$page" = mok ] || [ -e /share/machine_key.ko ] || { not_ok "module: machine_key.ko is not there (make lab-modules)"; exit 0; }
check "ima/policy" load_policy
build_in() {
	check "$1/builtin" insmod /share/machine_key.ko keyring=$(($(keyctl id %:.builtin_trusted_keys))) "path=$PWD/$1.der"
	rmmod machine_key
}
enrol() {
	check "$1/enrol" sh -c "keyctl padd asymmetric '' %:.secondary_trusted_keys <$1.der"
}
# block: the next of the page
export GUIDE_RAN=/share/guides/ran
touch $GUIDE_RAN
count=$(sed -n 's/ host$//p' "/share/guides/$page.list" | grep -cxFf - $GUIDE_RAN)
block() {
	count=$((count + 1))
	check "block-$count" sh -eu "/share/guides/$page.host/$count"
}
# install STEP ERRNO FILE...: what the kernel says to these
install() {
	local step=$1 expected=$2

	shift 2
	named "$step" refuse --once --dir . --expect "$expected" "$@"
}

case $page in
rotation|revocation) build_in root ;;
esac
case $page in
rotation)
	enrol old
	install before 0 last.signed both.signed
	install before ENOKEY next.signed
	block
	install after 0 last.signed both.signed release.signed next.signed
	install after EKEYREJECTED broken.signed
	key=$(keyctl show %:.secondary_trusted_keys | sed -n 's/^ *\([0-9]*\) .*Example release 2021.*/\1/p')
	check "old/goes" keyctl unlink "$key" %:.secondary_trusted_keys
	install old-gone ENOKEY last.signed
	install old-gone 0 both.signed release.signed next.signed ;;
revocation)
	build_in revoke
	enrol release
	install before 0 bad.signed release.other
	install before ENOKEY stays.signed
	check "only-builtin-keys-revoke" sh -c "! caretaker keys blacklist --digest \"\$(cat digest)\" --sig by-release.sig"
	install before 0 bad.signed
	block
	install payload EKEYREVOKED bad.signed stays.signed
	install payload 0 release.other good
	block
	install floor ESTALE release.other
	block
	install key ENOKEY release.other
	install key ESTALE next.other
	install key EKEYREVOKED bad.signed ;;
enrolment)
	mount -t efivarfs efivarfs /sys/firmware/efi/efivars
	if [ "$count" = 0 ]; then
		{
			install before ENOKEY release.signed
			install before ENOKEY lost.signed
			block
			block
			install same-boot ENOKEY release.signed
		} >/share/guides/first
		exit
	fi
	cat /share/guides/first
	block
	install next-boot 0 release.signed
	install next-boot EKEYREVOKED lost.signed
	key=$(of_event install | tail -n 1 | number 204 2)
	same "next-boot/keyring" 2 "$key" ;;
mok)
	mount -t efivarfs efivarfs /sys/firmware/efi/efivars
	check "$2/secure-boot" sh -c "dmesg | grep -q 'Secure boot enabled'"
	# mok.sh has what is between the boots
	case $2 in
	import)
		check "import/not-there" sh -c "! mokutil --list-new | grep Subject:"
		block
		install import ENOKEY owner.signed
		exit 0 ;;
	wrong)
		# Nor is the request there any more
		check "wrong/not-asked-again" sh -c "! mokutil --list-new | grep Subject:"
		check "wrong/not-enrolled" sh -c "! mokutil --list-enrolled | grep 'CN=Example owner'"
		check "wrong/in-no-keyring" sh -c "! caretaker keys list --cert owner.pem"
		install wrong ENOKEY owner.signed
		check "wrong/block-1" env GUIDE_RAN=/dev/null sh -eu /share/guides/mok.host/1
		exit 0 ;;
	enrolled)
		block
		install enrolled 0 owner.signed
		key=$(of_event install | tail -n 1 | number 204 2)
		same "enrolled/keyring" 4 "$key"
		check "enrolled/shim's-maker" sh -c "keyctl show %:.machine | grep 'Debian Secure Boot CA'"
		exit 0 ;;
	nomachine)
		check "nomachine/in-the-keyring" sh -c "keyctl show %:.machine | grep 'Example owner'"
		install nomachine ENOKEY owner.signed ;;
	esac ;;
esac
same "every-block-ran" "$(sed -n 's/ \(host\|console\)$//p' "/share/guides/$page.list")" "$(cat $GUIDE_RAN)"
