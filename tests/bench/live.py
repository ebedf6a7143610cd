#!/usr/bin/python3
"""The highest rate that mailsnoop holds without loss on a live interface, beside its peers, on one link in one run.

live.py PROGRAM [--pcap FILE] [--seconds S] [--tools a,b,…] [--top PPS] [--steps N] [--pcapcount FILE] [-- OPTIONS OF PROGRAM]

As root. Two network namespaces of our own are joined by a veth pair; tcpreplay sends the capture from one into the other at
a rate in packets a second, each tool listens there in turn. A rate is held when the tool has taken every packet that the
interface received; it is searched by halving the interval (of a lost trial one more is made: other programs share this
machine; sender and listener go before them). Absolute figures hold for one machine, where sender and listener share the cores: read the ratio to tcpdump.
"""
import argparse
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

NAME = f"msl{os.getpid()}"
SENDER, LISTENER = NAME + "s", NAME + "l"
FIELDS = ["smtp.req.command", "smtp.req.parameter", "smtp.response.code", "pop.request.command", "imap.request.command"]


def sh(*command, check=True):
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if check and done.returncode:
        sys.exit(f"{' '.join(command)}: {done.stderr.strip()}")
    return done.stdout


def begin_link():
    for ns in (SENDER, LISTENER):
        sh("ip", "netns", "add", ns)
        sh("ip", "netns", "exec", ns, "sysctl", "-qw", "net.ipv6.conf.all.disable_ipv6=1")
    sh("ip", "link", "add", "va", "netns", SENDER, "type", "veth", "peer", "name", "vb", "netns", LISTENER)
    sh("ip", "-n", SENDER, "link", "set", "va", "up")
    sh("ip", "-n", LISTENER, "link", "set", "vb", "up")


def end_link():
    for ns in (SENDER, LISTENER):
        sh("ip", "netns", "del", ns, check=False)


def received():
    return int(sh("ip", "netns", "exec", LISTENER, "cat", "/sys/class/net/vb/statistics/rx_packets"))


def counted(pattern):
    """Packets taken, as the tool says at its end."""
    def of(text, sent):
        m = re.search(pattern, text)
        return int(m[1]) if m else None
    return of


def without(pattern):
    """The tool says only what was dropped."""
    def of(text, sent):
        m = re.search(pattern, text)
        return sent - int(m[1]) if m else sent
    return of


def suricata_taken(text, sent):
    m = re.search(r"packets: (\d+), drops: (\d+)", text)
    return int(m[1]) - int(m[2]) if m else None


def mailsnoop_taken(text, sent):
    """What was read and then left out for lack of time is lost, too."""
    taken, left_out = counted(r"vb: (\d+) packets taken")(text, sent), counted(r"(\d+) packets left out")(text, sent)
    return taken if taken is None else taken - (left_out or 0)


def tools_here(args, work):
    """name: (command, seconds until it listens, how many packets it took)"""
    fields = [w for f in FIELDS for w in ("-e", f)]
    tools = {
        "pcapcount": ([args.pcapcount or "", "-i", "vb", "100000"], 1, counted(r"(\d+) packets")),
        "tcpdump": (["tcpdump", "-i", "vb", "-w", "/dev/null"], 1, counted(r"(\d+) packets? captured")),
        "mailsnoop": ([args.program, "log", "-i", "vb", *args.options], 1, mailsnoop_taken),
        "suricata": (["suricata", "-c", "/etc/suricata/suricata.yaml", "-S", "/dev/null", "--runmode", "single",
                      "--af-packet=vb", "-l", work], 6, suricata_taken),
        "tshark": (["tshark", "-n", "-i", "vb", "-Y", "smtp||pop||imap", "-T", "fields", *fields], 4,
                   without(r"(\d+) packets? dropped")),
    }
    asked = args.tools.split(",") if args.tools else list(tools)
    return {n: tools[n] for n in asked if shutil.which(tools[n][0][0])}


def family(pid):
    """The process, and those it started."""
    pids = [pid]
    for p in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{p}/stat") as f:
                if int(f.read().rsplit(")", 1)[1].split()[1]) in pids:
                    pids.append(int(p))
        except OSError:
            pass
    return pids


def cpu(pid):
    """Seconds of all of them, and megabytes at their peak."""
    seconds = peak = 0
    for p in family(pid):
        try:
            with open(f"/proc/{p}/stat") as f:
                s = f.read().rsplit(")", 1)[1].split()
            seconds += (int(s[11]) + int(s[12])) / os.sysconf("SC_CLK_TCK")
            with open(f"/proc/{p}/status") as f:
                peak += int(re.search(r"VmHWM:\s+(\d+)", f.read())[1]) / 1024
        except (OSError, TypeError):
            pass
    return seconds, peak


def send(args, pps):
    count = ["-L", str(int(pps * args.seconds))]
    out = sh("ip", "netns", "exec", SENDER, "tcpreplay", "-q", "-K", "--loop=1000", "-i", "va", f"--pps={pps}", *count, args.pcap)
    return float(re.search(r"Rated:.* ([\d.]+) pps", out)[1])


def wait_idle(pid, limit_s):
    """Until what is in its ring is worked off. Returns CPU seconds and peak MB."""
    end, last = time.monotonic() + limit_s, -1
    while time.monotonic() < end:
        time.sleep(0.5)
        used, peak = cpu(pid)
        if used - last < 0.03:
            break
        last = used
    return used, peak


def trial(args, tool, pps, work):
    """One replay with one listener: a dict, or None when the tool said nothing."""
    command, warm_s, taken = tool
    log = os.path.join(work, "said")
    with open(log, "w") as said:
        out = said if command[0] == args.pcapcount else subprocess.DEVNULL
        p = subprocess.Popen(["ip", "netns", "exec", LISTENER, *command], stdin=subprocess.DEVNULL, stdout=out,
                             stderr=said, cwd=work)
    time.sleep(warm_s)
    before, start = received(), cpu(p.pid)[0]
    rate = send(args, pps)
    sent = received() - before
    used, peak = wait_idle(p.pid, 120)
    p.send_signal(signal.SIGINT)
    try:
        p.wait(60)
    except subprocess.TimeoutExpired:
        p.kill()
        p.wait()
    text = open(log, errors="replace").read()
    if os.path.exists(work + "/suricata.log"):
        text += open(work + "/suricata.log", errors="replace").read()
        os.unlink(work + "/suricata.log")
    got = taken(text, sent)
    if got is None:
        print(f"  {command[0]} does not say what it took: {text[-300:]}", file=sys.stderr)
        return None
    return {"pps": rate, "sent": sent, "lost": max(0, sent - got), "cpu": used - start, "peak": peak}


def highest(args, name, tool, work):
    """The best trial without loss, by halving between what was held and what was not."""
    low, high, best = 0, args.top, None
    ask = args.top
    for _ in range(args.steps):
        for _ in range(2):
            t = trial(args, tool, ask, work)
            if not t:
                return None
            print(f"  {name:10} asked {ask:8.0f}/s sent {t['pps']:8.0f}/s lost {100 * t['lost'] / t['sent']:6.2f} %", flush=True)
            if not t["lost"]:
                break
        if not t["lost"]:
            low = ask
            if not best or t["pps"] > best["pps"]:
                best = t
        else:
            high = ask
        if low == args.top or high - low < 0.05 * high:
            break
        ask = (low + high) / 2
    return best


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("program")
    ap.add_argument("--pcap", required=True, help="what is sent; over and over when it is short")
    ap.add_argument("--seconds", type=float, default=4, help="of each replay")
    ap.add_argument("--top", type=float, default=800000, help="packets a second to begin with")
    ap.add_argument("--steps", type=int, default=6)
    ap.add_argument("--tools", help="default: all that are installed")
    ap.add_argument("--pcapcount", help="the libpcap loop that only counts, built from ../shared/bench/tools")
    args, args.options = ap.parse_known_args()
    args.program = os.path.realpath(args.program)
    args.pcap = os.path.realpath(args.pcap)
    args.options = [o for o in args.options if o != "--"]
    if os.geteuid() or not shutil.which("tcpreplay"):
        sys.exit("live.py: needs root and tcpreplay")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("live.py: ended"))  # so that the namespaces go
    os.setpriority(os.PRIO_PROCESS, 0, -15)
    results = {}
    with tempfile.TemporaryDirectory(prefix="ms-live-") as work:
        try:
            begin_link()
            for name, tool in tools_here(args, work).items():
                results[name] = highest(args, name, tool, work)
        finally:
            end_link()
    dump = (results.get("tcpdump") or {}).get("pps")
    print(f"\n{'tool':10} {'held/s':>9} {'of tcpdump':>11} {'CPU us/packet':>14} {'peak MB':>8}")
    for name, t in results.items():
        if not t:
            print(f"{name:10} {'-':>9}")
            continue
        ratio = f"{t['pps'] / dump:11.2f}" if dump else f"{'-':>11}"
        print(f"{name:10} {t['pps']:9.0f} {ratio} {1e6 * t['cpu'] / t['sent']:14.2f} {t['peak']:8.0f}")


if __name__ == "__main__":
    main()
