#!/usr/bin/env python3
"""walk.py PROGRAM: in real terminals (tmux), of several kinds, sizes and locales, the same keys must give the very cells that
`ui --script` gives without a terminal: every screen complete, nothing shifted, no stray escape. With a hostile capture too.
Then the mouse, and that q, SIGTERM and crashes give the terminal back."""
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PROGRAM = os.path.abspath(sys.argv[1])
SAMPLES = [f"{TOP}/samples/pcap/{n}.pcap" for n in ("smtp-clear-day", "submission-starttls", "imap-clear")]
SIZES = [(80, 24), (132, 40), (250, 70)]
TERMS = ["xterm-256color", "tmux-256color", "screen", "linux", "vt100"]
WAIT_S = 4
# Each group is typed, then the screen is looked at. (name for scripts, name for tmux)
WALK = [["1"], ["Enter"], ["End"], ["r"], ["Esc", "2"], ["3"], ["4"], ["5"], ["1", "c"], ["Esc", "F1"], ["Esc", "F8"], ["Esc", "/"]]
TMUX_KEYS = {"Esc": "Escape"}

work = tempfile.mkdtemp()
socket = f"mailsnoop-walk-{os.getpid()}"
failures = 0


def environment(**more):
    e = {"PATH": os.environ["PATH"], "HOME": f"{work}/home", "LC_ALL": "C.UTF-8", "TERM": "xterm-256color",
         "ASAN_OPTIONS": "detect_leaks=0"}
    e.update(more)
    return e


def tmux(*args):
    return subprocess.run(["tmux", "-L", socket, "-f", f"{work}/conf", *args], env=environment(SHELL="/bin/sh"),
                          capture_output=True, check=False).stdout.decode(errors="replace")


def fail(what, screen=None):
    global failures
    failures += 1
    print(f"FAIL {what}", file=sys.stderr)
    if screen is not None:
        print(screen, file=sys.stderr)


def screen():
    lines = [line.rstrip() for line in tmux("capture-pane", "-p", "-t", "t").split("\n")]
    return "\n".join(lines).rstrip("\n")


def wanted(env, size, files):
    """The screens without a terminal."""
    with open(f"{work}/walk.keys", "w", encoding="ascii") as f:
        print("wait", file=f)
        for i, keys in enumerate(WALK):
            print("keys", *keys, file=f)
            print("wait", file=f)
            print(f"save-screen {work}/screen.{i}", file=f)
    parts = []
    r = subprocess.run([PROGRAM, "ui", "--script", f"{work}/walk.keys", "--size", f"{size[0]}x{size[1]}", *files], env=env,
                       capture_output=True, timeout=60, check=False)
    if r.returncode:
        fail(f"script: status {r.returncode}", r.stderr.decode(errors="replace")[-2000:])
    for i in range(len(WALK)):
        with open(f"{work}/screen.{i}", "rb") as f:
            parts.append(f.read().decode("utf-8", "strict").rstrip("\n"))
    return parts


def begin(env, size, files, tail="exec sleep 60"):
    shutil.rmtree(f"{work}/home", ignore_errors=True)
    os.mkdir(f"{work}/home")
    settings = " ".join(f"{k}='{v}'" for k, v in env.items())
    command = f"stty -a >{work}/before; env -i {settings} {PROGRAM} ui {' '.join(files)} 2>{work}/stderr; " \
              f"echo status $?; stty -a >{work}/after; {tail}"
    tmux("kill-session", "-t", "t")
    tmux("new-session", "-d", "-s", "t", "-x", str(size[0]), "-y", str(size[1]), command)


def until(what, test):
    end = time.monotonic() + WAIT_S
    while time.monotonic() < end:
        seen = screen()
        if test(seen):
            return True
        time.sleep(0.02)
    fail(what, screen())
    return False


def check_text(name, text, size, ascii_only):
    lines = text.split("\n")
    if "Quit" not in lines[-1] and "Filter:" not in lines[-1]:
        fail(f"{name}: the last line is not that of the keys", text)
    if len(lines) != size[1]:
        fail(f"{name}: {len(lines)} lines", text)
    bad = re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]", text)
    if bad:
        fail(f"{name}: U+{ord(bad.group()):04X} on the screen", text)
    if ascii_only and not text.isascii():
        fail(f"{name}: more than ASCII", text)


def without_theme(text):
    return re.sub(r"^  Colours .*", "  Colours", text, flags=re.M)


def walk(name, env, size, files, ascii_only=False):
    want = wanted(env, size, files)
    # Without a terminal nobody knows that it has no colours.
    same = without_theme if env["TERM"] == "vt100" or "NO_COLOR" in env else str
    begin(env, size, files)
    for keys, text in zip(WALK, want):
        step = f"{name}: after {' '.join(keys)}"
        check_text(step, text, size, ascii_only)
        if keys == WALK[0] and not until(f"{name}: it does not begin", lambda s: "packets" in s and "%" not in s.split("\n")[0]):
            return
        for k in keys:
            tmux("send-keys", "-t", "t", TMUX_KEYS.get(k, k))
            if k == "Esc":
                time.sleep(0.08)  # an escape sequence might follow
        if not until(step, lambda s, text=text: same(s) == same(text)):
            print("--- wanted\n" + text, file=sys.stderr)
            return
    if "NO_COLOR" in env and re.search(r"\x1b\[[0-9;]*\b[349][0-7]m", tmux("capture-pane", "-p", "-e", "-t", "t")):
        fail(f"{name}: colours")


def flags():
    return tmux("display-message", "-p", "-t", "t",
                "#{alternate_on} #{cursor_flag} #{mouse_any_flag}#{mouse_standard_flag}#{mouse_button_flag} #{keypad_cursor_flag}#{keypad_flag} #{pane_title}").strip()


def ends(name, how, status):
    """The terminal is as it was before."""
    begin(environment(), (80, 24), SAMPLES, "sleep 60")
    if not until(f"{name}: it does not begin", lambda s: "packets" in s):
        return
    pid = tmux("list-panes", "-t", "t", "-F", "#{pane_pid}").strip()
    child = subprocess.run(["pgrep", "-P", pid], capture_output=True, text=True, check=False).stdout.split()
    if how == "q":
        tmux("send-keys", "-t", "t", "q")
    else:
        os.kill(int(child[0]), how)
    if not until(f"{name}: it does not end with status {status}", lambda s: re.search(f"status {status}", s)):
        return
    time.sleep(0.1)
    now = flags()
    if not now.startswith("0 1 000 00"):
        fail(f"{name}: the terminal is left with {now}")
    with open(f"{work}/before", encoding="ascii") as a, open(f"{work}/after", encoding="ascii") as b:
        if a.read() != b.read():
            fail(f"{name}: stty differs")


def press(button, col, row, up="M"):
    time.sleep(0.06)
    tmux("send-keys", "-t", "t", "-H", *[f"{b:x}" for b in f"\x1b[<{button};{col + 1};{row + 1}{up}".encode()])


def mouse():
    begin(environment(), (132, 40), SAMPLES)
    if not until("mouse: it does not begin", lambda s: "packets" in s):
        return
    head = screen().split("\n")[1]
    press(0, head.index("CLIENT"), 1)
    press(0, head.index("CLIENT"), 1, "m")
    until("mouse: a click on a title does not sort", lambda s: "▲CLIENT" in s)
    press(0, 4, 5)
    press(0, 4, 5, "m")
    press(0, 4, 5)
    press(0, 4, 5, "m")
    until("mouse: a double click does not open", lambda s: "Dialogue" in s.split("\n")[0])
    tmux("send-keys", "-t", "t", "Escape")
    until("mouse: no way back", lambda s: "▲CLIENT" in s)
    head = screen().split("\n")[1]
    border = head.index("SERVER") - 1
    press(0, border, 1)
    press(0, border + 9, 1, "m")
    until("mouse: a border cannot be dragged", lambda s: s.split("\n")[1].index("SERVER") == border + 10)
    path = f"{work}/home/.config/mailsnoop/ui"
    if not os.path.exists(path) or "client:" not in open(path, encoding="ascii").read():
        fail("mouse: the width is not remembered")
    elif os.stat(path).st_mode & 0o777 != 0o600:
        fail("mouse: others can read the config file")
    tmux("send-keys", "-t", "t", "M")
    until("mouse: it cannot be switched off", lambda s: "Mouse: off" in s)
    if flags().split()[2] != "000":
        fail("mouse: still reported")


def main():
    with open(f"{work}/conf", "w", encoding="ascii") as f:
        f.write("set -g status off\nset -sg escape-time 0\nset -g remain-on-exit off\nset -g default-shell /bin/sh\n")
    hostile = f"{work}/hostile.pcap"
    subprocess.run([sys.executable, f"{TOP}/tests/ui/hostile.py", hostile], check=True)
    began = time.monotonic()
    tmux("new-session", "-d", "-s", "keep", "-x", "20", "-y", "5", "exec sleep 600")
    for term in TERMS:
        for size in SIZES if term == "xterm-256color" else SIZES[:1]:
            walk(f"{term} {size[0]}x{size[1]}", environment(TERM=term), size, SAMPLES, term == "vt100")
    walk("C locale", environment(LC_ALL="C"), SIZES[1], SAMPLES, True)
    walk("NO_COLOR", environment(NO_COLOR="1"), SIZES[0], SAMPLES)
    title = flags().split(" ", 4)[4:]
    for size in SIZES:
        walk(f"hostile {size[0]}x{size[1]}", environment(), size, [hostile])
    if flags().split(" ", 4)[4:] != title:
        fail("hostile: the title of the terminal was changed")
    walk("hostile, C locale", environment(LC_ALL="C"), SIZES[0], [hostile], True)
    mouse()
    ends("q", "q", 0)
    ends("SIGTERM", signal.SIGTERM, 0)
    ends("SIGSEGV", signal.SIGSEGV, "1")
    ends("SIGABRT", signal.SIGABRT, "1")
    print(f"{failures} failures in {time.monotonic() - began:.0f} s")


try:
    main()
finally:
    tmux("kill-server")
    shutil.rmtree(work, ignore_errors=True)
sys.exit(failures > 0)
