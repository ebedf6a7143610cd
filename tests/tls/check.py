#!/usr/bin/python3
"""TLS by openssl s_client and s_server, decrypted: what was said inside is what we say.

usage: check.py MAILSNOOP [NAME…]

Every case is an IMAP dialogue over one version and suite, taken down on loopback by relay.py. We
must see the login and the message with its SHA-256; tshark with the same key log must see the
same bytes. Ends with the line `N passed, N failed, N skipped`.
"""
import hashlib
import json
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import zlib

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import relay  # noqa: E402

random.seed(4)
BODY = "".join("%05d %s\r\n" % (i, "".join(random.choices("abcdefghij klmnop", k=60))) for i in range(900))
MESSAGE = "From: a@example.test\r\nTo: b@example.test\r\nSubject: inside\r\nMessage-ID: <1@example.test>\r\n\r\n" + BODY
DIALOGUE = [
    ("S", "* OK ready\r\n"),
    ("C", "a1 LOGIN alice Tr0ub4dor\r\n"),
    ("S", "a1 OK done\r\n"),
    ("C", "a5 SELECT INBOX\r\n"),
    ("S", "* 1 EXISTS\r\na5 OK [READ-WRITE] done\r\n"),
    ("C", "a2 FETCH 1 BODY[]\r\n"),
    ("S", "* 1 FETCH (BODY[] {%d}\r\n%s)\r\na2 OK done\r\n" % (len(MESSAGE), MESSAGE)),
    ("C", "a3 NOOP\r\n"),
    ("S", "a3 OK done\r\n"),
    ("C", "a4 LOGOUT\r\n"),
    ("S", "* BYE bye\r\na4 OK done\r\n"),
]


HTTP = [("C", "GET / HTTP/1.1\r\nHost: example.test\r\n\r\n"), ("S", "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nhi\n")]


def compressed(turns):
    """The same behind COMPRESS=DEFLATE (RFC 4978)."""
    flate = {who: zlib.compressobj(wbits=-15) for who in "CS"}
    out = turns[:1] + [("C", "a6 COMPRESS DEFLATE\r\n"), ("S", "a6 OK go on\r\n")]
    for who, text in turns[1:]:
        out.append((who, flate[who].compress(text.encode()) + flate[who].flush(zlib.Z_SYNC_FLUSH)))
    return out


def tls12(cipher, *more):
    return ["-tls1_2", "-cipher", cipher + ":@SECLEVEL=0", *more]


def tls13(suite, *more):
    return ["-tls1_3", "-ciphersuites", suite, *more]


def old(version, cipher):
    return [version, "-cipher", cipher + ":@SECLEVEL=0"]


# name: options of both sides; what else is special
CASES = {
    "1.3-aes128-gcm": dict(both=tls13("TLS_AES_128_GCM_SHA256")),
    "1.3-aes256-gcm": dict(both=tls13("TLS_AES_256_GCM_SHA384")),
    "1.3-chacha20": dict(both=tls13("TLS_CHACHA20_POLY1305_SHA256")),
    "1.3-ccm": dict(both=tls13("TLS_AES_128_CCM_SHA256")),
    "1.3-ccm8": dict(both=tls13("TLS_AES_128_CCM_8_SHA256")),
    "1.3-hello-retry": dict(both=tls13("TLS_AES_128_GCM_SHA256"), server=["-groups", "P-384"],
                            client=["-groups", "X25519:P-384"]),
    "1.3-padding": dict(both=tls13("TLS_AES_256_GCM_SHA384", "-record_padding", "512")),
    "1.3-resumed": dict(both=tls13("TLS_AES_128_GCM_SHA256"), resume=True),
    "1.3-early-data": dict(both=tls13("TLS_AES_128_GCM_SHA256"), server=["-early_data"], resume=True,
                           early="a0 NOOP\r\n"),
    "1.3-early-data-384": dict(both=tls13("TLS_AES_256_GCM_SHA384"), server=["-early_data"], resume=True,
                               early="a0 NOOP\r\n"),
    "1.3-early-data-refused": dict(both=tls13("TLS_AES_128_GCM_SHA256"), server=["-early_data"],
                                   server2=["-max_early_data", "0"], resume=True, early="a0 NOOP\r\n",
                                   early_refused=True),
    "1.3-key-update": dict(both=tls13("TLS_AES_128_GCM_SHA256"), before={"a2": "k\n", "a3": "K\n"}),
    "1.3-compress": dict(both=tls13("TLS_AES_128_GCM_SHA256"), client=["-quiet"], compress=True, tshark=False),
    "1.2-aes128-gcm": dict(both=tls12("ECDHE-RSA-AES128-GCM-SHA256")),
    "1.2-aes256-gcm": dict(both=tls12("ECDHE-RSA-AES256-GCM-SHA384")),
    "1.2-rsa-gcm": dict(both=tls12("AES256-GCM-SHA384")),
    "1.2-dhe-gcm": dict(both=tls12("DHE-RSA-AES128-GCM-SHA256")),
    "1.2-chacha20": dict(both=tls12("ECDHE-RSA-CHACHA20-POLY1305")),
    "1.2-ccm": dict(both=tls12("DHE-RSA-AES128-CCM")),
    "1.2-ccm8": dict(both=tls12("DHE-RSA-AES256-CCM8")),
    "1.2-aria-gcm": dict(both=tls12("ECDHE-ARIA128-GCM-SHA256"), tshark=False),
    "1.2-camellia-cbc": dict(both=tls12("ECDHE-RSA-CAMELLIA256-SHA384")),
    "1.2-cbc-sha-etm": dict(both=tls12("ECDHE-RSA-AES128-SHA")),
    "1.2-cbc-sha256": dict(both=tls12("ECDHE-RSA-AES128-SHA256", "-no_etm")),
    "1.2-cbc-sha384": dict(both=tls12("ECDHE-RSA-AES256-SHA384", "-no_etm")),
    "1.2-null": dict(both=tls12("NULL-SHA256")),
    "1.2-psk": dict(both=tls12("PSK-AES128-GCM-SHA256", "-psk", "0123456789abcdef"), server=["-nocert"]),
    "1.2-resumed": dict(both=tls12("ECDHE-RSA-AES128-GCM-SHA256"), resume=True),
    "1.2-no-tickets": dict(both=tls12("ECDHE-RSA-AES128-SHA", "-no_ticket"), resume=True),
    "1.2-renegotiated": dict(both=tls12("ECDHE-RSA-AES128-GCM-SHA256"), server=["-client_renegotiation"],
                             before={"a2": "R\n"}),
    "1.2-rsa-line": dict(both=tls12("AES128-GCM-SHA256"), keep="RSA "),
    "1.2-rsa-line-no-ems": dict(both=tls12("AES128-SHA256"), ems=False, keep="RSA "),
    "1.1-cbc": dict(both=old("-tls1_1", "ECDHE-RSA-AES256-SHA")),
    "1.1-rsa-line": dict(both=old("-tls1_1", "AES128-SHA"), keep="RSA "),
    "1.0-cbc": dict(both=old("-tls1", "ECDHE-RSA-AES128-SHA")),
    "1.0-cbc-no-etm": dict(both=old("-tls1", "AES128-SHA") + ["-no_etm"]),
    # A server that greets in clear, and takes the TLS of a client that did not ask.
    "unasked": dict(both=tls13("TLS_AES_128_GCM_SHA256"), greeting=b"* OK in clear\r\n", verdict="not_observable", tshark=False),
    # Off the mail ports.
    "odd-port-1.3": dict(both=tls13("TLS_AES_128_GCM_SHA256"), port=31993),
    "odd-port-1.2": dict(both=tls12("ECDHE-RSA-AES128-SHA256"), port=8443),
    "odd-port-rsa-line": dict(both=tls12("AES128-GCM-SHA256"), keep="RSA ", port=31993),
    "odd-port-wrong-secret": dict(both=tls13("TLS_AES_128_GCM_SHA256"), spoil=True, port=31993, nothing=True),
    "odd-port-no-secret": dict(both=tls13("TLS_AES_128_GCM_SHA256"), keep="nothing", port=31993, nothing=True),
    "odd-port-http": dict(both=tls13("TLS_AES_128_GCM_SHA256"), port=31993, nothing=True, dialogue=HTTP),
    # What is lost, and what comes behind it all the same.
    "gap-1.3": dict(both=tls13("TLS_AES_128_GCM_SHA256"), drop=0.5),
    "gap-1.2-gcm": dict(both=tls12("ECDHE-RSA-AES128-GCM-SHA256"), drop=0.5),
    "gap-1.2-cbc": dict(both=tls12("ECDHE-RSA-AES128-SHA256"), drop=0.5),
    "gap-1.0-cbc": dict(both=old("-tls1", "AES128-SHA") + ["-no_etm"], drop=0.5),
    "gap-long-1.3": dict(both=tls13("TLS_AES_128_GCM_SHA256"), drop=0.4, drops=20),
    "gap-long-1.2-cbc": dict(both=tls12("ECDHE-RSA-AES128-SHA256"), drop=0.4, drops=20),
    "gap-long-1.0-cbc": dict(both=old("-tls1", "AES128-SHA") + ["-no_etm"], drop=0.4, drops=20),
    # What the key log lacks.
    "wrong-secret": dict(both=tls12("ECDHE-RSA-AES128-GCM-SHA256"), spoil=True, dark="wrong_secret"),
    "wrong-secret-1.3": dict(both=tls13("TLS_AES_128_GCM_SHA256"), spoil=True, dark="wrong_secret"),
    "no-secret": dict(both=tls13("TLS_AES_128_GCM_SHA256"), keep="nothing", dark="no_secret"),
    "data-secrets-only": dict(both=tls13("TLS_AES_128_GCM_SHA256"), keep=("CLIENT_TRAFFIC", "SERVER_TRAFFIC"), tshark=False),
}


class Skip(Exception):
    pass


def certificate(d):
    key, crt = os.path.join(d, "key.pem"), os.path.join(d, "crt.pem")
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", crt,
                    "-days", "30", "-subj", "/CN=mail.example.test"], check=True, capture_output=True)
    return ["-key", key, "-cert", crt]


def as_bytes(text):
    return text if isinstance(text, bytes) else text.encode()


class Peer:
    """openssl with a pipe on both ends."""

    def __init__(self, args, env=None):
        self.p = subprocess.Popen(args, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self.seen = b""
        self.heard = 0  # up to here wait() has found what it waited for
        self.cond = threading.Condition()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        while True:
            data = os.read(self.p.stdout.fileno(), 65536)
            with self.cond:
                self.seen += data
                self.cond.notify_all()
            if not data:
                return

    def say(self, text):
        # In pieces, so that there are records of several sizes.
        data = as_bytes(text)
        for at in range(0, len(data), 20000):
            self.p.stdin.write(data[at:at + 20000])
            self.p.stdin.flush()

    def wait(self, text, seconds=10):
        """Wait for text behind what the last call found: the same command may come more than once."""
        end = time.time() + seconds
        with self.cond:
            while (at := self.seen.find(text, self.heard)) < 0:
                if time.time() > end or not self.cond.wait(0.5) and self.p.poll() is not None:
                    raise Skip("openssl: " + self.seen[-300:].decode(errors="replace").replace("\n", " | "))
            self.heard = at + len(text)

    def stop(self):
        self.p.stdin.close()
        try:
            self.p.wait(5)
        except subprocess.TimeoutExpired:
            self.p.kill()
            self.p.wait()


def no_ems(d):
    """An environment in which openssl does not offer the extended master secret: there is no option for it."""
    path = os.path.join(d, "openssl.cnf")
    with open(path, "w") as f:
        f.write("openssl_conf = a\n[a]\nssl_conf = b\n[b]\nsystem_default = c\n[c]\nOptions = -ExtendedMasterSecret\n")
    return {**os.environ, "OPENSSL_CONF": path}


def free_port():
    import socket
    with socket.create_server(("127.0.0.1", 0)) as s:
        return s.getsockname()[1]


def connect(case, d, cert, keys, more_server=(), more_client=(), dialogue=DIALOGUE):
    port = free_port()
    server = Peer(["openssl", "s_server", "-quiet", "-accept", str(port), *case["both"],
                   *([] if "-nocert" in case.get("server", ()) else cert), *case.get("server", ()), *more_server])
    for _ in range(100):
        try:
            import socket
            # s_server without -naccept takes one after the other: a look at /proc does not disturb it.
            with open("/proc/net/tcp") as f:
                if re.search(r":%04X 00000000:0000 0A" % port, f.read()):
                    break
            with open("/proc/net/tcp6") as f:
                if re.search(r":%04X 0+:0000 0A" % port, f.read()):
                    break
        except OSError:
            break
        if server.p.poll() is not None:
            raise Skip("s_server: " + server.seen[-300:].decode(errors="replace"))
        time.sleep(0.02)
    line = relay.Relay(port)
    client = Peer(["openssl", "s_client", "-connect", "127.0.0.1:%d" % line.port, "-keylogfile", keys,
                   *case["both"], *case.get("client", ()), *more_client], None if case.get("ems", True) else no_ems(d))
    try:
        talk(case, client, server, dialogue)
    finally:
        client.stop()
        server.p.terminate()
        server.stop()
    return line.done()


def talk(case, client, server, dialogue):
    for who, text in dialogue:
        me, other = (client, server) if who == "C" else (server, client)
        key = case.get("before", {}).get(text[:2]) if "before" in case else None
        if key and who == "C":
            time.sleep(0.2)
            client.p.stdin.write(key.encode())
            client.p.stdin.flush()
            time.sleep(0.3)
        me.say(text)
        other.wait(as_bytes(text)[-40:])
    time.sleep(0.1)


def record(case, d, cert):
    """Pieces of the connection that counts, and the key log."""
    keys, session = os.path.join(d, "keys"), os.path.join(d, "session")
    for f in (keys, session):
        if os.path.exists(f):
            os.unlink(f)
    if not case.get("resume"):
        dialogue = case.get("dialogue", DIALOGUE)
        return connect(case, d, cert, keys, dialogue=compressed(dialogue) if case.get("compress") else dialogue), keys
    # The ticket key of s_server is its own: both connections go to one server.
    port = free_port()
    pieces = None
    server = Peer(["openssl", "s_server", "-quiet", "-accept", str(port), *case["both"], *cert,
                   *case.get("server", ())])
    time.sleep(0.3)
    try:
        for turn in range(2):
            more = ["-sess_out", session] if turn == 0 else ["-sess_in", session]
            if turn and case.get("server2"):
                server.p.terminate()
                server.stop()
                server = Peer(["openssl", "s_server", "-quiet", "-accept", str(port), *case["both"], *cert,
                               *case.get("server2")])
                time.sleep(0.3)
            if turn and case.get("early"):
                early = os.path.join(d, "early")
                with open(early, "w") as f:
                    f.write(case["early"])
                more += ["-early_data", early]
            line = relay.Relay(port)
            server.seen = b""
            client = Peer(["openssl", "s_client", "-connect", "127.0.0.1:%d" % line.port, "-keylogfile", keys,
                           *case["both"], *case.get("client", ()), *more])
            try:
                talk(case, client, server, DIALOGUE if turn else DIALOGUE[:2])
            finally:
                client.stop()
            pieces = line.done()
    finally:
        server.p.terminate()
        server.stop()
    return pieces, keys


def edit_keys(case, keys):
    keep, out = case.get("keep"), []
    with open(keys) as f:
        for text in f:
            if keep and not text.startswith(keep):
                continue
            if case.get("spoil") and not text.startswith("#"):
                text = text.rstrip()[:-4] + ("0000" if text.rstrip()[-4:] != "0000" else "1111") + "\n"
            out.append(text)
    with open(keys, "w") as f:
        f.writelines(out)


def make_packets(case, pieces):
    if case.get("greeting"):
        pieces = [(pieces[0][0] - 0.1, False, case["greeting"])] + pieces
    packets = relay.frames(pieces, case.get("port", 143))
    if not case.get("drop"):
        return packets
    # From the middle of the long literal of the server.
    big = [i for i, (_, p) in enumerate(packets) if len(p) > 1400]
    at = int(len(big) * case["drop"])
    gone = set(big[at:at + case.get("drops", 1)])
    return [p for i, p in enumerate(packets) if i not in gone]


def events(program, *args):
    p = subprocess.run([program, "log", *args], capture_output=True, text=True, timeout=120)
    if p.returncode:
        raise AssertionError("status %d: %s" % (p.returncode, p.stderr[-500:]))
    return [json.loads(x) for x in p.stdout.splitlines()]


def of_type(all_events, name):
    return [e for e in all_events if e["event_type"] == name]


def want(condition, text):
    if not condition:
        raise AssertionError(text)


def check_events(case, all_events):
    logins, flows = of_type(all_events, "login"), of_type(all_events, "flow")
    if case.get("nothing"):
        want([e["event_type"] for e in all_events] == ["stats"], "it is no mail, and something is said")
        return
    want(len(flows) == 1, "%d flows" % len(flows))
    if case.get("dark"):
        want(not logins, "a login was seen without keys")
        want(flows[0]["app_proto"] == "tls", "app_proto " + flows[0]["app_proto"])
        return
    want(flows[0]["app_proto"] == "imap", "app_proto " + flows[0]["app_proto"])
    want(flows[0]["mail"]["service"] == ("imap" if case.get("greeting") else "imaps"), "service " + flows[0]["mail"]["service"])
    want(flows[0]["mail"]["starttls"] == case.get("verdict", "implicit"), "starttls " + flows[0]["mail"]["starttls"])
    want(not any(e["tls"]["starttls"] for e in of_type(all_events, "tls")), "an upgrade is claimed")
    want(len(logins) == 1, "%d logins" % len(logins))
    want(logins[0]["login"]["user"] == "alice" and logins[0]["login"]["result"] == "accepted"
         and logins[0]["login"]["tls"], "login %s" % logins[0]["login"])
    clear = [e["alert"]["finding"] for e in of_type(all_events, "alert")
             if e["alert"]["finding"].startswith("auth.") and e["alert"]["class"] == "finding"]
    want(not clear, "findings %s" % clear)
    mails = of_type(all_events, "imap")
    want(len(mails) == 1, "%d messages" % len(mails))
    mail = mails[0]["email"]
    if case.get("drop"):
        want(not mail["complete"], "the message is said to be complete")
        return
    want(mail["complete"] and mail["size"] == len(MESSAGE), "size %s" % mail.get("size"))
    want(mail["sha256"] == hashlib.sha256(MESSAGE.encode()).hexdigest(), "sha256 differs")
    anomalies = [e["anomaly"]["event"] for e in of_type(all_events, "anomaly")
                 if e["anomaly"]["event"] != "early_talker" or not case.get("early")]
    want(not anomalies, "anomalies %s" % anomalies)


def check_commands(case, program, pcap, keys):
    """Every command of the client, also those behind a hole."""
    p = subprocess.run([program, "show", "--reveal", "--color", "never", "--keylog", keys, pcap],
                       capture_output=True, text=True, timeout=120)
    lines = [x.split("C: ", 1)[1] for x in p.stdout.splitlines() if "C: " in x]
    wanted = [t.strip() for w, t in DIALOGUE if w == "C"]
    if case.get("early") and not case.get("early_refused"):
        wanted.insert(0, case["early"].strip())
    got = [x.replace("\\r\\n", "").strip() for x in lines]
    want([x for x in got if x in wanted] == wanted, "commands %s" % got)
    if case.get("drop"):
        want("a4 OK done" in p.stdout, "the last reply is not there")


def check_tshark(case, pcap, keys):
    if not shutil.which("tshark") or case.get("dark") or case.get("drop") or case.get("early") or not case.get("tshark", True):
        return
    out = subprocess.run(["tshark", "-r", pcap, "-o", "tls.keylog_file:" + keys, "-q", "-z", "follow,tls,raw,0"],
                         capture_output=True, text=True, timeout=120).stdout
    c, s = b"", b""
    for text in out.splitlines():
        if re.fullmatch(r"\t?[0-9a-f]+", text):
            if text.startswith("\t"):
                s += bytes.fromhex(text.strip())
            else:
                c += bytes.fromhex(text)
    wanted = {w: "".join(t for x, t in DIALOGUE if x == w).encode() for w in "CS"}
    if case.get("before") and "R" in "".join(case["before"].values()):
        return  # it loses the thread at a renegotiation
    want({c, s} == {wanted["C"], wanted["S"]}, "tshark reads %d and %d octets" % (len(c), len(s)))


def run_case(program, name, case, d, cert):
    pieces, keys = record(case, d, cert)
    edit_keys(case, keys)
    pcap = os.path.join(d, "c.pcap")
    relay.write_pcap(pcap, make_packets(case, pieces))
    all_events = events(program, "--keylog", keys, pcap)
    check_events(case, all_events)
    check_events(case, events(program, "-j", "2", "--keylog", keys, pcap))
    if not case.get("dark") and not case.get("nothing"):
        check_commands(case, program, pcap, keys)
        check_tshark(case, pcap, keys)
    if shutil.which("editcap") and not case.get("dark"):
        inside = os.path.join(d, "c.pcapng")
        subprocess.run(["editcap", "--inject-secrets", "tls," + keys, pcap, inside], check=True,
                       capture_output=True)
        if not case.get("drop"):
            check_events(case, events(program, inside))
    plain = events(program, pcap)
    want(not of_type(plain, "login"), "a login without a key log")
    if case.get("port"):
        want([e["event_type"] for e in plain] == ["stats"], "TLS off the mail ports is told without a key log")


def main():
    program, names = sys.argv[1], sys.argv[2:] or list(CASES)
    passed = failed = skipped = 0
    top = tempfile.mkdtemp(prefix="tls-")
    cert = certificate(top)
    for name in names:
        d = os.path.join(top, name)
        os.mkdir(d)
        try:
            run_case(program, name, CASES[name], d, cert)
            passed += 1
            shutil.rmtree(d)
        except Skip as e:
            print("SKIP %s: %s" % (name, e))
            skipped += 1
        except AssertionError as e:
            print("FAIL %s: %s (%s)" % (name, e, d))
            failed += 1
    if not failed:
        shutil.rmtree(top)
    print("%d passed, %d failed, %d skipped" % (passed, failed, skipped))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
