#!/usr/bin/python3
"""Makes dialogue tests of decrypted TLS (tests/dialogue/tls-decrypted-*.dlg) from connections between openssl s_client and s_server.

usage: dialogues.py OUTDIR

What they expect is written by `dialogue-runner --update`; read it.
"""
import os
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import check  # noqa: E402

IMAP = [("S", "* OK ready\r\n"), ("C", "a1 LOGIN alice secret\r\n"), ("S", "a1 OK done\r\n"), ("C", "a2 LOGOUT\r\n"),
        ("S", "* BYE\r\na2 OK done\r\n")]
SMTP = [("C", "EHLO client.example\r\n"), ("S", "250-mx.example\r\n250 AUTH PLAIN\r\n"), ("C", "AUTH PLAIN AGJvYgBzZWNyZXQ=\r\n"),
        ("S", "235 2.7.0 ok\r\n"), ("C", "MAIL FROM:<a@example>\r\n"), ("S", "250 2.1.0 ok\r\n"), ("C", "QUIT\r\n"), ("S", "221 bye\r\n")]
UPGRADE = ["S: 220 mx.example ESMTP", "C: EHLO client.example", "S: 250-mx.example\\r\\n250 STARTTLS", "C: STARTTLS", "S: 220 go on"]
CASES = {
    "tls-decrypted-1.3": dict(both=check.tls13("TLS_AES_128_GCM_SHA256"), dialogue=IMAP, port=993),
    "tls-decrypted-odd-port": dict(both=check.tls13("TLS_AES_128_GCM_SHA256"), dialogue=IMAP, port=31993),
    "tls-decrypted-1.2-cbc": dict(both=check.tls12("PSK-AES128-CBC-SHA", "-psk", "00112233"), server=["-nocert"], dialogue=IMAP, port=993),
    "tls-decrypted-starttls": dict(both=check.tls12("PSK-AES128-GCM-SHA256", "-psk", "00112233"), server=["-nocert"], dialogue=SMTP,
                                   port=25, before=UPGRADE),
    "tls-decrypted-gap": dict(both=check.tls12("PSK-AES128-GCM-SHA256", "-psk", "00112233"), server=["-nocert"], dialogue=IMAP, port=993,
                              gap=True),
}


def escape(data):
    return "".join("\\x%02x" % b for b in data)


def main():
    top = tempfile.mkdtemp()
    cert = check.certificate(top)
    for name, case in CASES.items():
        case["client"] = ["-quiet"]
        keys = os.path.join(top, name)
        before = case.pop("before", [])
        pieces = check.connect(case, top, cert, keys, dialogue=case["dialogue"])
        lines = ["# By tests/tls/dialogues.py, of openssl s_client and s_server.", "port %d" % case["port"]]
        with open(keys) as f:
            lines += ["keylog " + x.strip() for x in f if x.strip() and not x.startswith("#") and "EXPORTER" not in x]
        lines += before
        replies = 0
        for _, client, data in pieces:
            who = "C" if client else "S"
            # One record of data is one piece: of the second reply of the server the middle is missing.
            replies += not client and data[0] == 0x17
            if case.get("gap") and replies == 2 and not client:
                lines += ["%s< %s" % (who, escape(data[:10])), "gap %s %d" % (who, len(data) - 15), "%s< %s" % (who, escape(data[-5:]))]
                replies += 1
                continue
            lines.append("%s< %s" % (who, escape(data)))
        with open(os.path.join(sys.argv[1], name + ".dlg"), "w") as f:
            f.write("\n".join([*lines, "expect", ""]))


if __name__ == "__main__":
    main()
