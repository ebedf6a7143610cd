#!/usr/bin/env python3
"""live.py PROGRAM [--keys N] [--seed S]: as root; the screens on a live capture in a network namespace of our own, under a pty,
with a program that was built with sanitizers: keys, mouse and sizes by chance. No crash, no leak, nothing hangs; when the
screens end by themselves (a chance key), by SIGTERM or by a crash, the terminal is as it was."""
import argparse
import fcntl
import os
import pty
import random
import re
import select
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import termios
import time

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
SAMPLES = [f"{TOP}/samples/pcap/{n}.pcap" for n in ("smtp-clear-day", "submission-starttls", "imap-clear", "tls-imap", "pop3-stls")]
NAME = f"msu{os.getpid()}"
PACKETS_S = 2000
LIMIT_S = 55  # of all of it
DRAWN = 10  # keys
HANG_S = 10  # without an answer
SPECIAL = [b"\x1b[A", b"\x1b[B", b"\x1b[C", b"\x1b[D", b"\x1b[5~", b"\x1b[6~", b"\x1bOH", b"\x1bOF", b"\x1b", b"\t", b"\x1b[Z", b"\r", b"\x7f", b"\x1b[3~",
           *(b"\x1bO%c" % c for c in b"PQRS"), *(b"\x1b[%d~" % n for n in (15, 17, 18, 19, 20, 21)), b"\x0c", b"\x15", b"\x02", b"\x06", b"\x03"]
# No y: what asks whether all shall be lost is answered with something else.
TYPED = b"jkhlgGnNsz<>fpxetraomcJKFRMwbdIOBS.12345,/?[]{} =\"~&|!()usertlimap\xc3\xa9"


def frames(path):
    """Ethernet frames of a pcap file."""
    with open(path, "rb") as f:
        data = f.read()
    order = "<" if data[:4] in (b"\xd4\xc3\xb2\xa1", b"\x4d\x3c\xb2\xa1") else ">"
    at = 24
    while struct.unpack(order + "I", data[20:24])[0] == 1 and at + 16 <= len(data):
        n = struct.unpack(order + "I", data[at + 8:at + 12])[0]
        yield data[at + 16:at + 16 + n]
        at += 16 + n


def send():
    s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
    s.bind(("va", 0))
    pieces = [f for path in SAMPLES for f in frames(path) if len(f) <= 1514]
    while True:
        for i, f in enumerate(pieces):
            s.send(f)
            if i % 100 == 99:
                time.sleep(100 / PACKETS_S)


def sh(*command):
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL, capture_output=True)


def begin_link():
    sh("ip", "netns", "add", NAME)
    sh("ip", "netns", "exec", NAME, "sysctl", "-qw", "net.ipv6.conf.all.disable_ipv6=1")
    sh("ip", "-n", NAME, "link", "add", "va", "mtu", "9000", "type", "veth", "peer", "name", "vb", "mtu", "9000")
    sh("ip", "-n", NAME, "link", "set", "va", "up")
    sh("ip", "-n", NAME, "link", "set", "vb", "up")


class Screens:
    """The program under a pty; what it writes is read, and its end kept."""

    def __init__(self, program, work):
        self.master, self.slave = pty.openpty()
        self.resize(24, 80)
        self.before = termios.tcgetattr(self.slave)
        self.tail = b""
        with open(f"{work}/lsan", "w", encoding="ascii") as f:
            f.write("leak:libtinfo\nleak:libncursesw\n")  # what terminfo keeps is not ours
        env = {"PATH": os.environ["PATH"], "HOME": work, "LC_ALL": "C.UTF-8", "TERM": "xterm-256color",
               "ASAN_OPTIONS": f"log_path={work}/asan", "UBSAN_OPTIONS": f"log_path={work}/ubsan:print_stacktrace=1",
               "LSAN_OPTIONS": f"suppressions={work}/lsan:print_suppressions=0"}
        self.child = subprocess.Popen(["ip", "netns", "exec", NAME, program, "ui", "-i", "vb"], stdin=self.slave, stdout=self.slave,
                                      stderr=self.slave, env=env, cwd=work, start_new_session=True,
                                      preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0))
        os.set_blocking(self.master, False)

    def resize(self, rows, cols):
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, cols, 0, 0))

    def read(self, seconds):
        """False: nothing came."""
        if not select.select([self.master], [], [], seconds)[0]:
            return False
        try:
            self.tail = (self.tail + os.read(self.master, 65536))[-20000:]
        except (BlockingIOError, OSError):
            return False
        return True

    def press(self, key):
        """False: the program has ended. What is written is read meanwhile, so that neither waits for the other."""
        end = time.monotonic() + HANG_S
        while key:
            if self.child.poll() is not None:
                return False
            if time.monotonic() > end:
                raise RuntimeError("no key is taken any more")
            ready = select.select([self.master], [self.master], [], 0.5)
            if ready[0]:
                self.read(0)
            if ready[1]:
                key = key[os.write(self.master, key):]
        return True

    def shows(self, text):
        end = time.monotonic() + HANG_S
        while text not in self.tail:
            if time.monotonic() > end or self.child.poll() is not None:
                raise RuntimeError(f"never shown: {text}: {self.tail[-500:]}")
            self.read(0.1)

    def end(self, sig, status):
        """Ends it, unless it has ended, and looks at what is left of the terminal."""
        end = time.monotonic() + HANG_S
        if sig and self.child.poll() is None:
            self.child.send_signal(sig)
        while self.child.poll() is None:
            if time.monotonic() > end:
                self.child.kill()
                raise RuntimeError(f"does not end by {sig}")
            self.read(0.05)
        while self.read(0.05):
            pass
        problems = []
        if self.child.returncode != status:
            problems.append(f"status {self.child.returncode}, not {status}")
        if termios.tcgetattr(self.slave) != self.before:
            problems.append("the modes of the terminal are others")
        # The last that was said of each: no alternate screen, a cursor, no mouse.
        for mode, last in (("1049", "l"), ("25", "h"), ("1000", "l")):
            said = re.findall(rf"\x1b\[\?(?:12;|12[lh]\x1b\[\?)?{mode}([hl])", self.tail.decode(errors="replace"))
            if said and said[-1] != last:
                problems.append(f"mode {mode} is left at {said[-1]}")
        os.close(self.master)
        os.close(self.slave)
        if problems:
            raise RuntimeError(f"after {sig or 'its own end'}: " + "; ".join(problems))


def chance(screens, r):
    """One key, or a click, or another size. False: the program has ended."""
    kind = r.random()
    if kind < 0.02:
        screens.resize(r.randint(1, 70), r.randint(1, 250))
        return screens.child.poll() is None
    if kind < 0.05:
        return screens.press(b"\x1b[<%d;%d;%d%s" % (r.choice((0, 0, 0, 64, 65)), r.randint(1, 130), r.randint(1, 40), r.choice((b"M", b"m"))))
    if kind < 0.4:
        return screens.press(r.choice(SPECIAL))
    return screens.press(bytes([r.choice(TYPED)]))


def walk(args, work, deadline):
    r = random.Random(args.seed)
    screens, begun = Screens(args.program, work), 1
    screens.shows(b"dropped")
    for i in range(args.keys):
        if time.monotonic() > deadline:
            raise RuntimeError(f"only {i} keys in {LIMIT_S} s")
        if i % DRAWN == 0:
            screens.read(0.05)  # what is typed ahead is drawn at once; let some be drawn by itself
        if chance(screens, r):
            continue
        screens.end(None, 0)
        screens, begun = Screens(args.program, work), begun + 1
        screens.shows(b"dropped")
    screens.end(signal.SIGTERM, 0)
    return begun


def crash(args, work):
    screens = Screens(args.program, work)
    screens.shows(b"dropped")
    screens.end(signal.SIGSEGV, 1)  # the sanitizer ends it
    for name in os.listdir(work):
        if name.startswith("asan."):
            os.unlink(f"{work}/{name}")


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("program")
    ap.add_argument("--keys", type=int, default=10000)
    ap.add_argument("--seed", type=int, default=1)
    ap.add_argument("--send", action="store_true")
    args = ap.parse_args()
    if args.send:
        send()
    args.program = os.path.realpath(args.program)
    began = time.monotonic()
    work = tempfile.mkdtemp(prefix="ms-live-ui-")
    sender = None
    try:
        begin_link()
        sender = subprocess.Popen(["ip", "netns", "exec", NAME, sys.executable, __file__, "--send", args.program])
        begun = walk(args, work, began + LIMIT_S)
        logs = [n for n in os.listdir(work) if n.startswith(("asan.", "ubsan."))]
        for n in logs:
            with open(f"{work}/{n}", encoding="utf-8", errors="replace") as f:
                print(f.read()[:5000], file=sys.stderr)
        if logs:
            sys.exit(f"seed {args.seed}: the sanitizers have something to say")
        crash(args, work)
        print(f"{args.keys} keys, seed {args.seed}, {begun} starts, {time.monotonic() - began:.0f} s")
    except RuntimeError as e:
        sys.exit(f"seed {args.seed}: {e}")
    finally:
        if sender:
            sender.kill()
        subprocess.run(["ip", "netns", "del", NAME], check=False)
        shutil.rmtree(work, ignore_errors=True)


main()
