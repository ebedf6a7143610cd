#!/usr/bin/python3
"""A client that speaks a dialogue from standard input, for what no packaged client does.

usage: client.py [--bind ADDRESS] [--tls] HOST PORT < dialogue

`> text`   send the text and CRLF; \\r \\n \\t \\\\ and \\xNN are escapes. Lines that follow each other go out in one write.
`>> text`  the same without CRLF
`< regex`  read lines until one matches from its start; the next lines see its groups as $1, $2 …
`! word`   tls: start TLS; deflate: start DEFLATE both ways; sleep N: wait N seconds; close: end the connection
Empty lines and `#` lines mean nothing.
"""
import argparse
import base64
import hashlib
import hmac
import os
import re
import socket
import ssl
import sys
import time
import zlib


class Peer:
    def __init__(self, host, port, bind):
        self.sock = socket.create_connection((host, port), 60, (bind, 0) if bind else None)
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.held, self.out = b'', b''
        self.packer = self.unpacker = None

    def flush(self):
        if self.out:
            data = self.out
            if self.packer:
                data = self.packer.compress(data) + self.packer.flush(zlib.Z_SYNC_FLUSH)
            self.sock.sendall(data)
            self.out = b''

    def line(self):
        self.flush()
        while b'\n' not in self.held:
            data = self.sock.recv(65536)
            if not data:
                sys.exit(f'server closed the connection; held {self.held!r}')
            self.held += self.unpacker.decompress(data) if self.unpacker else data
        line, self.held = self.held.split(b'\n', 1)
        return line.rstrip(b'\r').decode('latin-1')

    def tls(self):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        if os.environ.get('SSLKEYLOGFILE'):
            context.keylog_filename = os.environ['SSLKEYLOGFILE']
        self.flush()
        self.sock = context.wrap_socket(self.sock, server_hostname='mail.example.test')

    def deflate(self):
        self.flush()
        self.packer = zlib.compressobj(9, zlib.DEFLATED, -15)
        self.unpacker = zlib.decompressobj(-15)


def unescape(text):
    return text.encode('latin-1').decode('unicode_escape').encode('latin-1')


def fill(text, groups):
    """$1 … from the last match; ${cram USER PASSWORD $1} and ${apop PASSWORD $1} are the answers to a challenge."""
    text = re.sub(r'\$(\d)', lambda m: groups[int(m.group(1)) - 1], text)

    def answer(m):
        words = m.group(1).split()
        if words[0] == 'cram':
            digest = hmac.new(words[2].encode(), base64.b64decode(words[3]), hashlib.md5).hexdigest()
            return base64.b64encode(f'{words[1]} {digest}'.encode()).decode()
        if words[0] == 'apop':
            return hashlib.md5((words[2] + words[1]).encode()).hexdigest()
        return base64.b64encode(unescape(words[1])).decode()
    return re.sub(r'\$\{([^}]*)\}', answer, text)


def bang(peer, words):
    if words[0] == 'tls':
        peer.tls()
    elif words[0] == 'deflate':
        peer.deflate()
    elif words[0] == 'sleep':
        peer.flush()
        time.sleep(float(words[1]))
    elif words[0] == 'close':
        peer.flush()
        peer.sock.close()
    else:
        sys.exit(f'unknown word {words[0]}')


def play(peer, lines):
    groups = ()
    for line in lines:
        line = line.rstrip('\n')
        if line.startswith('>> '):
            peer.out += unescape(fill(line[3:], groups))
        elif line.startswith('>'):
            peer.out += unescape(fill(line[2:], groups)) + b'\r\n'
        elif line.startswith('<'):
            match = None
            while not match:
                got = peer.line()
                match = re.match(line[2:], got)
            groups = match.groups()
        elif line.startswith('!'):
            bang(peer, line[1:].split())
    peer.flush()


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument('--bind')
    ap.add_argument('--tls', action='store_true')
    ap.add_argument('host')
    ap.add_argument('port', type=int)
    args = ap.parse_args()
    peer = Peer(args.host, args.port, args.bind)
    if args.tls:
        peer.tls()
    play(peer, sys.stdin)
    peer.sock.close()


if __name__ == '__main__':
    main()
