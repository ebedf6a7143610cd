#!/usr/bin/python3
"""One flood against the program: it must end by itself, keep its memory ceiling, and count what it dropped.

check.py PROGRAM FLOOD [--memory MIB] [--scale N] [--command log|report|sessions|show] [-j N]

The capture goes through a pipe, so nothing is written to disk. A program with the address sanitizer is only watched for crashes,
on a fifth of the flood. The sessions before and after the flood must come out whole: who is flooded must not be blind.
"""
import argparse
import json
import os
import pathlib
import subprocess
import sys
import threading

import floods

HERE = pathlib.Path(__file__).resolve().parent
SLACK_MB = 16  # heap in fragments, output buffers
HANG_S = 300   # a guard, no measure
TAIL = 65536


def is_sanitized(program):
    return b'__asan_init' in pathlib.Path(program).read_bytes()


class Run:
    """The program over what `generator` writes; its output is searched for `words`, and only its end is kept."""

    def __init__(self, command, generator, words=()):
        gen = subprocess.Popen(generator, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        program = subprocess.Popen(command, stdin=gen.stdout, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        gen.stdout.close()
        self.seen, self.tail, self.errors = set(), b'', b''
        readers = [threading.Thread(target=self.read_output, args=(program.stdout, words)),
                   threading.Thread(target=self.read_errors, args=(program.stderr,))]
        for r in readers:
            r.start()
        guard = threading.Timer(HANG_S, program.kill)
        guard.start()
        _, status, usage = os.wait4(program.pid, 0)
        guard.cancel()
        for r in readers:
            r.join()
        self.status, self.peak_mb = os.waitstatus_to_exitcode(status), usage.ru_maxrss / 1024
        self.packets = int(gen.stderr.read() or 0)
        gen.wait()

    def read_output(self, pipe, words):
        while True:
            chunk = os.read(pipe.fileno(), 1 << 20)
            if not chunk:
                return
            joined = self.tail[-64:] + chunk
            self.seen.update(w for w in words if w in joined)
            self.tail = (self.tail + chunk)[-TAIL:]

    def read_errors(self, pipe):
        self.errors = pipe.read()


def last_stats(tail):
    for line in reversed(tail.splitlines()):
        if b'"event_type":"stats"' in line:
            return json.loads(line)['stats']
    return None


def wrong_with_log(run, counters):
    stats = last_stats(run.tail)
    if stats is None:
        return ['no stats event at the end']
    wrong = []
    if stats['packets'] != run.packets:
        wrong.append(f"{stats['packets']} of {run.packets} packets were read")
    for name in ('before', 'after'):
        if b'"mail_from":"%s@example.net"' % name.encode() not in run.seen:
            wrong.append(f'the message {name} the flood is missing')
    if counters and not any(stats.get(c) for c in counters):
        wrong.append(f"nothing counted: {', '.join(counters)} are 0 in {stats}")
    return wrong


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument('program')
    ap.add_argument('flood', choices=floods.FLOODS)
    ap.add_argument('--memory', type=int, default=64, help='MiB')
    ap.add_argument('--scale', type=float)
    ap.add_argument('--command', default='log')
    ap.add_argument('-j', '--jobs', type=int, default=1)
    args = ap.parse_args()
    sanitized = is_sanitized(args.program)
    scale = args.scale or (0.2 if sanitized else 1.0)
    command = [args.program, args.command, '-q', '-j', str(args.jobs), '--memory', f'{args.memory}M', '-']
    generator = [sys.executable, str(HERE / 'floods.py')]
    start_mb = Run(command, generator + ['nothing']).peak_mb
    words = [b'"mail_from":"before@example.net"', b'"mail_from":"after@example.net"']
    run = Run(command, generator + [args.flood, str(scale)], words)
    wrong = []
    if run.status != 0:
        wrong.append(f'exit status {run.status}: {run.errors[-3000:].decode(errors="replace")}')
    elif args.command == 'log':
        # A part of a flood may fit, and then nothing is dropped.
        wrong += wrong_with_log(run, floods.FLOODS[args.flood].counters if scale >= 1 else ())
    if not sanitized and run.peak_mb > start_mb + args.memory + SLACK_MB:
        wrong.append(f'peak {run.peak_mb:.0f} MB; allowed {start_mb:.0f} at start + {args.memory} + {SLACK_MB}')
    print(f'{args.flood} {args.command}: {run.packets} packets, peak {run.peak_mb:.0f} MB, {start_mb:.0f} at start')
    print('\n'.join(wrong), end='\n' if wrong else '')
    sys.exit(1 if wrong else 0)


if __name__ == '__main__':
    main()
