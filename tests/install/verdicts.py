# SPDX-License-Identifier: GPL-2.0-only
"""
Verdicts of the unit tests, a line each, held against docs/schemas/attest.schema.json: verdicts.py FILE
"""
import json
import sys

from schemas import SCHEMAS, differs
from tool import Count

count = Count()
verdicts = [json.loads(line) for line in open(sys.argv[1])]
wrong = [why for why in (differs("attest", v) for v in verdicts) if why]
print(f"ok      {len(verdicts)} verdicts" if verdicts else "FAILED  there are no verdicts")
count.check("each is as the schema says", wrong[0] + f" (and {len(wrong) - 1} more)" if wrong else "")
for key, schema in SCHEMAS["attest"]["properties"].items():
    if schema.get("type") == "array":
        count.check(f"{key} is not empty in each", "" if any(v[key] for v in verdicts) else "nothing was held against it")
words = [word for word in ("accepted", "rejected") if not any(v["accepted"] == (word == "accepted") for v in verdicts)]
count.check("there is a yes and a no", f"none is {words}" if words else "")
count.end()
