#!/usr/bin/python3
"""How the cost of mailsnoop grows with the length of a capture and with the number of connections.

growth.py PROGRAM [--megabytes LIST] [--sessions LIST] [--runs N] [--memory SIZE] [--peers] [--work DIR]

First mail-small, longer and longer: the peak memory should not follow. Then connections that are all open at the end: the bytes
each needs above what the program has at its start. Time a packet should be about the same in every row.
"""
import argparse
import os
import sys

import captures
import run
import tools

PEERS = ('suricata', 'ndpiReader', 'tcpflow')


def rows(title, first, args, meter, chosen, wanted):
    """wanted: (label, connections or None, path)."""
    print(f'\n## {title}\n\n| {first} | program | MB | s | CPU s | CPU ns a packet | peak MB | bytes a connection |\n'
          '| --- | --- | --- | --- | --- | --- | --- | --- |')
    start = {}
    for label, connections, path in wanted:
        packets = run.count_packets(chosen, path)
        for name, runs in run.measure(args, meter, chosen, path).items():
            s, cpu = (tools.median(runs, key) for key in ('seconds', 'cpu_seconds'))
            peak = max(r['peak_mb'] for r in runs)
            each = ''
            if connections:
                each = f'{max(0, peak - start[name]) * 2**20 / connections:.0f}' if name in start else ''
                start.setdefault(name, peak)
            print(f'| {label} | {name} | {os.path.getsize(path) / 1e6:.0f} | {s:.2f} | {cpu:.2f} | '
                  f'{cpu / packets * 1e9:.0f} | {peak:.0f} | {each} |', flush=True)


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument('program')
    ap.add_argument('--megabytes', default='10,100,1000')
    ap.add_argument('--sessions', default='1000,10000,100000,1000000')
    ap.add_argument('--runs', type=int, default=1)
    ap.add_argument('--memory', help='--memory of mailsnoop')
    ap.add_argument('--peers', action='store_true', help='also ' + ', '.join(PEERS))
    ap.add_argument('--limit', type=float, default=300)
    ap.add_argument('--work', default='/tmp/mailsnoop-bench')
    args = ap.parse_args()
    args.program, args.once = os.path.abspath(args.program), args.limit
    store = captures.Captures(args.work, run.say)
    names = ('LIMIT', 'log') + (PEERS if args.peers else ())
    chosen = [t for t in tools.installed(store, args.program)[0] if t.name in names]
    for t in chosen:
        if t.kind == 'ours' and args.memory:
            t.command.insert(-1, f'--memory={args.memory}')
    meter = tools.Meter(store)
    run.print_head({})
    sizes = [float(n) for n in args.megabytes.split(',') if n]
    rows('A longer capture (mail-small)', 'MB', args, meter, chosen,
         [(f'{n:g}', None, store.mix('mail-small', n * 1e6 / captures.MAIL_SMALL_BYTES)) for n in sizes])
    counts = [1] + [int(n) for n in args.sessions.split(',') if n]
    rows('More connections open at once (flows)', 'connections', args, meter, chosen,
         [(f'{n:,}', n, store.flows(n)) for n in counts])


if __name__ == '__main__':
    sys.exit(main())
