#!/usr/bin/python3
"""TLS samples: what the servers' own logs say, and what the program says with and without the key log.

usage: samples.py [--program FILE] [--verbose] [NAME…]

For each samples/expected/NAME.json: with samples/keylog/NAME.keys (or the secrets inside of NAME.pcapng) the logins, the
messages taken over and the messages fetched are those of the servers' logs, with the version and the suite of each session.
The same when editcap puts the key log into the capture.
Without it nothing of the inside is said, and everything of the handshake and of the STARTTLS verdict is the same.
Ends with a line of counts; status 1 when something is wrong.
"""
import argparse
import csv
import io
import collections
import json
import os
import pathlib
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parents[2]
SAMPLES = HERE / 'samples'
MAIL_PORTS = {25, 110, 143, 465, 587, 993, 995}
# Names of GnuTLS in Exim's log: by what stands in them.
GNUTLS = [('3DES', '3DES'), ('ARCFOUR', 'RC4'), ('NULL', 'NULL'), ('AES_128_CCM', 'AES_128_CCM'), ('AES_256_GCM', 'AES_256_GCM'),
          ('AES_128_GCM', 'AES_128_GCM')]


def log(args, path, *more):
    env = {**os.environ, 'SSL_CERT_DIR': '/nonexistent', 'SSL_CERT_FILE': '/nonexistent'}
    done = subprocess.run([args.program, 'log', *more, str(path)], capture_output=True, env=env, timeout=120)
    if done.returncode:
        sys.exit(f'{path.name}: exit status {done.returncode}: {done.stderr.decode()[-300:]}')
    return [as_logged(json.loads(line)) for line in done.stdout.splitlines()]


def as_logged(event):
    """A server behind a proxy logs the client that the PROXY header names."""
    for key in ('src_ip', 'src_port'):
        if key in event.get('proxied', {}):
            event[key] = event['proxied'][key]
    return event


def openssl_names():
    text = subprocess.run(['openssl', 'ciphers', '-stdname', 'ALL:COMPLEMENTOFALL:@SECLEVEL=0'], capture_output=True, text=True).stdout
    return {f[2]: f[0] for f in (line.split() for line in text.splitlines())}


def same_suite(names, logged, said):
    if logged in names:
        return names[logged] == said
    return any(a in logged and b in said for a, b in GNUTLS)


class Check:
    def __init__(self, args, name, names):
        self.args, self.name, self.names = args, name, names
        self.right, self.wrong = 0, []
        self.want = json.loads((SAMPLES / 'expected' / f'{name}.json').read_text())
        self.path = next(p for p in (SAMPLES / 'pcap' / f'{name}.pcap', SAMPLES / 'pcap' / f'{name}.pcapng') if p.exists())

    def same(self, what, said, want):
        if said == want:
            self.right += 1
        else:
            self.wrong.append(f'{self.name}: {what}: {said}, want {want}')

    def handshakes(self, events):
        """By the client's port: what the tls event and the flow say of the outside."""
        outside = {}
        for e in events:
            if e['event_type'] == 'tls':
                tls = {k: v for k, v in e['tls'].items() if k not in ('keys',)}
                outside[e['src_port'], 'tls'] = tls
            elif e['event_type'] == 'flow':
                outside[e['src_port'], 'flow'] = {k: e.get('mail', {}).get(k) for k in ('starttls', 'tls')}
        return outside

    def with_keys(self, events):
        suites = {e['src_port']: e['tls'].get('cipher_suite', '') for e in events if e['event_type'] == 'tls'}
        counter = collections.Counter
        ports = all('port' in l for l in self.want['logins'])
        clients = all('client' in l for l in self.want['logins'])

        def login(l):
            return (l.get('client') if clients else 0, l.get('port') if ports else 0, l['user'], l.get('mechanism'), l['result'])

        want = self.want['logins']
        said = [{'client': e['src_ip'], 'port': e['src_port'], **e['login']} for e in events if e['event_type'] == 'login']
        if not ports:  # Cyrus does not say by which mechanism a plain command logged in
            want = [{**l, 'mechanism': None} for l in want]
            said = [{**l, 'mechanism': None} for l in said]
        else:  # Dovecot calls USER/PASS and LOGIN of IMAP both PLAIN
            want = [{**l, 'mechanism': l.get('mechanism', '').upper()} for l in want]
            said = [{**l, 'mechanism': 'PLAIN' if l['mechanism'] in ('USER/PASS', 'LOGIN') and l['port'] in imap_or_pop(events)
                     else l['mechanism']} for l in said]
        self.same('logins', counter(map(login, said)), counter(map(login, want)))
        for l in want:
            if 'port' in l and 'cipher' in l:
                self.same(f'suite of {l["port"]}', same_suite(self.names, l['cipher'], suites.get(l['port'], '')), True)
        self.messages(events)

    def messages(self, events):
        counter = collections.Counter

        def key(m):
            return (m.get('port'), m.get('mail_from', ''), tuple(sorted(m['rcpt_to'])), m.get('message_id', ''))

        said = [{'port': e['src_port'], **e['smtp'], 'message_id': e.get('email', {}).get('message_id', '')}
                for e in events if e['event_type'] == 'smtp' and e['smtp']['result'] == 'accepted']
        want = self.want['messages']
        self.same('messages', counter(map(key, said)), counter(map(key, want)))
        fetched = counter()
        for e in events:
            if e['event_type'] in ('imap', 'pop3') and e['email'].get('complete') and \
                    e.get(e['event_type'], {}).get('section', 'BODY[]') in ('BODY[]', ''):
                fetched[e['src_port']] += 1
        if self.want['fetched']:
            self.same('fetched', fetched, counter({m['port']: m['messages'] for m in self.want['fetched']}))

    def without_keys(self, events):
        """Nothing of the inside; a suite that encrypts nothing is no exception without keys."""
        inside = [e for e in events if e['event_type'] in ('login', 'smtp', 'imap', 'pop3')]
        self.same('inside without keys', [(e['event_type'], e['src_port']) for e in inside], [])
        self.same('off the mail ports without keys', {e['dest_port'] for e in events if 'dest_port' in e} - MAIL_PORTS, set())

    def fields(self):
        """What a column says of a session is what the filter of that name finds."""
        wanted = ('tls_version', 'cipher', 'sni', 'cert_days', 'certificate', 'ja4')
        cmd = [self.args.program, 'sessions', '--columns', 'number,' + ','.join(wanted), '--format', 'csv']
        rows = list(csv.DictReader(io.StringIO(subprocess.run([*cmd, self.path], capture_output=True, text=True).stdout)))
        for name in wanted:
            for value in sorted({r[name] for r in rows if r[name]}):
                expr = f'{name} == {value}' if name == 'cert_days' else f'{name} == "{value}"'
                out = subprocess.run([*cmd, '-F', expr, self.path], capture_output=True, text=True).stdout
                self.same(expr, [r['number'] for r in csv.DictReader(io.StringIO(out))],
                          [r['number'] for r in rows if r[name] == value])

    def posture(self):
        """A server's suites and groups have one count each in the report, and no more are counted than handshakes."""
        def members(pairs):
            self.same('a key twice', sorted(k for k, _ in pairs), sorted({k for k, _ in pairs}))
            return dict(pairs)

        out = subprocess.run([self.args.program, 'report', '--format', 'json', self.path], capture_output=True, text=True).stdout
        for server in json.loads(out, object_pairs_hook=members).get('servers', []):
            seen = server.get('handshakes', {})
            for list_of in ('cipher_suites', 'groups'):
                most = seen.get('established', 0)
                self.same(f'{list_of} counted', min(most, sum(seen.get(list_of, {}).values())), sum(seen.get(list_of, {}).values()))

    def keys_inside(self, keys, opened):
        """The same when the capture brings its key log along."""
        with tempfile.TemporaryDirectory() as work:
            path = pathlib.Path(work) / f'{self.name}.pcapng'
            subprocess.run(['editcap', '--inject-secrets', f'tls,{keys}', self.path, path], check=True, timeout=60)
            def told(events):
                return [{k: v for k, v in e.items() if k != 'pcap_filename'} for e in events if e['event_type'] != 'stats']
            self.same('with the keys inside', told(log(self.args, path)) == told(opened), True)

    def run(self):
        self.fields()
        self.posture()
        keys = SAMPLES / 'keylog' / f'{self.name}.keys'
        opened = log(self.args, self.path, *(('--keylog', str(keys)) if keys.exists() else ()))
        self.with_keys(opened)
        if keys.exists():
            self.keys_inside(keys, opened)
            shut = log(self.args, self.path)
            self.without_keys(shut)
            with_keys, without = self.handshakes(opened), self.handshakes(shut)
            for which in sorted(without, key=str):
                said = with_keys.get(which, {})
                self.same(f'outside {which}', {k: said.get(k) for k in without[which] if k != 'certificate'},
                          {k: v for k, v in without[which].items() if k != 'certificate'})
        return self


def imap_or_pop(events):
    return {e['src_port'] for e in events if e['event_type'] == 'flow' and e['app_proto'] in ('imap', 'pop3')}


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument('--program', default=str(HERE / 'build' / 'mailsnoop'))
    ap.add_argument('--verbose', action='store_true')
    ap.add_argument('names', nargs='*')
    args = ap.parse_args()
    names = openssl_names()
    right, wrong = 0, []
    for path in sorted((SAMPLES / 'expected').glob('*.json')):
        if args.names and path.stem not in args.names:
            continue
        check = Check(args, path.stem, names).run()
        right += check.right
        wrong += check.wrong
        if args.verbose:
            print(f'{path.stem}: {check.right} right, {len(check.wrong)} wrong')
    print('\n'.join(wrong[:50]) + ('\n' if wrong else '') + f'{right} right, {len(wrong)} wrong')
    return 1 if wrong else 0


if __name__ == '__main__':
    sys.exit(main())
