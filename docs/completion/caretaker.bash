# SPDX-License-Identifier: GPL-2.0-only
#
# Completion of caretaker's command line for bash.
#
# A command has a line: its options, and what stands behind them.  An option alone takes no value;
# =in is a file that is read, =out one that is written, =folder a folder, =text anything, and
# =a,b,c is one of these words.  make install-check holds it against the tool.

_caretaker_options()
{
	local key='passphrase-file=in passphrase-fd=text pkcs11-module=in pkcs11-by=provider,engine tcti=text'
	local reference='payload=in kernel=in loader=in signer=in kernel-digest=text loader-digest=text'
	local tpm='tcti=text ak=in ak-type=ecc,rsa,p384 owner-auth=in endorsement-auth=in'

	reference+=' release=in release-by=in from-evidence=in pin-pcrs=text out=out'
	case $1 in
	inspect) echo 'json lint' ;;
	sign) echo "key=in cert=in issuer=in hash=sha256,sha384,sha512 replace add signed-by=in idempotent" \
		"min-svn=text previous=in without-lint prepare digest=out attach=in external=text detached strip" \
		"into=folder timestamp=out timestamp-query=out timestamp-command=text tsa-certs=in ima ima-sigfile $key" ;;
	verify) echo 'cert=in anchor=in issuer=in crl=in at=text min-svn=text timestamp=in tsa-certs=in release=in' \
		'release-by=in builder=text source=text json' ;;
	release) echo "key=in cert=in signer=in builder=text build-type=text source=text revision=text reference=in" \
		"out=out $key" ;;
	keys) echo ;;
	'keys make') echo 'cn=text type=rsa2048,rsa3072,rsa4096,p256,p384,p521,mldsa44,mldsa65,mldsa87 days=text out-key=out out-cert=out ca' \
		'ca-key=in ca-cert=in encrypt ca-passphrase-file=in ca-passphrase-fd=text ca-pkcs11-module=in' \
		"ca-pkcs11-by=provider,engine ca-tcti=text $key" ;;
	'keys request') echo "key=in type=rsa2048,rsa3072,rsa4096,p256,p384,p521 cn=text out=out $key" ;;
	'keys certify') echo "key=in request=in cn=text days=text ca ca-key=in ca-cert=in ca-passphrase-file=in" \
		"ca-passphrase-fd=text ca-pkcs11-module=in ca-pkcs11-by=provider,engine ca-tcti=text out=out $key" ;;
	'keys list') echo "keyring=$(_caretaker_keyrings) cert=in json" ;;
	'keys enroll') echo "cert=in keyring=$(_caretaker_keyrings)" ;;
	'keys revoke') echo "digest=text key=in cert=in out=out $key" ;;
	'keys blacklist') echo 'digest=text sig=in' ;;
	'check ima') echo 'key=in bank=sha1,sha256,sha384,sha512,sm3_256 allow-violations json max-size=text' ;;
	'check uefi') echo 'json' ;;
	'check quote') echo 'attest=in signature=in key=in nonce=text pcrs=in json' ;;
	quote) echo "nonce=text out=out pcrs=text ima-log=in uefi-log=in userspace-log=in command-line=in" \
		"max-size=text ek-type=rsa,ecc,rsa2048,rsa3072,rsa4096,p256,p384,p521 ek-certificate=in" \
		"without-ek-certificate enroll activate=in $tpm" ;;
	attest) echo 'evidence=in nonce=text host=in reference=in rules=in state=folder now=text json new-nonce' \
		'standing=in challenge finish=in enrolment=in ek-ca=in ek-list=in crl=in allow-expired-ek out=out' \
		'secret-out=out secret=in max-size=text' ;;
	'policy lint') echo 'json' ;;
	'policy reference' | 'policy compile') echo "$reference" ;;
	esac
}

# The words that may follow
_caretaker_actions()
{
	case $1 in
	'') echo 'inspect sign verify release keys check quote attest policy help' ;;
	keys) echo 'make request certify list enroll revoke blacklist' ;;
	check) echo 'ima uefi quote' ;;
	policy) echo 'lint reference compile' ;;
	help) _caretaker_actions '' ;;
	esac
}

_caretaker_keyrings()
{
	echo '.builtin_trusted_keys,.secondary_trusted_keys,.machine,.platform,.ima,.blacklist'
}

# _caretaker_words CURRENT WORD...: those that fit, and no file
_caretaker_words()
{
	compopt +o default +o bashdefault 2> /dev/null
	mapfile -t COMPREPLY < <(compgen -W "${*:2}" -- "$1")
}

# _caretaker_value KIND CURRENT: a file, where nothing is in COMPREPLY
_caretaker_value()
{
	case $1 in
	in | out) ;;
	folder) compopt -o dirnames +o default +o bashdefault 2> /dev/null ;;
	text) compopt +o default +o bashdefault 2> /dev/null ;;
	*) _caretaker_words "$2" "${1//,/ }" ;;
	esac
}

# _caretaker_kind COMMAND OPTION: what its value is, nothing if it takes none
_caretaker_kind()
{
	local option

	for option in $(_caretaker_options "$1"); do
		[ "--${option%%=*}" != "$2" ] || [ "$option" = "${option#*=}" ] || echo "${option#*=}"
	done
}

_caretaker()
{
	local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]} command= at=1 kind options

	COMPREPLY=()
	while [ "$at" -lt "$COMP_CWORD" ] && [ -n "$(_caretaker_actions "$command")" ]; do
		[[ " $(_caretaker_actions "$command") " = *" ${COMP_WORDS[at]} "* ]] || return
		command=${command:+$command }${COMP_WORDS[at]}
		at=$((at + 1))
	done
	options=$(_caretaker_actions "$command")
	if [ "$at" = "$COMP_CWORD" ] && [ -n "$options" ]; then
		[ "$command" = help ] || options+=' --help'
		[ -n "$command" ] || options+=' --version'
		_caretaker_words "$cur" "$options"
		return
	fi
	# "--option=value" is three words
	if [ "$cur" = = ]; then
		cur=
	elif [ "$prev" = = ]; then
		prev=${COMP_WORDS[COMP_CWORD - 2]}
	fi
	kind=$(_caretaker_kind "$command" "$prev")
	if [ -n "$kind" ]; then
		_caretaker_value "$kind" "$cur"
	elif [[ $cur = -* ]]; then
		options=$(_caretaker_options "$command" | tr ' ' '\n' | sed 's/=.*//; s/^/--/')
		_caretaker_words "$cur" "$options" --help
	fi
}

complete -o bashdefault -o default -F _caretaker caretaker
