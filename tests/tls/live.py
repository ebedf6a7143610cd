#!/usr/bin/python3
"""A key log that grows while we capture: made late, written by the clients during their handshakes.

usage: live.py MAILSNOOP        (as root; works in a network namespace of its own)

Exit status 0 when every login and message was read.
"""
import json
import os
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import check  # noqa: E402

ROUNDS = 4
SUITES = [check.tls13("TLS_AES_128_GCM_SHA256"), check.tls12("ECDHE-RSA-AES128-GCM-SHA256")]


def inside(program):
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    work = tempfile.mkdtemp(prefix="tls-live-")
    cert, keys = check.certificate(work), os.path.join(work, "keys")
    out = open(os.path.join(work, "out"), "w+")
    capture = subprocess.Popen([program, "log", "-q", "-i", "lo", "--keylog", keys, "--types", "login,imap"], stdout=out)
    time.sleep(1.5)
    for i in range(ROUNDS):
        port = 993 if i < 2 else 31993  # off the mail ports too
        case = dict(both=SUITES[i % 2])
        server = check.Peer(["openssl", "s_server", "-quiet", "-accept", str(port), *case["both"], *cert])
        time.sleep(0.5)
        client = check.Peer(["openssl", "s_client", "-connect", "127.0.0.1:%d" % port, "-keylogfile", keys, "-quiet", *case["both"]])
        check.talk(case, client, server, check.DIALOGUE)
        client.stop()
        server.p.terminate()
        server.stop()
    time.sleep(1)
    capture.send_signal(2)
    status = capture.wait(20)
    out.seek(0)
    seen = [json.loads(x) for x in out]
    logins = sum(e["event_type"] == "login" and e["login"]["user"] == "alice" for e in seen)
    mails = sum(e["event_type"] == "imap" and e["email"]["complete"] for e in seen)
    print("%d logins and %d messages of %d, status %d" % (logins, mails, ROUNDS, status))
    return 0 if (logins, mails, status) == (ROUNDS, ROUNDS, 0) else 1


if __name__ == "__main__":
    if len(sys.argv) == 3:
        sys.exit(inside(sys.argv[1]))
    sys.exit(subprocess.run(["unshare", "-n", sys.executable, __file__, sys.argv[1], "inside"]).returncode)
