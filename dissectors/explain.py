"""Writes the rows of explain.tsv as C: explain.py explain.tsv explain_table.c"""
import sys

COLUMNS = ["protocol", "token", "kind", "explanation", "reference"]


def literal(text):
    """A C string literal of the UTF-8 of `text`; octal escapes, which end after three digits."""
    out = []
    for byte in text.encode():
        char = chr(byte)
        out.append(char if 32 <= byte < 127 and char not in '"\\?' else f"\\{byte:03o}")
    return '"' + "".join(out) + '"'


def folded(text):
    """ASCII case folded, as bytes_ieq() does."""
    return bytes(b + 32 if 65 <= b <= 90 else b for b in text.encode())


def read(path):
    with open(path, encoding="utf-8", newline="\n") as table:
        rows = [[field.strip() for field in line.split("\t")] for line in table]
    if rows[0] != COLUMNS:
        sys.exit(f"{path}:1: the columns are not {' '.join(COLUMNS)}")
    for number, row in enumerate(rows[1:], 2):
        if len(row) != len(COLUMNS) or not all(row):
            sys.exit(f"{path}:{number}: a row has {len(COLUMNS)} fields, none of them empty")
    return rows[1:]


def main(source, target):
    rows = read(source)
    index = sorted(range(len(rows)), key=lambda i: (folded(rows[i][1]), i))
    with open(target, "w", encoding="ascii") as out:
        out.write("/* Made by explain.py from explain.tsv. */\n")
        out.write('#include "dissectors/explain_table.h"\n\n')
        out.write("const struct explain_row explain_rows[] = {\n")
        for row in rows:
            out.write("\t{ " + ", ".join(literal(field) for field in row) + " },\n")
        out.write("};\n")
        out.write(f"const size_t explain_count = {len(rows)};\n\n")
        out.write("const uint16_t explain_index[] = {\n")
        for at in range(0, len(index), 12):
            out.write("\t" + " ".join(f"{i}," for i in index[at:at + 12]) + "\n")
        out.write("};\n")


main(*sys.argv[1:])
