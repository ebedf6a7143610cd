#!/usr/bin/python3
"""mailsnoop beside its peers, in one run, as ratios. Needs no network; makes its captures itself.

run.py PROGRAM [--scale S] [--captures LIST] [--tools LIST] [--by cpu] [--runs N] [--work DIR] [--json FILE]

Each round runs every tool once over a capture, so that what disturbs the machine disturbs all of them; medians are printed. A tool
whose first run takes longer than --once seconds is not run again, and one that takes longer than --limit seconds is given up.
At the default scale of 0.1 (100 MB, 62 MB, 100 MB, 100,000 connections) it takes about ten minutes on two cores.

    of LIMIT   speed as a part of that of a loop over libpcap which only counts packets
    x log      how many times as long as `mailsnoop log` it takes
"""
import argparse
import hashlib
import json
import os
import platform
import subprocess
import sys
import time

import captures
import tools

# capture, row, wanted part of LIMIT
GOALS = [('mail-heavy', 'log --hash none', 0.5), ('mail-heavy', 'log', 0.3), ('mail-small', 'log', 0.2), ('mixed', 'log', 0.8),
         ('flows', 'log', 0.25)]
TIMELESS = 'flow,login,smtp,pop3,imap,anomaly,alert'  # a stats event tells wall time
BY = {'wall': 'seconds', 'cpu': 'cpu_seconds'}  # what rates and ratios are taken of
UNITS = {'seconds': 's', 'cpu_seconds': 's', 'peak_mb': 'MB'}


def say(text):
    print(text, file=sys.stderr, flush=True)


def measure(args, meter, chosen, path):
    """{tool: its runs}; a tool that failed or was given up has none."""
    runs = {t.name: [] for t in chosen}
    left = list(chosen)
    subprocess.run(['cat', str(path)], stdout=subprocess.DEVNULL, check=True)  # into the page cache
    for _ in range(args.runs):
        for tool in list(left):
            r = meter.run(tool, path, args.limit)
            if r is None or not r['ok']:
                say(f'{tool.name}: ' + (f'longer than {args.limit} s' if r is None else f"exit status {r['status']}"))
                left.remove(tool)
                continue
            runs[tool.name].append(r)
            if r['seconds'] > args.once and tool.kind == 'peer':
                left.remove(tool)
    return {name: r for name, r in runs.items() if r}


def count_packets(chosen, path):
    counter = next(t for t in chosen if t.name == tools.LIMIT)
    return int(subprocess.run(counter.fill(path, ''), capture_output=True, text=True, check=True).stdout.split()[0])


def print_table(title, path, packets, runs, by):
    size = os.path.getsize(path) / 1e6
    seconds = {name: tools.median(r, by) for name, r in runs.items()}
    print(f'\n### {title} ({size:.0f} MB, {packets:,} packets)\n')
    print('| program | s | CPU s | MB/s | packets/s | peak MB | of LIMIT | x log | runs |')
    print('| --- | --- | --- | --- | --- | --- | --- | --- | --- |')
    for name in sorted(seconds, key=seconds.get):
        s = seconds[name]
        both = ' | '.join(f'{tools.median(runs[name], key):.2f}' for key in ('seconds', 'cpu_seconds'))
        ours = f'{s / seconds[tools.OURS]:.2f}' if tools.OURS in seconds else ''
        print(f"| {name} | {both} | {size / s:.0f} | {packets / s:,.0f} | {max(r['peak_mb'] for r in runs[name]):.0f} | "
              f"{seconds[tools.LIMIT] / s:.3f} | {ours} | {len(runs[name])} |", flush=True)
    return seconds


def digest(program, jobs, path):
    p = subprocess.Popen([program, 'log', '-q', '-j', str(jobs), '--types', TIMELESS, str(path)], stdout=subprocess.PIPE)
    h = hashlib.sha256()
    while chunk := p.stdout.read(1 << 20):
        h.update(chunk)
    return h.digest(), p.wait()


def print_goals(medians):
    print('\n| capture | row | of LIMIT | wanted |\n| --- | --- | --- | --- |')
    for capture, row, wanted in GOALS:
        s = medians.get(capture, {})
        if row in s:
            print(f'| {capture} | {row} | {s[tools.LIMIT] / s[row]:.3f} | {wanted} |')


def print_head(missing):
    model = next((line.split(':')[1].strip() for line in open('/proc/cpuinfo') if line.startswith('model name')), '')
    print(f'{time.strftime("%Y-%m-%d")}, {os.cpu_count()} cores {platform.machine()}, {model}')
    if missing:
        say('not installed, so not measured: ' + ', '.join(missing))
        say('apt install ' + ' '.join(missing.values()))


def parse():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument('program')
    ap.add_argument('--scale', type=float, default=0.1, help='1: captures of a gigabyte, a million connections (default 0.1)')
    ap.add_argument('--captures', default=','.join(captures.NAMES))
    ap.add_argument('--tools', help='only these, as the table names them, separated by commas; LIMIT is always there')
    ap.add_argument('--by', choices=BY, default='wall', help='cpu: where other work disturbs; all threads are added')
    ap.add_argument('--runs', type=int, default=3)
    ap.add_argument('--once', type=float, default=8, help='seconds; slower peers run once')
    ap.add_argument('--limit', type=float, default=120, help='seconds; slower tools are given up')
    ap.add_argument('--work', default='/tmp/mailsnoop-bench')
    ap.add_argument('--json', help='every run, into this file')
    args = ap.parse_args()
    args.program = os.path.abspath(args.program)
    return args


def main():
    args = parse()
    store = captures.Captures(args.work, say)
    chosen, missing = tools.installed(store, args.program)
    if args.tools:
        wanted = args.tools.split(',') + [tools.LIMIT]
        chosen = [t for t in chosen if t.name in wanted]
    meter = tools.Meter(store)
    print_head(missing)
    medians, raw = {}, []
    for name in args.captures.split(','):
        try:
            path = store.get(name, args.scale)
        except captures.Missing as e:
            say(f'{name} is left out: {e}')
            continue
        runs = measure(args, meter, chosen, path)
        packets = count_packets(chosen, path)
        medians[name] = print_table(name, path, packets, runs, BY[args.by])
        raw += [{'capture': name, 'scale': args.scale, 'bytes': os.path.getsize(path), 'packets': packets, 'tool': tool, **r}
                for tool, rs in runs.items() for r in rs]
        same = digest(args.program, 1, path) == digest(args.program, 2, path)
        print(f"\nOutput of `log` for -j 1 and -j 2: {'the same' if same else 'NOT THE SAME'}", flush=True)
    print_goals(medians)
    if args.json:
        with open(args.json, 'w') as f:
            json.dump({'date': time.strftime('%Y-%m-%d'), 'units': UNITS, 'runs': raw}, f, indent=1)


if __name__ == '__main__':
    main()
