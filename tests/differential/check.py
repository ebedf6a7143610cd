#!/usr/bin/python3
"""A second opinion: what tshark counts and what the program counts, connection by connection.

usage: check.py [--program FILE] [--shared DIR] [--list] [--verbose] [CAPTURE…]

Over the captures of DIR/captures and samples/pcap up to 200 KB: of each TCP connection that both call mail, the number of
commands and replies; of each TLS handshake JA3, JA3S and the server name; of each DNS answer to one question name, rcode, addresses, exchanges
and texts; of each capture the number of logins for each
user, against `tshark -z credentials`. A difference must stand in
known.txt as `file: field: reason`, where field is `commands client:port`, `replies client:port` or `users`; one that stands there
and does not occur fails too. --list prints the differences found as lines for known.txt. Status 77 without tshark or captures.
"""
import argparse
import base64
import collections
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parents[2]
KNOWN = pathlib.Path(__file__).resolve().parent / 'known.txt'
LARGEST = 200 * 1024  # octets: tshark takes its time
FIELDS = ['_ws.col.Protocol', 'ip.src', 'ipv6.src', 'ip.dst', 'ipv6.dst', 'tcp.srcport', 'tcp.dstport', 'smtp.req.command',
          'smtp.response.code', 'pop.request.command', 'pop.response.indicator', 'imap.request_tag', 'imap.request.command',
          'imap.response.status', 'imap.response_tag']
COMMANDS = ('smtp.req.command', 'pop.request.command', 'imap.request.command')
REPLIES = ('smtp.response.code', 'pop.response.indicator')
PROTOS = ('smtp', 'pop3', 'imap', 'lmtp')

Counts = collections.namedtuple('Counts', 'commands replies')


# ---- tshark -----------------------------------------------------------------------------------------------------------

def tshark(path, *args):
    done = subprocess.run(['tshark', '-n', '-r', str(path), *args], capture_output=True, timeout=120)
    return done.stdout.decode('utf-8', 'replace')


def values(text):
    return text.split('\x1f') if text else []


def seen_by_tshark(path):
    """{(client, server): Counts}, ends as 'address port'."""
    rows = tshark(path, '-2', '-Y', 'smtp || pop || imap', '-T', 'fields', '-E', 'separator=\x1e', '-E', 'aggregator=\x1f',
                  *[a for f in FIELDS for a in ('-e', f)])
    seen = {}
    for line in rows.split('\n')[:-1]:
        f = dict(zip(FIELDS, line.split('\x1e')))
        src = f"{f['ip.src'] or f['ipv6.src']} {f['tcp.srcport']}"
        dst = f"{f['ip.dst'] or f['ipv6.dst']} {f['tcp.dstport']}"
        commands = sum(len(values(f[k])) for k in COMMANDS)
        replies = sum(len(values(f[k])) for k in REPLIES)
        for ends, n in (((src, dst), (commands, 0)), ((dst, src), (0, replies))):
            before = seen.get(ends, (0, 0))
            seen[ends] = (before[0] + n[0], before[1] + n[1])
    return {ends: Counts(*n) for ends, n in seen.items()}


def plain_user(name):
    """The tap shows the answers of SMTP as they were sent, in base64."""
    try:
        text = base64.b64decode(name, validate=True).decode()
    except ValueError:
        return name
    return text.split('\0')[1] if text.startswith('\0') else text if text.isprintable() else name


def users_by_tshark(path):
    rows = re.findall(r'^\d+ +(?:SMTP|POP3?|IMAP) +(\S+)', tshark(path, '-q', '-z', 'credentials'), re.M)
    return collections.Counter(plain_user(r) for r in rows)


# ---- the program ------------------------------------------------------------------------------------------------------

def seen_by_us(program, path):
    """({(client, server): (proto, Counts)}, {user: logins by password in clear})."""
    done = subprocess.run([program, 'log', str(path)], capture_output=True, timeout=120)
    seen, users = {}, collections.Counter()
    for e in map(json.loads, done.stdout.splitlines()):
        if e['event_type'] == 'flow' and e.get('app_proto') in PROTOS and 'mail' in e:
            ends = (f"{e['src_ip']} {e['src_port']}", f"{e['dest_ip']} {e['dest_port']}")
            seen[ends] = (e['app_proto'], Counts(e['mail'].get('commands', 0), e['mail'].get('replies', 0)))
        elif e['event_type'] == 'login' and e['login'].get('user'):
            users[e['login']['user']] += 1
    return seen, users


# ---- comparison -------------------------------------------------------------------------------------------------------

TLS_FIELDS = {'ja3': 'tls.handshake.ja3', 'ja3s': 'tls.handshake.ja3s', 'sni': 'tls.handshake.extensions_server_name'}


def hellos_by_tshark(path):
    """{(client, server): {key: the first value, by the hello that shows it}}."""
    ends = ['ip.src', 'ipv6.src', 'ip.dst', 'ipv6.dst', 'tcp.srcport', 'tcp.dstport', 'tls.handshake.type']
    fields = ends + list(TLS_FIELDS.values())
    rows = tshark(path, '-2', '-Y', 'tls.handshake.type in {1, 2}', '-T', 'fields', '-E', 'separator=\x1e', '-E',
                  'aggregator=\x1f', *[a for f in fields for a in ('-e', f)])
    seen = {}
    for line in rows.split('\n')[:-1]:
        f = dict(zip(fields, line.split('\x1e')))
        src = f"{f['ip.src'] or f['ipv6.src']} {f['tcp.srcport']}"
        dst = f"{f['ip.dst'] or f['ipv6.dst']} {f['tcp.dstport']}"
        both = (src, dst) if '1' in values(f['tls.handshake.type']) else (dst, src)
        for key, name in TLS_FIELDS.items():
            for value in values(f[name]):
                seen.setdefault(both, {}).setdefault(key, value)
    return seen


def hello_differences(program, path):
    """Fingerprints and names of both; only where we say that there is TLS: tshark takes more for mail than we do."""
    done = subprocess.run([program, 'log', '--types', 'tls', str(path)], capture_output=True, timeout=120)
    events = [json.loads(line) for line in done.stdout.splitlines()]
    theirs = hellos_by_tshark(path) if events else {}
    for e in events:
        ends = (f"{e['src_ip']} {e['src_port']}", f"{e['dest_ip']} {e['dest_port']}")
        for key in TLS_FIELDS:
            ours, other = e['tls'].get(key), theirs.get(ends, {}).get(key)
            if ours != other:
                yield f"{key} {ends[0].replace(' ', ':')}", ours, other


# ---- DNS ---------------------------------------------------------------------------------------------------------------

DNS_FIELDS = ['frame.number', 'dns.qry.name', 'dns.flags.rcode', 'dns.flags.authenticated', 'dns.a', 'dns.aaaa', 'dns.mx.mail_exchange',
              'dns.cname', 'dns.ptr.domain_name']


def dns_by_tshark(path):
    """{frame: what an answer says}; tshark repeats the question of each."""
    rows = tshark(path, '-Y', 'dns.flags.response == 1 && dns.count.queries == 1 && !_ws.malformed && udp.srcport == 53', '-T', 'fields',
                  '-E', 'separator=\x1e', '-E', 'aggregator=\x1f', *[a for f in DNS_FIELDS for a in ('-e', f)])
    seen = {}
    for line in rows.split('\n')[:-1]:
        frame, name, rcode, ad, *rest = line.split('\x1e')
        data = sorted(x.lower() for r in rest for x in values(r))
        seen[int(frame)] = (name.lower().replace('<root>', '.'), int(rcode), ad in ('1', 'True'), data)
    return seen


def dns_by_us(program, path):
    rcodes = ['NOERROR', 'FORMERR', 'SERVFAIL', 'NXDOMAIN', 'NOTIMP', 'REFUSED']
    done = subprocess.run([program, 'log', '--types', 'dns', str(path)], capture_output=True, timeout=120)
    seen = {}
    for line in done.stdout.decode().splitlines():
        e = json.loads(line)
        d = e['dns']
        data = sorted(a['rdata'].lower() for a in d.get('answers', []) if a['rrtype'] in ('A', 'AAAA', 'MX', 'CNAME', 'PTR'))
        if e['proto'] == 'UDP' and d['rcode'] in rcodes:
            seen[e['pcap_cnt']] = (d['rrname'], rcodes.index(d['rcode']), d.get('ad', False), data)
    return seen


def dns_differences(program, path):
    theirs, ours = dns_by_tshark(path), dns_by_us(program, path)
    for frame in sorted(set(theirs) | set(ours)):
        if theirs.get(frame) != ours.get(frame):
            yield f'dns {frame}', ours.get(frame), theirs.get(frame)


def differences(program, path):
    """(field, ours, theirs) of each thing that is not the same."""
    yield from hello_differences(program, path)
    yield from dns_differences(program, path)
    ours, our_users = seen_by_us(program, path)
    theirs = seen_by_tshark(path)
    for ends, (proto, n) in sorted(ours.items()):
        t = theirs.get(ends, Counts(0, 0))
        client = ends[0].replace(' ', ':')
        if n.commands != t.commands:
            yield f'commands {client}', n.commands, t.commands
        if proto != 'imap' and n.replies != t.replies:  # untagged data of IMAP: every tool counts in its own way
            yield f'replies {client}', n.replies, t.replies
    their_users = users_by_tshark(path)
    if our_users != their_users:
        yield 'users', dict(our_users), dict(their_users)


def known():
    """{(file, field): reason}. An IPv6 field has colons as well, the reason comes after the last ': '."""
    rows = {}
    for line in KNOWN.read_text().splitlines() if KNOWN.exists() else []:
        if line and not line.startswith('#'):
            name, field, reason = line.split(': ', 2)
            rows[name, field] = reason
    return rows


def inputs(args):
    captures = pathlib.Path(args.shared) / 'captures'
    shared = [p for p in captures.glob('*.pcap*')] if captures.exists() else []
    for path in sorted(shared) + sorted((HERE / 'samples' / 'pcap').glob('*.pcap*')):
        if path.stat().st_size <= LARGEST and (not args.captures or path.name in args.captures):
            yield path


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument('--program', default=str(HERE / 'build' / 'mailsnoop'))
    ap.add_argument('--shared', default=os.environ.get('MAILSNOOP_SHARED', str(HERE.parent / 'shared')))
    ap.add_argument('--list', action='store_true')
    ap.add_argument('--verbose', action='store_true')
    ap.add_argument('captures', nargs='*')
    args = ap.parse_args()
    if not shutil.which('tshark'):
        print('skipped: tshark is not here')
        return 77
    paths, listed, wrong, met = list(inputs(args)), known(), 0, 0
    if not paths:
        print('skipped: ../shared is not here')
        return 77
    for path in paths:
        for field, ours, theirs in differences(args.program, path):
            if args.list:
                print(f'{path.name}: {field}: we {ours}, tshark {theirs}')
            elif listed.pop((path.name, field), None) is None:
                print(f'{path.name}: {field}: we say {ours}, tshark {theirs}')
                wrong += 1
            else:
                met += 1
    here = {p.name for p in paths}
    for name, field in sorted(listed) if not args.list else ():
        if name in here:
            print(f'{name}: {field}: is in known.txt, and does not differ')
            wrong += 1
    if args.verbose:
        print(f'{len(paths)} captures, {met} known differences, {wrong} wrong')
    return 1 if wrong else 0


if __name__ == '__main__':
    sys.exit(main())
