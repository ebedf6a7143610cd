#!/usr/bin/python3
"""What TLS costs: without keys beside the same dialogue in clear, and decryption beside `openssl speed`.

tls.py PROGRAM [--mb N] [--runs N] [--work DIR] [--json FILE]

openssl s_client and s_server talk SMTP over loopback; tests/tls/relay.py takes it down. Captures are made of it, each as
TLS and in clear, with the same packets for the same dialogue:

    bulk       connections that carry four messages of 1 MB
    mail       many connections, each with a handshake and three messages of 20 kB

Goals: without keys a packet of TLS costs no more than one of the clear dialogue; decryption (what the run with keys takes beyond
the same content in clear) is at least a third as fast as `openssl speed -evp aes-128-gcm` with blocks of 16384 octets, in this run.
Times are processor time, the best of --runs. Exit status 1 when a goal is missed.
"""
import argparse
import json
import os
import random
import re
import resource
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, '..', 'tls'))
import check  # noqa: E402
import relay  # noqa: E402

SMTP = 465
# To read the system's roots takes the same time whatever the capture: it is left out.
ENV = {**os.environ, 'SSL_CERT_FILE': '/dev/null', 'SSL_CERT_DIR': '/nonexistent'}
PARTS = 3  # decryption must reach one part in so many of openssl's speed


def message(octets):
    rng = random.Random(7)
    line = ''.join(rng.choices('abcdefghijklmnopqrstuvwxyz ', k=74)) + '\r\n'
    head = 'From: a@example.test\r\nTo: b@example.test\r\nSubject: bench\r\n\r\n'
    return head + line * (octets // len(line))


def dialogue(messages, octets):
    turns = [('S', '220 mx.example.test ESMTP\r\n'), ('C', 'EHLO client.example.test\r\n'),
             ('S', '250-mx.example.test\r\n250 AUTH PLAIN\r\n'), ('C', 'AUTH PLAIN AGJvYgBzZWNyZXQ=\r\n'), ('S', '235 2.7.0 ok\r\n')]
    for i in range(messages):
        turns += [('C', 'MAIL FROM:<a@example.test>\r\n'), ('S', '250 2.1.0 ok %d\r\n' % i), ('C', 'RCPT TO:<b@example.test>\r\n'),
                  ('S', '250 2.1.5 ok %d\r\n' % i), ('C', 'DATA\r\n'), ('S', '354 go on %d\r\n' % i),
                  ('C', message(octets) + '.\r\n'), ('S', '250 2.0.0 queued %d\r\n' % i)]
    return turns + [('C', 'QUIT\r\n'), ('S', '221 2.0.0 bye\r\n')]


def take_down(turns, suite, work, cert):
    keys = os.path.join(work, 'keys')
    if os.path.exists(keys):
        os.unlink(keys)
    return check.connect({'both': suite, 'client': ['-quiet']}, work, cert, keys, dialogue=turns), keys


def in_clear(turns, start):
    return [(start + i / 1000, who == 'C', text.encode()) for i, (who, text) in enumerate(turns)]


def write(path, pieces, times=1):
    packets = []
    for n in range(times):
        packets += relay.frames(pieces, server_port=SMTP, client_port=1024 + n % 60000)
    relay.write_pcap(path, packets)
    return len(packets)


def seconds(args):
    """Processor time of one run."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(args, stdout=subprocess.DEVNULL, check=True, env=ENV)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def all_accepted(args, messages):
    """Whether every message of the capture is read: what is not opened is not worth a time."""
    out = subprocess.run(args, stdout=subprocess.PIPE, check=True, env=ENV, text=True).stdout
    return sum(json.loads(line)['smtp']['result'] == 'accepted' for line in out.splitlines()) == messages


def openssl_speed():
    out = subprocess.run(['openssl', 'speed', '-seconds', '1', '-bytes', '16384', '-evp', 'aes-128-gcm'],
                         capture_output=True, text=True, check=True).stdout
    return float(re.findall(r'AES-128-GCM\s+([0-9.]+)k', out, re.I)[0]) * 1000


def measure(program, tls, clear, keys, messages, runs):
    for more in [[clear], ['--keylog', keys, tls]]:
        if not all_accepted([program, 'log', '--hash', 'none', '--types', 'smtp', *more], messages):
            sys.exit('tls.py: not every message of %s is read as accepted: nothing to measure' % more[-1])
    common = [program, 'log', '--hash', 'none', '--types', 'login']
    ways = {'clear': [*common, clear], 'without keys': [*common, tls], 'with keys': [*common, '--keylog', keys, tls]}
    best = {way: float('inf') for way in ways}
    speeds = []
    for _ in range(runs):
        speeds.append(openssl_speed())
        for way, args in ways.items():
            best[way] = min(best[way], seconds(args))
    return best, max(speeds)


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument('program')
    p.add_argument('--mb', type=int, default=256)
    p.add_argument('--runs', type=int, default=5)
    p.add_argument('--work')
    p.add_argument('--json')
    a = p.parse_args()
    work = a.work or tempfile.mkdtemp(prefix='bench-tls-')
    os.makedirs(work, exist_ok=True)
    cert = check.certificate(work)
    missed, results = False, {}
    rows = [('bulk, TLS 1.2', check.tls12('ECDHE-RSA-AES128-GCM-SHA256'), 4, 1 << 20, a.mb // 4),
            ('bulk, TLS 1.3', check.tls13('TLS_AES_128_GCM_SHA256'), 4, 1 << 20, a.mb // 4),
            ('mail, TLS 1.3', check.tls13('TLS_AES_128_GCM_SHA256'), 3, 20000, a.mb * 12)]
    for name, suite, messages, octets, times in rows:
        turns = dialogue(messages, octets)
        pieces, keys = take_down(turns, suite, work, cert)
        tls, clear = os.path.join(work, 'tls.pcap'), os.path.join(work, 'clear.pcap')
        n_tls = write(tls, pieces, times)
        n_clear = write(clear, in_clear(turns, pieces[0][0]), times)
        content = sum(len(t) for _, t in turns) * times
        best, speed = measure(a.program, tls, clear, keys, messages * times, a.runs)
        per = {way: best[way] / (n_clear if way == 'clear' else n_tls) * 1e9 for way in best}
        beyond = max(best['with keys'] - best['clear'], 1e-9)
        rate = content / beyond
        print('%s: %d MB, %d packets' % (name, content >> 20, n_tls))
        for way in best:
            print('  %-13s %7.3f s  %6.0f ns a packet  %6.0f MB/s' % (way, best[way], per[way], content / best[way] / 1e6))
        print('  decryption    %7.3f s  %6.0f MB/s, %.2f of openssl speed (%.0f MB/s)' % (beyond, rate / 1e6, rate / speed, speed / 1e6))
        good = per['without keys'] <= per['clear'] * 1.02
        print('  without keys a packet costs %.2f of a clear one%s' % (per['without keys'] / per['clear'], '' if good else ': MISSED'))
        if name.startswith('bulk') and rate * PARTS < speed:
            print('  decryption is below 1/%d: MISSED' % PARTS)
            good = False
        missed |= not good
        results[name] = {'seconds': best, 'ns_a_packet': per, 'decryption_of_openssl': rate / speed}
        os.unlink(tls)
        os.unlink(clear)
    if a.json:
        with open(a.json, 'w') as f:
            json.dump(results, f, indent=1)
    return 1 if missed else 0


if __name__ == '__main__':
    sys.exit(main())
