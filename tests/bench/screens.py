#!/usr/bin/python3
"""Live screens under load: how soon a key is answered, how often the screen is drawn, what is lost.

screens.py PROGRAM --pcap FILE [--pps N] [--seconds S] [--size 132x40] [-- OPTIONS OF PROGRAM]

As root. The veth pair of live.py; tcpreplay sends the capture over and over at a rate in packets a second while the screens
run under a pty in the other namespace. A key is answered when what it brings is in the bytes for the terminal: `/` opens the
prompt of the filter, Esc closes it (a lone Esc is told from a sequence after 25 ms, which is in the figure). Then, with no key
pressed, drawings are counted: bursts of output with 20 ms of silence between them. Exit status 1 when a key took more than
100 ms, when there were more than 10 drawings a second, or when a packet was lost.
"""
import argparse
import fcntl
import os
import pty
import re
import select
import shutil
import signal
import struct
import subprocess
import sys
import termios
import time

import live

LIMIT_MS, DRAWINGS = 100, 10


class Screens:
    def __init__(self, command, cols, rows):
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.environ.update(TERM="xterm-256color", LC_ALL="C.UTF-8")
            os.execvp(command[0], command)
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, cols, 0, 0))
        self.seen = b""

    def read(self, seconds):
        """What comes until then; True when something came."""
        if not select.select([self.fd], [], [], max(0, seconds))[0]:
            return False
        try:
            self.seen += os.read(self.fd, 65536)
        except OSError:
            sys.exit("screens.py: the screens have ended: " + self.seen[-300:].decode(errors="replace"))
        return True

    def until(self, text, seconds=10):
        """Milliseconds until the text is among the bytes for the terminal."""
        began = time.monotonic()
        while text not in self.seen:
            if time.monotonic() - began > seconds:
                sys.exit(f"screens.py: never shown: {text}")
            self.read(0.05)
        return 1000 * (time.monotonic() - began)

    def press(self, key, text):
        while self.read(0):
            pass
        self.seen = b""
        os.write(self.fd, key)
        return self.until(text)

    def rest(self, seconds):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.read(end - time.monotonic())

    def drawings(self, seconds):
        """A second."""
        n, last, end = 0, 0, time.monotonic() + seconds
        while time.monotonic() < end:
            if self.read(end - time.monotonic()):
                now = time.monotonic()
                n += now - last > 0.02
                last = now
        return n / seconds

    def counted(self):
        """(packets, dropped) of the count line."""
        self.press(b"\x0c", b"dropped ")
        self.rest(0.3)
        text = re.sub(rb"\x1b(\[[0-9;?]*[A-Za-z]|[()].)", b"", self.seen)
        m = re.search(rb"([\d,]+) packets?  dropped ([\d,]+)", text)
        return [int(g.replace(b",", b"")) for g in m.groups()]


def settled(screens):
    """The counts, once nothing more comes."""
    last = None
    while (now := screens.counted()) != last:
        last = now
        screens.rest(1)
    return now


def measure(args, screens):
    screens.until(b"dropped")
    before = live.received()
    sender = subprocess.Popen(["ip", "netns", "exec", live.SENDER, "tcpreplay", "-q", "-K", "--loop=100000", "-i", "va", f"--pps={args.pps}",
                               "-L", str(int(args.pps * args.seconds)), args.pcap], stdout=subprocess.PIPE, text=True)
    screens.rest(1)
    waits = []
    while sender.poll() is None and len(waits) < args.seconds * 3:
        waits.append(screens.press(b"/", b"Filter:"))
        screens.rest(0.1)
        waits.append(screens.press(b"\x1b", b"Open"))
        screens.rest(0.1)
    drawn = screens.drawings(2)
    rate = float(re.search(r"Rated:.* ([\d.]+) pps", sender.communicate()[0])[1])
    packets, dropped = settled(screens)
    return waits, drawn, rate, live.received() - before, packets, dropped


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("program")
    ap.add_argument("--pcap", required=True)
    ap.add_argument("--pps", type=float, default=50000)
    ap.add_argument("--seconds", type=float, default=10)
    ap.add_argument("--size", default="132x40")
    args, options = ap.parse_known_args()
    if os.geteuid() or not shutil.which("tcpreplay"):
        sys.exit("screens.py: needs root and tcpreplay")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("screens.py: ended"))  # so that the namespaces go
    cols, rows = map(int, args.size.split("x"))
    try:
        live.begin_link()
        screens = Screens(["ip", "netns", "exec", live.LISTENER, os.path.realpath(args.program), "ui", "-i", "vb",
                           *[o for o in options if o != "--"]], cols, rows)
        waits, drawn, rate, sent, packets, dropped = measure(args, screens)
        os.kill(screens.pid, signal.SIGTERM)
        os.waitpid(screens.pid, 0)
    finally:
        live.end_link()
    waits.sort()
    lost = max(0, sent - packets) + dropped
    print(f"{rate:.0f} packets/s, {sent} sent, {lost} lost; {len(waits)} keys answered within {waits[-1]:.0f} ms "
          f"(median {waits[len(waits) // 2]:.0f}, nine in ten {waits[len(waits) * 9 // 10]:.0f}); {drawn:.1f} drawings a second")
    sys.exit(lost > 0 or waits[-1] > LIMIT_MS or drawn > DRAWINGS + 0.5)


if __name__ == "__main__":
    main()
