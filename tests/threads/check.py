#!/usr/bin/env python3
"""The output must be the same for any number of workers, and whatever is packed while it is not needed.

usage: check.py PROGRAM [-j N]… [--command NAME]… [CAPTURE…]

Runs the commands over the captures (default: all of samples/pcap, and of the shared captures where they are) with one worker,
with each -j, and with one worker and nothing awake but what is needed at the moment, and compares what they print. What differs from run to run by its nature (durations, speeds, memory) is left out.
Prints what differs, and what a sanitizer says; exit status 1 when there is any.
"""
import argparse
import difflib
import os
import pathlib
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

TOP = pathlib.Path(__file__).resolve().parents[2]
COMMANDS = ('log', 'log --stats 1 --hash none --types stats,smtp,pop3,imap', 'report', 'sessions', 'show')
VARYING = re.compile(rb',?"(elapsed|packets_per_second|bytes_per_second|memory_bytes)":[0-9.]+|"command_line":"[^"]*",?'
                     rb'|"timestamp":"[^"]*","event_type":"stats"'
                     rb'|, took [0-9.]+ ?m?s|mailsnoop [a-z]+ .*-j [0-9]+.*')


def captures():
    shared = pathlib.Path(os.environ.get('MAILSNOOP_SHARED', TOP.parent / 'shared')) / 'captures'
    found = [*(TOP / 'samples' / 'pcap').glob('*.pcap*')]
    if shared.is_dir():
        found += [p for p in shared.iterdir() if '.pcap' in p.name]
    return sorted(found)


ASLEEP = '-j 1 --set dissect.awake=0 --set model.awake=1'


def run(program, command, how, path):
    words = [program, *command.split(), '-q', *how.split(), str(path)]
    p = subprocess.run(words, capture_output=True, env={**os.environ, 'TZ': 'UTC', 'NO_COLOR': '1'})
    return p.returncode, VARYING.sub(b'', p.stdout), p.stderr


def compare(program, command, jobs, path):
    one, wrong = run(program, command, '-j 1', path), []
    for how in [f'-j {j}' for j in jobs] + [ASLEEP]:
        many = run(program, command, how, path)
        if one == many and b'Sanitizer' not in many[2]:
            continue
        wrong.append(f'{command} {how} {path.name}: exit status {one[0]} with -j 1, {many[0]} so')
        for a, b in zip(one[1:], many[1:]):
            lines = [x.decode(errors='replace').splitlines() for x in (a, b)]
            wrong += list(difflib.unified_diff(*lines, '-j 1', how, lineterm='', n=0))[:20]
    return wrong


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument('program')
    ap.add_argument('-j', '--jobs', type=int, action='append')
    ap.add_argument('--command', action='append')
    ap.add_argument('captures', nargs='*', type=pathlib.Path)
    args = ap.parse_intermixed_args()
    work = [(args.program, command, args.jobs or [2], path) for path in args.captures or captures()
            for command in args.command or COMMANDS]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        wrong = [w for ws in pool.map(lambda w: compare(*w), work) for w in ws]
    print('\n'.join(wrong) or f'{len(work)} outputs are the same in every way')
    sys.exit(1 if wrong else 0)


if __name__ == '__main__':
    main()
