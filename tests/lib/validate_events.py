#!/usr/bin/python3
"""Validates NDJSON events against docs/events.schema.json.

usage: mailsnoop log FILE | validate_events.py [--doc docs/events.md]

Every line must be one JSON object without duplicate keys, without null, "" or empty arrays, without raw control
characters, and must fit the schema. --doc instead checks the example lines of the document, and that it names every key.
Ends with a line of counts; exit status 1 when a line is wrong.
"""
import collections
import json
import pathlib
import re
import sys

import jsonschema

SCHEMA = pathlib.Path(__file__).resolve().parents[2] / "docs" / "events.schema.json"
CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")


def no_duplicates(pairs):
    keys = [k for k, _ in pairs]
    if len(keys) != len(set(keys)):
        raise ValueError("a key stands twice: " + ", ".join(keys))
    return dict(pairs)


def empties(value, path="$"):
    """Absent is absent: nothing may be null, "" or []."""
    if value is None or value == "" or value == []:
        yield path
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from empties(inner, f"{path}.{key}")
    elif isinstance(value, list):
        for i, inner in enumerate(value):
            yield from empties(inner, f"{path}[{i}]")


def check_line(validator, line):
    if CONTROL.search(line):
        return ["a control character stands raw in the line"]
    try:
        event = json.loads(line, object_pairs_hook=no_duplicates)
    except ValueError as error:
        return [f"not JSON: {error}"]
    errors = [f"{'/'.join(map(str, e.absolute_path)) or '$'}: {e.message[:200]}" for e in validator.iter_errors(event)]
    return errors + [f"{path} is empty" for path in empties(event)]


def keys_of(node):
    if isinstance(node, dict):
        for key, inner in node.get("properties", {}).items():
            yield key
        for inner in node.values():
            yield from keys_of(inner)
    elif isinstance(node, list):
        for inner in node:
            yield from keys_of(inner)


def main():
    schema = json.loads(SCHEMA.read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    bad, types = 0, collections.Counter()
    if sys.argv[1:2] == ["--doc"]:
        text = pathlib.Path(sys.argv[2]).read_text()
        lines = [line for line in text.splitlines() if line.startswith('{"timestamp"')]
        for key in sorted(set(keys_of(schema))):
            if f"`{key}`" not in text:
                print(f"{sys.argv[2]} does not name the key {key}")
                bad += 1
        if not lines:
            print("no examples found")
            bad += 1
    else:
        lines = (line.rstrip("\n") for line in open(0, encoding="utf-8", newline="\n"))
    for number, line in enumerate(lines, 1):
        errors = check_line(validator, line)
        for error in errors:
            print(f"line {number}: {error}\n    {line[:300]}")
        bad += bool(errors)
        if not errors:
            types[json.loads(line)["event_type"]] += 1
    print(f"{sum(types.values())} valid, {bad} invalid:", ", ".join(f"{t} {n}" for t, n in sorted(types.items())))
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
