#!/usr/bin/python3
"""Looks for secrets in everything the program prints without --reveal.

usage: check.py [--program FILE] [--shared DIR] [--verbose] [CAPTURE…]

Every view of every capture of DIR/captures and of samples/pcap is searched. What is secret: the passwords, digests and SASL
answers of DIR/captures/truth.json, the list in samples/README.md, and what `log --reveal` calls a secret. Each is looked for as
it is (a whole word), in base64 at every alignment, in hex, and as MD5 and SHA-1. A search that finds nothing could be blind, so
the same search over `--reveal` must find every password. Prints nothing when all is well, but for what --verbose adds.
"""
import argparse
import base64
import hashlib
import json
import os
import pathlib
import re
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parents[2]
VIEWS = [['report', '--format', f] for f in ('text', 'json', 'csv')] + [
    ['sessions', '--format', f] for f in ('text', 'json', 'csv')] + [
    ['log', '-v'], ['show'], ['show', '--explain'], ['show', '--raw'], ['show', '--hex'], ['show', '--hex', '--raw']]
# Public words that hold a secret as a whole word: they are taken out before the search. Reasons beside.
ALLOWED = {
    'napier': [r'\bnapier\.ac\.uk'],  # the domain of a correspondent
    '1234567': ['1234567…'],           # the account 123456789@aol.com, cut to its column
}
SHORTEST = 4         # octets of a secret: what is shorter is in any output by chance
SHORTEST_BASE64 = 6  # characters of its base64 that do not depend on what stands beside it
HEX_LINE = re.compile(r'^  [0-9a-f]{8}  ((?:[0-9a-f]{2} {1,2}){1,16}).*', re.M)


# ---- what is secret ---------------------------------------------------------------------------------------------------

def decoded(response):
    try:
        return base64.b64decode(response, validate=True)
    except ValueError:
        return b''


def truth_secrets(entry):
    """(secrets, sent): what is looked for in every form, and SASL answers as they were sent."""
    secrets, sent = set(), set()
    for c in entry.get('credentials', []):
        secrets |= {s for s in (c.get('password'), c.get('digest')) if s}
        answers = c.get('raw_responses') or []
        for r in answers[1:] if c['mech'] == 'LOGIN' else answers:  # the first one of LOGIN is the user name
            ntlm_hello = decoded(r).startswith(b'NTLMSSP\0\1')  # names of domain and host
            if len(r) >= SHORTEST and not ntlm_hello:
                sent.add(r)
    return secrets, sent


def lab_secrets():
    """The indented list of the README's section on secrets."""
    readme = HERE / 'samples' / 'README.md'
    if not readme.exists():
        return set()
    section = re.search(r'^## Secrets.*?(?=^## |\Z)', readme.read_text(), re.M | re.S)
    return set(re.findall(r'^    (\S.*)$', section[0], re.M)) if section else set()


def revealed_secrets(program, path):
    out = run(program, ['log', '--types', 'login', '--reveal'], path)
    found = set()
    for line in out.splitlines():
        event = json.loads(line) if line.startswith('{') else {}
        secret = event.get('login', {}).get('secret')
        if secret and event['login'].get('exposure') != 'none':
            found.add(secret)
    return found


# ---- how it may be written --------------------------------------------------------------------------------------------

def base64_cores(raw):
    """The base64 of `raw` inside something longer: one core for each of the three alignments."""
    for before in range(3):
        text = base64.b64encode(b'\0' * before + raw).decode()
        first = -(-before * 8 // 6)
        core = text[first:(before + len(raw)) * 8 // 6]
        if len(core) >= SHORTEST_BASE64:
            yield core


def forms(secret):
    """(name, regex) of each way to write the secret."""
    raw = secret.encode('utf-8', 'surrogatepass')
    yield 'as it is', r'(?<![A-Za-z0-9_])' + re.escape(secret) + r'(?![A-Za-z0-9_])'
    yield 'base64', r'(?<![A-Za-z0-9+/])' + re.escape(base64.b64encode(raw).decode()) + r'(?![A-Za-z0-9+/])'
    for core in base64_cores(raw):
        yield 'base64 inside something', re.escape(core)
    for name, text in (('hex', raw.hex()), ('MD5', hashlib.md5(raw).hexdigest()), ('SHA-1', hashlib.sha1(raw).hexdigest())):
        yield name, r'(?i)(?<![0-9a-f])' + text + r'(?![0-9a-f])'
    if len(raw) > 5:
        yield 'hex inside something', '(?i)' + raw.hex()


def dumped(text):
    """The octets that hex dump lines show, and their text."""
    lines = [bytes.fromhex(m[1]) for m in HEX_LINE.finditer(text)]
    return b''.join(lines).decode('latin-1')


def haystacks(text):
    """The output; without the line breaks and indents that wrapping added; what its hex dumps hold, in one piece."""
    plain = HEX_LINE.sub('', text)
    yield plain
    yield re.sub(r'\n +', '', plain)
    yield dumped(text)


def find(text, secrets, sent):
    """(secret, form) of each one found."""
    found = set()
    for hay in haystacks(text):
        for secret in secrets:
            clean = hay
            for public in ALLOWED.get(secret, []):
                clean = re.sub(public, '', clean)
            found |= {(secret, name) for name, regex in forms(secret) if re.search(regex, clean)}
        found |= {(answer, 'answer as sent') for answer in sent if answer in hay}
    return found


# ---- the search -------------------------------------------------------------------------------------------------------

def run(program, view, path):
    done = subprocess.run([program, *view, str(path)], capture_output=True, timeout=300)
    return (done.stdout + done.stderr).decode('utf-8', 'replace')


def check_file(args, path, secrets, sent):
    """Prints what came out; returns how much."""
    secrets = {s for s in secrets | revealed_secrets(args.program, path) if len(s) >= SHORTEST and '\ufffd' not in s}
    if not secrets and not sent:
        return 0
    leaks = 0
    for view in VIEWS:
        for secret, form in sorted(find(run(args.program, view, path), secrets, sent)):
            print(f'{path.name}: {" ".join(view)}: {secret!r} {form}')
            leaks += 1
    return leaks


def check_search(args, path, passwords):
    """With --reveal each password must be found: by log, and by the dump of the octets."""
    missed = 0
    for view in (['log', '--reveal'], ['show', '--hex', '--reveal']):
        found = {secret for secret, _ in find(run(args.program, view, path), passwords, set())}
        for secret in sorted(passwords - found):
            print(f'{path.name}: {" ".join(view)}: {secret!r} is not found: the search is blind')
            missed += 1
    return missed


def inputs(args):
    """(path, secrets, answers sent, passwords that --reveal must show) of each capture."""
    captures = pathlib.Path(args.shared) / 'captures'
    truth = captures / 'truth.json'
    for name, entry in sorted(json.loads(truth.read_text()).items()) if truth.exists() else []:
        secrets, sent = truth_secrets(entry)
        passwords = {c['password'] for c in entry.get('credentials', []) if c.get('password')}
        yield captures / name, secrets, sent, {p for p in passwords if len(p) >= SHORTEST and '\ufffd' not in p}
    lab = lab_secrets()
    for path in sorted((HERE / 'samples' / 'pcap').glob('*.pcap*')):
        yield path, lab, set(), set()


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument('--program', default=str(HERE / 'build' / 'mailsnoop'))
    ap.add_argument('--shared', default=os.environ.get('MAILSNOOP_SHARED', str(HERE.parent / 'shared')))
    ap.add_argument('--verbose', action='store_true')
    ap.add_argument('captures', nargs='*')
    args = ap.parse_args()
    wrong = files = searched = 0
    for path, secrets, sent, passwords in inputs(args):
        if args.captures and path.name not in args.captures:
            continue
        files += 1
        searched += bool(passwords)
        wrong += check_file(args, path, secrets, sent) + check_search(args, path, passwords)
    if args.verbose:
        print(f'{files} captures, {searched} of them with known passwords, {wrong} wrong')
    if not files or not searched and not args.captures:
        print('skipped: ../shared is not here')
        return 77
    return 1 if wrong else 0


if __name__ == '__main__':
    sys.exit(main())
