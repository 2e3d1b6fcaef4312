# SPDX-License-Identifier: GPL-2.0-only
"""The schemas of docs/schemas, held against a value"""
import glob
import json
import os

import jsonschema

TOP = os.path.abspath(os.path.join(os.path.dirname(__file__), "../.."))


def strict(node):
    """The same schema, where an object has the keys that are named and no other"""
    if isinstance(node, list):
        return [strict(n) for n in node]
    if not isinstance(node, dict):
        return node
    out = {key: strict(value) for key, value in node.items()}
    if node.get("type") == "object" and "properties" in node:
        out.setdefault("additionalProperties", False)
    return out


SCHEMAS = {os.path.basename(path)[:-len(".schema.json")]: json.load(open(path))
           for path in glob.glob(f"{TOP}/docs/schemas/*.schema.json")}
VALIDATORS = {word: jsonschema.Draft202012Validator(strict(schema)) for word, schema in SCHEMAS.items()}


def differs(word, value):
    if word not in VALIDATORS:
        return f"there is no docs/schemas/{word}.schema.json"
    error = jsonschema.exceptions.best_match(VALIDATORS[word].iter_errors(value))
    if error:
        return f"{word}.schema.json: at /{'/'.join(map(str, error.absolute_path))}: {error.message[:200]}"
    return ""
