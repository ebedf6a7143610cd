#!/usr/bin/python3
"""mailsnoop beside its peers, in one run, as ratios.

compare.py PROGRAM [--shared DIR] [--work DIR] [--runs N] [--big]

Makes captures with the generators of DIR/bench (three sizes of the same mix), runs each tool in turn over each, and prints
medians, ratios to LIMIT (a libpcap loop that only counts) and peak memory. No assertion is made about time: the table is read.
"""
import argparse
import os
import resource
import shutil
import statistics
import subprocess
import sys
import time

MIX = ("-g {base},25+587,0,4200,n{smtp},20,200 -g {base},110,0,3300,n{pop3},20,200 "
       "-g {base},143,0,5200,n{imap},20,200")
SIZES = [("6 MB", 900, 600, 600), ("62 MB", 9000, 6000, 6000), ("618 MB", 90000, 60000, 60000)]


def make(work, shared, big):
    """The captures, small to large; made once."""
    bench = os.path.join(shared, "bench")
    tools = {"pcapmul": [bench + "/pcapmul.c", "-lm"], "pcapcount": [bench + "/tools/pcapcount.c", "-lpcap"]}
    for name, args in tools.items():
        subprocess.run(["gcc", "-O2", "-w", "-o", f"{work}/{name}", *args], check=True)
    base = f"{work}/base.pcap"
    if not os.path.exists(base):
        subprocess.run(["zstd", "-qdf", bench + "/base-mail-small.pcap.zst", "-o", base], check=True)
    made = []
    for label, smtp, pop3, imap in SIZES if big else SIZES[:2]:
        path = f"{work}/mail-small-{smtp}.pcap"
        if not os.path.exists(path):
            mix = MIX.format(base=base, smtp=smtp, pop3=pop3, imap=imap).split()
            subprocess.run([f"{work}/pcapmul", "-o", path, "-s", "12", "-t", "120", *mix], check=True,
                           stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        made.append((label, path))
    return made


def run(command):
    """Seconds and peak MB of one run, its output thrown away."""
    start = time.monotonic()
    pid = os.fork()
    if pid == 0:
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, 1)
        os.dup2(null, 2)
        os.execvp(command[0], command)
    _, status, usage = os.wait4(pid, 0)
    if status != 0:
        sys.exit(f"{command[0]} failed with {status}")
    return time.monotonic() - start, usage.ru_maxrss / 1024


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("program")
    ap.add_argument("--shared", default=os.environ.get("MAILSNOOP_SHARED", "../shared"))
    ap.add_argument("--work", default="/tmp/mailsnoop-bench")
    ap.add_argument("--runs", type=int, default=3)
    ap.add_argument("--big", action="store_true", help="the 618 MB capture too")
    args = ap.parse_args()
    os.makedirs(args.work, exist_ok=True)
    captures = make(args.work, args.shared, args.big)
    print(f"{'input':8} {'tool':22} {'s':>8} {'MB/s':>8} {'peak MB':>8} {'of LIMIT':>9} {'x tshark':>9}")
    for label, path in captures:
        tools = [("LIMIT (counts only)", [f"{args.work}/pcapcount", path]),
                 ("mailsnoop log", [args.program, "log", "-q", path]),
                 ("mailsnoop log no hash", [args.program, "log", "-q", "--hash", "none", path]),
                 ("mailsnoop report", [args.program, "report", "-q", path])]
        if shutil.which("tshark") and "618" not in label:
            tools.append(("tshark -z credentials", ["tshark", "-n", "-q", "-z", "credentials", "-r", path]))
        times = {name: [] for name, _ in tools}
        peak = {}
        subprocess.run(["cat", path], stdout=subprocess.DEVNULL, check=True)
        for _ in range(args.runs):
            for name, command in tools:
                seconds, mb = run(command)
                times[name].append(seconds)
                peak[name] = max(peak.get(name, 0), mb)
        median = {name: statistics.median(v) for name, v in times.items()}
        limit, tshark = median["LIMIT (counts only)"], median.get("tshark -z credentials")
        size = os.path.getsize(path) / 1e6
        for name, _ in tools:
            ratio = f"{tshark / median[name]:9.1f}" if tshark else f"{'-':>9}"
            print(f"{label:8} {name:22} {median[name]:8.3f} {size / median[name]:8.0f} {peak[name]:8.0f} "
                  f"{limit / median[name]:9.3f} {ratio}")


if __name__ == "__main__":
    main()
