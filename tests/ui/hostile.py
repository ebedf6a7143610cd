#!/usr/bin/env python3
"""hostile.py FILE: a capture with mail sessions whose every field tries to reach the terminal: escape sequences, C1, bidirectional
overrides, NUL, invalid UTF-8, overlong lines, wide and combining characters."""
import struct
import sys

EVIL = [
    b"\x1b]0;owned\x07", b"\x1b[2J\x1b[H", b"\x1b[?1049l", b"\x1bP+q544e\x1b\\", b"\x1bc", b"\x9b31m", b"\xc2\x9b31m", b"\xc2\x85",
    b"\x0e\x0f\x08\x08\x08\x0b\x0c", b"\x00\x00", b"\xff\xfe\xc0\xaf\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xe2\x80\xaeevil\xe2\x80\xac",
    b"\xe2\x81\xa6\xe2\x80\x8f\xd8\x9c", b"\xe2\x80\xa8\xe2\x80\xa9", b"\xef\xbb\xbf", "漢字の件名".encode(), "👩‍👩‍👧 é".encode(),
    "e\u0301\u0302\u0303\u0304".encode(), b"\x7f\x7f", b"\t\ttab", b"A" * 300,
]


def flavour(n):
    return EVIL[n % len(EVIL)] + b"x" + EVIL[(n * 7 + 3) % len(EVIL)]


def checksum(data):
    if len(data) % 2:
        data += b"\0"
    s = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while s >> 16:
        s = (s & 0xffff) + (s >> 16)
    return ~s & 0xffff


class Session:
    def __init__(self, out, n, port):
        self.out, self.ports = out, (40000 + n, port)
        self.seq = [1000, 5000]
        self.time = 1700000000 * 1000000 + n * 1000000
        self.packet(0, 2, b"")
        self.packet(1, 18, b"")
        self.packet(0, 16, b"")

    def packet(self, d, flags, payload):
        ends = (b"\xc0\x00\x02\x0a", b"\xc0\x00\x02\x14")
        ack = self.seq[1 - d] if flags & 16 else 0
        tcp = struct.pack("!HHIIBBHHH", self.ports[d], self.ports[1 - d], self.seq[d], ack, 0x50, flags, 65535, 0, 0) + payload
        ip = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(tcp), 0, 0, 64, 6, 0) + ends[d] + ends[1 - d]
        ip = ip[:10] + struct.pack("!H", checksum(ip)) + ip[12:]
        frame = b"\2" * 12 + b"\x08\x00" + ip + tcp
        self.time += 1500
        self.out.write(struct.pack("<IIII", self.time // 1000000, self.time % 1000000, len(frame), len(frame)) + frame)
        self.seq[d] += len(payload) + (1 if flags & 3 else 0)

    def client(self, line):
        self.packet(0, 24, line + b"\r\n")

    def server(self, line):
        self.packet(1, 24, line + b"\r\n")

    def end(self):
        self.packet(0, 17, b"")
        self.packet(1, 17, b"")
        self.packet(0, 16, b"")


def smtp(out, n):
    s, e = Session(out, n, 587), [flavour(n + i) for i in range(9)]
    s.server(b"220 mx" + e[0] + b" ESMTP Postfix" + e[1])
    s.client(b"EHLO h" + e[2])
    s.server(b"250-mx" + e[0] + b"\r\n250-X" + e[3] + b"\r\n250 AUTH PLAIN LOGIN" + e[4])
    s.client(b"AUTH LOGIN")
    s.server(b"334 VXNlcm5hbWU6")
    s.client(__import__("base64").b64encode(b"u" + e[5]))
    s.server(b"334 UGFzc3dvcmQ6")
    s.client(__import__("base64").b64encode(b"p" + e[6]))
    s.server(b"235 ok" + e[7])
    s.client(b"MAIL FROM:<a" + e[5].replace(b">", b"") + b"@example.test>")
    s.server(b"250 ok")
    s.client(b"RCPT TO:<b" + e[6] + b"@example.test>")
    s.server(b"250 ok" + e[8])
    s.client(b"DATA")
    s.server(b"354 go")
    s.client(b"Subject: s" + e[1] + b"\r\nFrom: \"" + e[2] + b"\" <a@example.test>\r\nTo: " + e[3] + b" <b@example.test>\r\nReceived: from "
             + e[4] + b" by " + e[5] + b"; Thu, 1 Jan 2026 00:00:00 +0000\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=q\r\n\r\n"
             b"--q\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n" + e[6] + b"\r\n--q\r\nContent-Type: application/x" + e[7]
             + b"\r\nContent-Disposition: attachment; filename=\"f" + e[8] + b"\"\r\n\r\nbody\r\n--q--\r\n.")
    s.server(b"250 queued" + e[0])
    s.client(b"X" + e[1])
    s.server(b"500 what?" + e[2])
    s.client(b"QUIT")
    s.server(b"221 bye")
    s.end()


def pop3(out, n):
    s, e = Session(out, n, 110), [flavour(n + i) for i in range(5)]
    s.server(b"+OK " + e[0])
    s.client(b"USER u" + e[1])
    s.server(b"+OK")
    s.client(b"PASS p" + e[2])
    s.server(b"-ERR no " + e[3])
    s.client(b"QUIT")
    s.server(b"+OK " + e[4])
    s.end()


def imap(out, n):
    s, e = Session(out, n, 143), [flavour(n + i).replace(b"\0", b"").replace(b"\"", b"") for i in range(7)]
    s.server(b"* OK [CAPABILITY IMAP4rev1 X" + e[0] + b"] " + e[1])
    s.client(b"a ID (\"name\" \"" + e[2] + b"\")")
    s.server(b"* ID (\"name\" \"" + e[3] + b"\")\r\na OK")
    s.client(b"b LOGIN {%d}" % (len(e[4]) + 1))
    s.server(b"+ go")
    s.client(b"u" + e[4] + b" \"pw\"")
    s.server(b"b OK " + e[5])
    s.client(b"c SELECT \"box" + e[6] + b"\"")
    s.server(b"* 1 EXISTS\r\nc OK [READ-WRITE] " + e[0])
    s.client(b"d LOGOUT")
    s.server(b"* BYE " + e[1] + b"\r\nd OK")
    s.end()


def main():
    with open(sys.argv[1], "wb") as out:
        out.write(struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 1))
        for n in range(len(EVIL)):
            (smtp, pop3, imap)[n % 3](out, n)


main()
