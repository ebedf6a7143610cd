#!/usr/bin/python3
"""Prints the results in a testlog.json of meson: `ok|skip|FAIL<TAB>name<TAB>reason` a line, and before a failed test `text<TAB>…`
with the end of what it printed."""
import json
import sys

WORDS = {'OK': 'ok', 'EXPECTEDFAIL': 'ok', 'SKIP': 'skip'}
SHOWN = 60

for line in open(sys.argv[1], encoding='utf-8'):
    test = json.loads(line)
    word = WORDS.get(test['result'], 'FAIL')
    printed = [l for l in ((test.get('stdout') or '') + '\n' + (test.get('stderr') or '')).splitlines() if l.strip()]
    reason = printed[-1].replace('skipped: ', '', 1) if printed else ''
    if word == 'FAIL':
        for l in printed[-SHOWN:]:
            print(f'text\t{l}')
    print(f"{word}\t{test['name']}\t{reason or test['result']}")
