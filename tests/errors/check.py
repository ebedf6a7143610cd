#!/usr/bin/python3
"""What the program does with inputs, outputs and command lines that are wrong: exit status, message, and what still came out.

usage: check.py [--program FILE] [--verbose]

The captures are made here: a short SMTP dialogue as pcap and pcapng. Prints what failed; exit status 1 when something did.
With a sanitized program this finds leaks on the ways out as well.
"""
import argparse
import gzip
import os
import pathlib
import re
import shutil
import struct
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parents[2]
CLIENT, SERVER = (b'\xc0\0\2\x07', 40222), (b'\xc6\x33\x64\2', 25)  # documentation networks, RFC 5737
MAIL = [('S', b'220 mx.example ESMTP\r\n'), ('C', b'EHLO client.example\r\n'), ('S', b'250-mx.example\r\n250 AUTH PLAIN\r\n'),
        ('C', b'AUTH PLAIN AGJvYgBXb25kM3JsYW5k\r\n'), ('S', b'235 2.7.0 ok\r\n'), ('C', b'QUIT\r\n'), ('S', b'221 bye\r\n')]
HARMLESS = [('S', b'220 mx.example ESMTP\r\n'), ('C', b'QUIT\r\n'), ('S', b'221 bye\r\n')]
PCAP_HEADER, PCAP_RECORD = 24, 16
NOBODY = ['setpriv', '--reuid', '65534', '--regid', '65534', '--clear-groups']


# ---- captures ---------------------------------------------------------------------------------------------------------

def tcp_packet(src, dst, seq, ack, data):
    """Ethernet, IPv4 and TCP around `data`; the checksums are 0, as offload leaves them."""
    tcp = struct.pack('>HHIIBBHHH', src[1], dst[1], seq, ack, 5 << 4, 0x18, 8192, 0, 0) + data
    ip = struct.pack('>BBHHHBBH4s4s', 0x45, 0, 20 + len(tcp), 1, 0, 64, 6, 0, src[0], dst[0])
    return b'\2\0\0\0\0\1\2\0\0\0\0\2\x08\0' + ip + tcp


def packets(turns):
    seq = {'C': 1000, 'S': 5000}
    for side, data in turns:
        src, dst, other = (CLIENT, SERVER, 'S') if side == 'C' else (SERVER, CLIENT, 'C')
        yield tcp_packet(src, dst, seq[side], seq[other], data)
        seq[side] += len(data)


def pcap(turns, broken={}):
    """A packet a second; `broken`: by number, from 0, seconds that are written instead."""
    out = struct.pack('<IHHiIII', 0xa1b2c3d4, 2, 4, 0, 0, 65535, 1)
    for i, p in enumerate(packets(turns)):
        out += struct.pack('<IIII', broken.get(i, 1700000000 + i), 0, len(p), len(p)) + p
    return out


def block(kind, body):
    body += b'\0' * (-len(body) % 4)
    return struct.pack('<II', kind, len(body) + 12) + body + struct.pack('<I', len(body) + 12)


def pcapng(turns):
    out = block(0x0a0d0d0a, struct.pack('<IHHq', 0x1a2b3c4d, 1, 0, -1)) + block(1, struct.pack('<HHI', 1, 0, 65535))
    for i, p in enumerate(packets(turns)):
        t = (1700000000 + i) * 1000000
        out += block(6, struct.pack('<IIIII', 0, t >> 32, t & 0xffffffff, len(p), len(p)) + p)
    return out


def pcap_ends(data):
    """Offsets where a pcap may be cut and is still whole."""
    at, ends = PCAP_HEADER, [PCAP_HEADER]
    while at < len(data):
        at += PCAP_RECORD + struct.unpack_from('<I', data, at + 8)[0]
        ends.append(at)
    return ends


def pcapng_ends(data):
    at, ends = 0, []
    while at < len(data):
        at += struct.unpack_from('<I', data, at + 4)[0]
        ends.append(at)
    return ends


# ---- running and judging ----------------------------------------------------------------------------------------------

class Checks:
    def __init__(self, program, work, verbose):
        self.program, self.work, self.verbose, self.wrong, self.done = program, work, verbose, 0, 0

    def file(self, name, data):
        path = self.work / name
        path.write_bytes(data)
        return str(path)

    def run(self, *args, data=None, wrap=(), program=None, stdout=subprocess.PIPE):
        cmd = [*wrap, program or self.program, *args]
        give = {'input': data} if data is not None else {'stdin': subprocess.DEVNULL}
        r = subprocess.run(cmd, stdout=stdout, stderr=subprocess.PIPE, timeout=60, **give)
        r.out, r.err = (r.stdout or b'').decode('utf-8', 'replace'), r.stderr.decode('utf-8', 'replace')
        return r

    def expect(self, name, ok, words):
        self.done += 1
        if not ok:
            self.wrong += 1
            print(f'{name}: {words}')

    def want(self, name, r, status, err=None, out=None, lines=1):
        """Exit status, a regex for standard error and its number of lines (None: any; no regex: empty), one for the output."""
        said = f'exit {r.returncode}, stderr {r.err.strip()[-400:]!r}'
        if self.verbose:
            print(f'     {name}: {said}')
        ok = r.returncode == status
        ok = ok and (not r.err if err is None else bool(re.search(err, r.err, re.S)))
        ok = ok and (err is None or lines is None or r.err.count('\n') == lines)
        ok = ok and (out is None or bool(re.search(out, r.out)))
        self.expect(name, ok, f'{said}; want exit {status}, stderr {err!r}, output {out!r}, {lines} line')


def check_not_captures(c):
    c.want('empty file', c.run('report', c.file('empty.pcap', b'')), 3, 'empty.pcap: .*empty')
    c.want('directory', c.run('report', str(c.work)), 3, 'is a directory')
    c.want('text file', c.run('log', c.file('text', b'Dear diary, nothing was captured\n')), 3, 'text: not a capture file')
    c.want('no such file', c.run('log', str(c.work / 'none.pcap')), 3, 'none.pcap: there is no such file')
    c.want('one good, one missing', c.run('log', c.mail, str(c.work / 'none.pcap')), 3, 'none.pcap: there is no such file')
    c.want('short pcap header', c.run('log', c.file('short', pcap(MAIL)[:10])), 3, 'short: .*header.*10 of 24')
    c.want('header only', c.run('report', c.file('header.pcap', pcap([]))), 0, out='0 packets')
    c.want('header only, pcapng', c.run('report', c.file('header.pcapng', pcapng([]))), 0, out='0 packets')
    c.want('not gzip behind its magic', c.run('log', c.file('bad.gz', b'\x1f\x8bnonsense nonsense')), 3, 'bad.gz: ')


def check_unreadable(c):
    path = c.file('locked.pcap', pcap(MAIL))
    os.chmod(path, 0)
    wrap = NOBODY if os.geteuid() == 0 else ()
    c.want('unreadable', c.run('log', path, wrap=wrap, program=c.copy), 3, 'locked.pcap: .*permission')
    os.chmod(path, 0o600)


def check_cuts(c, name, data, ends, whole):
    """Every length: a cut packet gives status 3, one line with its number, and every event that came before."""
    for n in range(1, len(data)):
        r = c.run('log', c.file(name, data[:n]))
        before = sum(end <= n for end in ends)  # headers and packets that are whole
        if n in ends:
            c.want(f'{name} of {n} bytes', r, 0)
        elif before < whole:
            c.want(f'{name} of {n} bytes', r, 3, rf'{re.escape(name)}: ')
        else:
            c.want(f'{name} of {n} bytes', r, 3, rf'{re.escape(name)}: packet {before - whole + 1}\b.*(ends|cut)',
                   rf'"packets":{before - whole}\b')


def check_truncation(c):
    small, ng = pcap(MAIL[:4]), pcapng(MAIL[:3])
    check_cuts(c, 'cut.pcap', small, pcap_ends(small), 1)
    check_cuts(c, 'cut.pcapng', ng, pcapng_ends(ng), 2)
    packed = gzip.compress(pcap(MAIL))
    c.want('cut gzip', c.run('log', c.file('cut.pcap.gz', packed[:-30])), 3, 'cut.pcap.gz: ', '"event_type":"stats"')


def check_corrupt(c):
    data = bytearray(pcap(MAIL))
    at = pcap_ends(data)[4]
    data[at + 8:at + 12] = b'\xff\xff\xff\x7f'
    c.want('corrupt record length', c.run('log', c.file('corrupt.pcap', bytes(data))), 3, 'corrupt.pcap: packet 5\\b',
           '"packets":4\\b')
    data = bytearray(pcapng(MAIL))
    at = pcapng_ends(data)[5]
    data[at + 4:at + 8] = b'\xff\xff\xff\x7f'
    c.want('corrupt block length', c.run('log', c.file('corrupt.pcapng', bytes(data))), 3, 'corrupt.pcapng: packet 5\\b',
           '"packets":4\\b')


def check_clocks(c):
    """A time stamp of another age is a broken one, unless the next packet has it too."""
    whole = r'Time +2023-11-14 22:13:20 to 22:13:26 UTC \(6'
    for name, broken, time in (('none', {}, whole), ('future', {3: 4000000000}, whole), ('past', {3: 1}, whole),
                               ('first', {0: 4000000000}, r'Time +2023-11-14 22:13:21 to 22:13:26 UTC \(5'),
                               ('last', {6: 4000000000}, r'Time +2023-11-14 22:13:20 to 22:13:25 UTC \(5')):
        path = c.file(f'clock-{name}.pcap', pcap(MAIL, broken))
        r = c.run('report', path)
        c.want(f'broken time stamp: {name}', r, 0, out=time)
        c.expect(f'broken time stamp: {name}, counted', ('1 packet whose time stamp is of another age' in r.out) == bool(broken),
                 r.out[-900:])
        c.want(f'broken time stamp: {name}, as JSON', c.run('report', '--format', 'json', path), 0,
               out='"broken_time_stamps": ?1' if broken else '"first": ?"2023-11-14T22:13:20')
    for name, broken in ('none', {}), ('future', {1: 4000000000}), ('past', {2: 1}):
        r = c.run('report', '--duration', '4s', c.file(f'clock-short-{name}.pcap', pcap(MAIL, broken)))
        c.want(f'--duration and a broken time stamp: {name}', r, 0, out=r'Time +2023-11-14 22:13:20 to 22:13:23 UTC \(3')
    r = c.run('report', c.file('clock-leap.pcap', pcap(MAIL, {5: 1800000000, 6: 1800000001})))
    c.want('time that leaps', r, 0, out='Time +2023-11-14 22:13:20 to 2027-01-15')


def check_keylogs(c):
    """A key log that cannot be read is an input that cannot; one that is of no use is worth a line."""
    c.want('key log not there', c.run('log', '--keylog', '/nowhere/keys', c.mail), 3,
           'error: /nowhere/keys: .*cannot be read.*SSLKEYLOGFILE')
    c.want('key log is a directory', c.run('log', '--keylog', str(c.work), c.mail), 3, 'cannot be read: Is a directory')
    c.want('key log is a device', c.run('log', '--keylog', '/dev/null', c.mail), 3, 'not a regular file')
    c.want('empty key log', c.run('log', '--keylog', c.file('keys', b'# none\n'), c.mail), 0, 'warning: .*no secrets',
           '"event_type":"login"')
    c.want('junk in the key log', c.run('log', '--keylog', c.file('keys', b'junk\xff\x1b[31m\n' * 3), c.mail), 0,
           'warning: .*keys: 3 lines', '"event_type":"login"')
    c.want('junk, quiet', c.run('log', '-q', '--keylog', c.file('keys', b'junk\n'), c.mail), 0)
    c.want('no value', c.run('log', c.mail, '--keylog'), 2, '--keylog needs a value')


def check_lists(c):
    """Lists of the user: a file that is not there, and a line that is none."""
    c.want('list not there', c.run('log', '--set', 'cert.blocklist=/nowhere/keys', c.mail), 3,
           'error: /nowhere/keys: cannot be read: No such file.*one entry a line')
    c.want('line of a list', c.run('log', '--set', 'cert.blocklist=' + c.file('bad', b'# keys\n\x1b[31m\n'), c.mail), 3,
           r'bad:2: "\\x1B\[31m" is not 64 hex digits')
    c.want('list', c.run('log', '--set', 'cert.blocklist=' + c.file('good', b'# keys\n' + 64 * b'0' + b' zero\n'), c.mail), 0, None,
           '"event_type":"login"')


def check_outputs(c):
    for command in ('log', 'report', 'sessions', 'show', 'version', 'settings', 'help', 'interfaces'):
        with open('/dev/full', 'wb') as full:
            files = [c.mail] if command in ('log', 'report', 'sessions', 'show') else []
            c.want(f'{command} to a full disk', c.run(command, *files, stdout=full), 3, 'No space left')
    c.want('-w to a full disk', c.run('log', '-w', '/dev/full', c.mail), 3, '/dev/full: .*full')
    c.want('-w to a place that is not', c.run('log', '-w', '/nowhere/x.pcapng', c.mail), 3, '/nowhere/x.pcapng: ')
    c.want('--to a place that is not', c.run('log', '--to', '/nowhere/x', c.mail), 3, '/nowhere/x: ')
    for command in ('log', 'report', 'sessions', 'show'):
        read, write = os.pipe()
        os.close(read)
        r = c.run(command, c.mail, stdout=write)
        os.close(write)
        c.expect(f'{command} into a closed pipe', not r.err and r.returncode in (0, 3), f'exit {r.returncode}, {r.err!r}')
    big = c.file('big.pcap', pcap(MAIL * 400))
    r = subprocess.run(['bash', '-c', 'set -o pipefail; "$0" log "$1" | head -n 1', c.program, big], capture_output=True)
    c.expect('log | head -1', not r.stderr and r.stdout.count(b'\n') == 1, f'{r.stderr!r}')


def check_live(c):
    c.want('live, filter with a fault', c.run('log', '-i', 'lo', '-f', 'tcp prt 25'), 2, 'syntax error.*pcap-filter')
    c.want('unknown interface', c.run('log', '-i', 'nosuch0'), 3, r'nosuch0: .*\blo\b')
    drop = [*NOBODY, '--inh-caps=-all'] if os.geteuid() == 0 else []
    r = c.run('log', '-i', 'lo', '--duration', '1s', wrap=drop, program=c.copy)
    c.want('no permission', r, 4, 'setcap')


def check_command_lines(c):
    for args, way_out in [
            (['report', '--nosuch'], 'mailsnoop report -h'), (['report', '--formt', 'csv'], 'did you mean --format\\?'),
            (['nosuch'], 'mailsnoop help'), (['reprot'], 'did you mean report\\?'), (['explain', 'a', 'b'], 'in quotes'),
            (['show', '--session', '0'], 'from 1 on'), (['report', '--quiet=1'], 'no value'), (['report'], 'name a capture'),
            (['log', '--format', 'csv'], 'mailsnoop log -h'), (['report', '--format', 'xml'], 'text, json and csv'),
            (['sessions', '--columns', 'nosuch'], 'server'), (['sessions', '--columns', 'usr'], 'user'),
            (['log', '-F', 'proto = imap'], '=='), (['log', '-F', 'prot == imap'], 'proto'), (['log', '-F', '('], 'filter'),
            (['report', '--fail-on', 'bad'], 'critical'), (['log', '--types', 'x'], 'login'), (['log', '--set', 'x=1'], 'settings'),
            (['log', '-c', 'x'], '-c|count'), (['log', '--duration', 'x'], '30s'), (['log', '-j', 'x'], 'jobs|-j'),
            (['explain', 'zzzzzz'], 'explain'), (['help', 'nosuch'], 'help'), (['log', '--trusted-net', 'x'], '192.0.2.0/24'),
            (['log', '--trusted-net', '192.0.2.0/33'], '192.0.2.0/24'), (['log', '--trusted-proxy', 'x'], 'address'),
            (['show', '--session', 'x'], 'session'), (['show', '--session', '99'], 'mailsnoop sessions'), (['report', '-f', 'tcp prt 25'], 'syntax error.*pcap-filter'),
            (['report', '-f', 'type mgt'], 'EN10MB.*pcap-filter'), (['log', '-f', 'port 25 and'], "-f 'tcp port 25")]:
        files = [c.mail] if args[0] in ('log', 'report', 'sessions', 'show') and args != ['report'] else []
        c.want(' '.join(args), c.run(*args, *files), 2, way_out, lines=None)


def check_good_ones(c):
    whole = c.run('log', c.mail)
    c.want('the capture itself', whole, 0, out='"event_type":"login"')
    plain = lambda text: [re.sub(r'"pcap_filename":"[^"]*"', '', e) for e in text.splitlines() if '"stats":{' not in e]
    c.want('--fail-on high, clear login', c.run('report', '--fail-on', 'high', c.mail), 1)
    c.want('--fail-on high, harmless', c.run('report', '--fail-on', 'high', c.file('harmless.pcap', pcap(HARMLESS))), 0)
    c.want('two files', c.run('report', c.mail, c.file('second.pcap', pcap(HARMLESS))), 0, out=f'{len(MAIL + HARMLESS)} packets')
    ways = {'stdin': c.run('log', '-', data=pcap(MAIL)),
            'gzip': c.run('log', c.file('mail.gz', gzip.compress(pcap(MAIL)))),
            'gzip on stdin': c.run('log', '-r', '-', data=gzip.compress(pcap(MAIL))),
            'pcapng': c.run('log', c.file('mail.pcapng', pcapng(MAIL)))}
    if shutil.which('zstd'):
        packed = subprocess.run(['zstd', '-c'], input=pcap(MAIL), capture_output=True, check=True).stdout
        ways['zstd'] = c.run('log', c.file('mail.zst', packed))
    for name, r in ways.items():
        c.want(name, r, 0)
        c.expect(f'{name}: same events', plain(r.out) == plain(whole.out), 'not those of the plain file')


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument('--program', default=str(HERE / 'build' / 'mailsnoop'))
    ap.add_argument('--verbose', action='store_true')
    args = ap.parse_args()
    with tempfile.TemporaryDirectory() as work:
        os.chmod(work, 0o755)
        c = Checks(str(pathlib.Path(args.program).resolve()), pathlib.Path(work), args.verbose)
        c.copy = str(shutil.copy(c.program, c.work / 'mailsnoop'))  # where nobody may reach it, and without capabilities
        c.mail = c.file('mail.pcap', pcap(MAIL))
        for check in (check_not_captures, check_unreadable, check_truncation, check_corrupt, check_clocks, check_keylogs, check_lists, check_outputs,
                      check_live, check_command_lines, check_good_ones):
            check(c)
    if args.verbose:
        print(f'{c.done} checks, {c.wrong} wrong')
    return 1 if c.wrong else 0


if __name__ == '__main__':
    sys.exit(main())
