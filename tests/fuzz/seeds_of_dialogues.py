"""Makes seeds for fuzz_dialogue.h of dialogue files: seeds_of_dialogues.py OUT_DIR FILE.dlg..."""
import pathlib
import re
import sys


def text(raw):
    raw = re.sub(r"\\\{(\d+):(.*?)\}", lambda m: m[2] * min(int(m[1]), 60), raw)
    return raw.encode("utf-8").decode("unicode_escape").encode("latin-1")


def record(direction, data):
    out = b""
    for at in range(0, len(data), 63):
        piece = data[at:at + 63]
        out += bytes([direction | len(piece)]) + piece
    return out


def seed(path):
    midstream, out = 0, b""
    for line in path.read_text(encoding="utf-8").splitlines():
        if line == "expect":
            break
        if line == "midstream":
            midstream = 1
        direction = 0x80 if line[:1] == "S" or line[4:5] == "S" else 0
        if line.startswith("gap "):
            out += bytes([direction | 0x40 | min(int(line.split()[2]) - 1, 63)])
        elif re.match(r"[CS][:<]", line):
            out += record(direction, text(line[3:]) + (b"\r\n" if line[1] == ":" else b""))
    return bytes([midstream]) + out


def main(target, *files):
    for name in files:
        path = pathlib.Path(name)
        pathlib.Path(target, path.stem).write_bytes(seed(path))


main(*sys.argv[1:])
