#!/usr/bin/python3
"""Turns dialogue tests into seeds of the fuzz targets (tests/lib/fuzz_dialogue.h says the form).

usage: seed_dialogues.py OUTDIR FILE.dlg…
"""
import pathlib
import re
import sys


def unescape(text):
    text = re.sub(r"\\\{(\d+):(.*?)\}", lambda m: m[2] * min(int(m[1]), 300), text)
    simple = {"r": b"\r", "n": b"\n", "t": b"\t", "0": b"\0", "\\": b"\\"}
    out = b""
    for m in re.finditer(r"\\x([0-9a-fA-F]{2})|\\(.)|([^\\]+)", text):
        if m[1]:
            out += bytes([int(m[1], 16)])
        elif m[2]:
            out += simple.get(m[2], m[2].encode())
        else:
            out += m[3].encode()
    return out


def record(op, server, data=b"", n=None):
    n = len(data) if n is None else n
    return bytes([op << 1 | server, n >> 8 & 255, n & 255]) + data


def seed(path):
    flags, out, deaf = 0, b"", False
    for line in path.read_text().split("\nexpect\n")[0].splitlines():
        if line == "midstream":
            flags |= 1
        elif line.startswith("only "):
            flags |= 2 if line[5] == "C" else 4
        elif line.startswith("ack "):
            deaf = line == "ack 0"
        elif line[:3] in ("C: ", "S: ", "C< ", "S< ") or line in ("C:", "S:"):
            data = unescape(line[3:]) + (b"\r\n" if line[1] == ":" else b"")
            out += record(125 if deaf else 0, line[0] == "S", data)
            deaf = False
        elif line.startswith("gap "):
            _, who, n = line.split()
            out += record(127, who == "S", n=int(n) - 1)
        elif line.startswith("fin "):
            out += record(126, line[4] == "S")
    return bytes([flags]) + out


outdir = pathlib.Path(sys.argv[1])
outdir.mkdir(parents=True, exist_ok=True)
for name in sys.argv[2:]:
    p = pathlib.Path(name)
    (outdir / p.stem).write_bytes(seed(p))
