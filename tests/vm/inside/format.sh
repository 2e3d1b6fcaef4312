#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Every rule of the payload format (format.tab): the kernel's errno and log line, and
# what `caretaker inspect` says, are what the table says.
. /lab/report.sh
cp -r /share/format /tmp/format
cd /tmp/format || exit 3
cases=$(cut -d' ' -f1 expected)

same "each-rule-has-a-case" "" "$(tr '\n' ' ' <missing)"
same "docs-are-up-to-date" "" "$(cat stale)"

# Unsigned files must be refused, and the good ones need their record
check "enforce" sh -c "echo 1 >$caretaker/enforce"
check "ima-policy" load_policy

# What build/caretaker said on the host (run.sh); the same program says the same here
for name in $(echo "$cases" | awk 'NR % 12 == 1'); do
	caretaker inspect --json "$name" 2>/dev/null | cmp -s - "inspect/$name" || echo "$name"
done >/tmp/differ
same "inspect-says-the-same-here" "" "$(tr '\n' ' ' </tmp/differ)"

# Its JSON as lines: NAME RULE ERRNO HEADER OFFSET RULE-NAME TEXT
mkdir /tmp/said
(cd inspect && awk '
	function word() { gsub(/^ *"[a-z]*": "?|"?,?$/, ""); return $0 }
	FNR == 1 { inside = signed = valid = 0; rule = "" }
	/^  "broken": \{/ { inside = 1 }
	/^  "signed": true/ { signed = 1 }
	/^  "valid": true/ { valid = 1 }
	inside && /^    "rule"/ { rule = word() }
	inside && /^    "number"/ { number = word() }
	inside && /^    "text"/ { text = word(); gsub(/\\"/, "\"", text) }
	inside && /^    "errno"/ { error = word() }
	inside && /^    "header"/ { header = word(); sub(/null/, "-", header) }
	inside && /^    "offset"/ { offset = word() }
	/^  \}/ { inside = 0 }
	/^\}/ {
		if (rule != "" && !valid)
			print FILENAME, number, error, header, offset, rule, text
		else if (rule == "" && valid)
			print FILENAME, signed ? "0 0 - - none" : "1 ENODATA - - unsigned"
		else
			print FILENAME, "valid and invalid at once"
	}' ./*) | sed 's,^\./,,' >/tmp/said/tool

# shellcheck disable=SC2086
check "the-kernel-judges" sh -c 'verdicts "$@" >/tmp/said/kernel' judge $cases

# The sentence is the same in both; the loader's own about unsigned files is not the parser's
named case awk '
	FILENAME ~ /expected$/ { wanted[$1] = $2 " " $4 " " $5 " " $6; rule[$1] = $3; order[++n] = $1; next }
	{
		said = $2 " " $3 " " $4 " " $5
		text = ""
		for (i = FILENAME ~ /tool$/ ? 7 : 6; i <= NF; i++)
			text = text " " $i
	}
	FILENAME ~ /tool$/ { tool[$1] = said; tool_rule[$1] = $6; tool_text[$1] = text; next }
	{ kernel[$1] = said; kernel_text[$1] = text }
	END {
		for (i = 1; i <= n; i++) {
			name = order[i]
			asked = wanted[name]
			if (rule[name] == "unsigned") {
				asked = "129 EPERM - -"
				tool_text[name] = " unsigned payload: enforced by switch"
			}
			if (tool[name] != wanted[name] || tool_rule[name] != rule[name])
				print "not ok " name ": inspect says " tool_rule[name] ", " tool[name] "; wanted " rule[name] ", " wanted[name]
			else if (kernel[name] != asked)
				print "not ok " name ": the kernel says " kernel[name] "; wanted " asked
			else if (kernel_text[name] != tool_text[name])
				print "not ok " name ": the kernel says" kernel_text[name] "; inspect" tool_text[name]
			else
				print "ok " name " (" rule[name] ")"
		}
	}' expected /tmp/said/tool /tmp/said/kernel

# The log is not for filling: 256 lines in 5 minutes, and the table had some of them
lines=$(verdicts --flood 300 text-two)
check "flood-of-refusals/log-is-limited" [ "$lines" -gt 0 -a "$lines" -le 256 ]
