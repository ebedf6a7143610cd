#!/usr/bin/python3
"""The floods: captures that ask for more memory than there is. Each begins and ends with an ordinary mail session.

floods.py NAME [SCALE]     writes the capture to standard output; SCALE 0.1 is a tenth of it
floods.py --list           names, one a line
"""
import base64
import sys

import wire
from wire import PSH, SYN, Stencil, Talk, Wire, address

SMTP, POP3, IMAP = 25, 110, 143
SERVER_NET = 0xc6120000  # 198.18.0.0/15, for benchmarks, RFC 2544
CONNECTIONS, STREAM_BYTES = 100, 1000000  # of the floods by unending data: together more than the memory
FLOODS = {}


def flood(*counters):
    """A flood, and the counters of which at least one must show in the statistics what was dropped."""
    def add(f):
        f.counters = counters
        FLOODS[f.__name__.replace('_', '-')] = f
        return f
    return add


@flood()
def nothing(w, scale):
    """To see what the program needs at its start."""
    del w, scale


def ends(n, port):
    return (address(n // 50000), 10000 + n % 50000), (address(n % 200, SERVER_NET), port)


def honest(w, name):
    """A login and a message that must be seen whatever surrounds them."""
    plain = base64.b64encode(b'\0' + name.encode() + b'\0Secret-of-' + name.encode())
    t = Talk(w, (0xc0000207, 40000 + len(name)), (0xc6336402, 587))
    t.turns([('S', b'220 mx.example ESMTP\r\n'), ('C', b'EHLO client.example\r\n'), ('S', b'250-mx.example\r\n250 AUTH PLAIN\r\n'),
             ('C', b'AUTH PLAIN ' + plain + b'\r\n'), ('S', b'235 2.7.0 ok\r\n'),
             ('C', b'MAIL FROM:<' + name.encode() + b'@example.net>\r\n'), ('S', b'250 ok\r\n'),
             ('C', b'RCPT TO:<b@example.net>\r\n'), ('S', b'250 ok\r\n'), ('C', b'DATA\r\n'), ('S', b'354 go\r\n'),
             ('C', b'Subject: ' + name.encode() + b'\r\n\r\ntext\r\n.\r\n'), ('S', b'250 ok\r\n'),
             ('C', b'QUIT\r\n'), ('S', b'221 bye\r\n')])
    t.close()


# ---- connections ------------------------------------------------------------------------------------------------------

@flood('evictions', 'syn_only')
def syns(w, scale):
    for n in range(int(1000000 * scale)):
        client, server = ends(n, SMTP)
        w.tcp(client, server, n * 7919, 0, SYN)


@flood('evictions')
def half_sessions(w, scale):
    s = Stencil(w, [('S', b'220 mail.example.test ESMTP Postfix (Debian/GNU)\r\n'), ('C', b'EHLO client%06d.example.net\r\n')], False)
    for n in range(int(250000 * scale)):
        s.copy(*ends(n, SMTP), n)


@flood('evictions')
def middles(w, scale):
    """One segment each of connections whose begin was not captured."""
    for n in range(int(600000 * scale)):
        client, server = ends(n, IMAP)
        w.tcp(client, server, n * 31, 1, PSH, b'a%06d NOOP\r\n' % n)


@flood('evictions')
def collisions(w, scale):
    """Ends that are one under XOR, or sum, or any hash of those without a seed: addresses and ports run against each other."""
    s = Stencil(w, [('S', b'220 ready\r\n'), ('C', b'NOOP\r\n')], False)
    for n in range(int(300000 * scale)):
        high, low = divmod(n, 40000)
        client = (0x0a000000 + (high << 16) + low, 10000 + low)
        server = (0xac100000 - (high << 16) - low, 50000 - low)
        if n % 2:
            server = (client[0] ^ 0xa5a5a5a5, client[1] ^ 0x5a5a)
        s.copy(client, server, n)


# ---- bytes that wait ----------------------------------------------------------------------------------------------------

def greeted(w, n, port):
    client, server = ends(n, port)
    t = Talk(w, client, server)
    t.say('S', {SMTP: b'220 mail.example.test ESMTP\r\n', POP3: b'+OK ready\r\n', IMAP: b'* OK ready\r\n'}[port])
    return t


@flood('gaps', 'evictions')
def holes(w, scale):
    """Early bytes: every second segment is missing and never comes."""
    talks = [greeted(w, n, SMTP) for n in range(200)]
    data = b'x' * (wire.MSS - 2) + b'\r\n'
    for i in range(int(700 * scale)):
        for t in talks:
            t.segment('C', data, ahead=(2 * i + 1) * wire.MSS)


@flood('gaps', 'evictions')
def tiny_holes(w, scale):
    """The same with single bytes: what is kept about a segment counts more than the segment."""
    talks = [greeted(w, n, POP3) for n in range(400)]
    for i in range(int(2500 * scale)):
        for t in talks:
            t.segment('S', b'y', ahead=2 * i + 1)


@flood('gaps', 'evictions')
def holes_mirrored(w, scale):
    """Early bytes backwards: each segment lies before the last one."""
    talks = [greeted(w, n, IMAP) for n in range(200)]
    for i in range(int(700 * scale)):
        for t in talks:
            t.segment('S', b'z' * 1000, ahead=2000000 - 2000 * i)


@flood('anomalies', 'messages')
def tiny(w, scale):
    """In order, a byte at a time, on many connections at once."""
    text = b'EHLO client.example.net\r\nMAIL FROM:<a@example.net>\r\nRCPT TO:<' + b'r' * 900 + b'@example.net>\r\n'
    talks = [greeted(w, n, SMTP) for n in range(1000)]
    for i in range(int(len(text) * scale)):
        for t in talks:
            t.segment('C', text[i:i + 1])


@flood('fragments_dropped', 'evictions')
def fragments(w, scale):
    """The first piece of datagrams that never come whole."""
    data = b'\x27\x10\0\x19' + b'f' * 1476
    for n in range(int(150000 * scale)):
        w.fragment(address(n // 65536), address(1, SERVER_NET), n % 65536, 0, data)


@flood('fragments_dropped', 'evictions')
def tiny_fragments(w, scale):
    """Pieces of eight bytes, with room between them."""
    for n in range(int(1000000 * scale)):
        w.fragment(address(n % 3000), address(1, SERVER_NET), 7, (n // 3000) * 16 + 8, b'12345678')


# ---- lines and texts without an end -----------------------------------------------------------------------------------------

def endless(w, scale, port, turns, side, piece, opening=b''):
    """Connections that say `turns`, then `opening`, then repeat `piece` for ever, all of them at once."""
    talks = [greeted(w, n, port) for n in range(CONNECTIONS)]
    piece = (piece * (wire.MSS // len(piece) + 1)) if len(piece) < wire.MSS else piece
    for t in talks:
        t.turns(turns)
        t.say(side, opening)
    for _ in range(int(STREAM_BYTES * scale) // len(piece)):
        for t in talks:
            t.say(side, piece)


EHLO = [('C', b'EHLO c.example\r\n'), ('S', b'250-mx.example\r\n250-AUTH PLAIN\r\n250-CHUNKING\r\n250 PIPELINING\r\n')]
MAIL = EHLO + [('C', b'MAIL FROM:<a@example.net>\r\n'), ('S', b'250 ok\r\n')]
DATA = MAIL + [('C', b'RCPT TO:<b@example.net>\r\n'), ('S', b'250 ok\r\n'), ('C', b'DATA\r\n'), ('S', b'354 go\r\n')]
POP3_IN = [('C', b'USER u\r\n'), ('S', b'+OK\r\n'), ('C', b'PASS p\r\n'), ('S', b'+OK\r\n')]
IMAP_IN = [('C', b'a1 LOGIN u p\r\n'), ('S', b'a1 OK in\r\n'), ('C', b'a2 SELECT INBOX\r\n'), ('S', b'a2 OK\r\n')]

# name: (port, dialogue before, side, what is repeated, what opens it)
ENDLESS = {
    'line-smtp-client': (SMTP, EHLO, 'C', b'A', b'MAIL FROM:<'),
    'line-smtp-server': (SMTP, EHLO, 'S', b'A', b'250 '),
    'line-smtp-banner': (SMTP, [], 'S', b'A', b'220 '),
    'line-pop3-client': (POP3, [], 'C', b'A', b'USER '),
    'line-pop3-server': (POP3, [], 'S', b'A', b'+OK '),
    'line-imap-client': (IMAP, [], 'C', b'A', b'a1 LOGIN '),
    'line-imap-server': (IMAP, [], 'S', b'A', b'* OK '),
    'line-nuls': (SMTP, EHLO, 'C', b'\0', b''),
    'reply-smtp': (SMTP, EHLO + [('C', b'HELP\r\n')], 'S', b'214-' + b'h' * 60 + b'\r\n', b''),
    'capabilities-smtp': (SMTP, [('C', b'EHLO c\r\n')], 'S', b''.join(b'250-X%05d A B C\r\n' % i for i in range(5000)), b''),
    'capabilities-pop3': (POP3, [('C', b'CAPA\r\n')], 'S', b''.join(b'X%05d A B C\r\n' % i for i in range(5000)), b'+OK\r\n'),
    'capabilities-imap': (IMAP, [('C', b'a1 CAPABILITY\r\n')], 'S', b''.join(b'* CAPABILITY X%05d\r\n' % i for i in range(5000)), b''),
    'capabilities-imap-line': (IMAP, [('C', b'a1 CAPABILITY\r\n')], 'S', b''.join(b' X%05d' % i for i in range(5000)), b'* CAPABILITY'),
    'literal-imap-client': (IMAP, [], 'C', b'L' * 70 + b'\r\n', b'a1 LOGIN {2000000000+}\r\n'),
    'literal-imap-append': (IMAP, IMAP_IN, 'C', b'Subject: long\r\n', b'a3 APPEND INBOX {2000000000+}\r\n'),
    'literal-imap-server': (IMAP, IMAP_IN + [('C', b'a3 FETCH 1 BODY[]\r\n')], 'S', b'L' * 70 + b'\r\n',
                            b'* 1 FETCH (BODY[] {4000000000}\r\n'),
    'literal-imap-name': (IMAP, IMAP_IN + [('C', b'a3 LIST "" "*"\r\n')], 'S', b'N' * 70, b'* LIST () "/" {4000000000}\r\n'),
    'untagged-imap': (IMAP, IMAP_IN + [('C', b'a3 NOOP\r\n')], 'S', b''.join(b'* %d EXISTS\r\n' % i for i in range(5000)), b''),
    'untagged-imap-list': (IMAP, IMAP_IN + [('C', b'a3 LIST "" "*"\r\n')], 'S',
                           b''.join(b'* LIST () "/" box%05d\r\n' % i for i in range(3000)), b''),
    'parentheses-imap': (IMAP, IMAP_IN + [('C', b'a3 FETCH 1 BODYSTRUCTURE\r\n')], 'S', b'(', b'* 1 FETCH (BODYSTRUCTURE '),
    'listing-pop3': (POP3, POP3_IN + [('C', b'LIST\r\n')], 'S', b''.join(b'%d 1\r\n' % i for i in range(5000)), b'+OK\r\n'),
    'sasl-client': (SMTP, EHLO + [('C', b'AUTH PLAIN\r\n'), ('S', b'334 \r\n')], 'C', b'QUJD', b''),
    'sasl-server': (SMTP, EHLO + [('C', b'AUTH GSSAPI\r\n')], 'S', b'QUJD', b'334 '),
    'header-name': (SMTP, DATA, 'C', b'H', b'X-'),
    'header-field': (SMTP, DATA, 'C', b'subject ' * 8 + b'\r\n ', b'Subject: '),
    'header-fields': (SMTP, DATA, 'C', b''.join(b'X-Field-%05d: v\r\n' % i for i in range(3000)), b''),
    'header-addresses': (SMTP, DATA, 'C', b''.join(b' u%05d@example.net,\r\n' % i for i in range(3000)), b'To:'),
    'mime-parts': (SMTP, DATA, 'C', b'--b\r\nContent-Type: text/plain; name="f"\r\n\r\nx\r\n',
                   b'MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n'),
    'mime-nesting': (SMTP, DATA, 'C', b''.join(b'--b%d\r\nContent-Type: multipart/mixed; boundary=b%d\r\n\r\n' % (i, i + 1)
                                               for i in range(3000)),
                     b'MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b0\r\n\r\n'),
    'mime-base64': (SMTP, DATA, 'C', b'QUJD', b'MIME-Version: 1.0\r\nContent-Transfer-Encoding: base64\r\n\r\n'),
    'recipients': (SMTP, MAIL, 'C', b''.join(b'RCPT TO:<user%06d@example.net>\r\n' % i for i in range(3000)), b''),
    'unanswered-smtp': (SMTP, EHLO, 'C', b'NOOP\r\n', b''),
    'unanswered-pop3': (POP3, POP3_IN, 'C', b'NOOP\r\n', b''),
    'unanswered-imap': (IMAP, IMAP_IN, 'C', b''.join(b't%06d NOOP\r\n' % i for i in range(5000)), b''),
    'tls-record': (SMTP, EHLO + [('C', b'STARTTLS\r\n'), ('S', b'220 go\r\n')], 'C', b'\x17' * 100, b'\x16\3\1\x40\0\1\0\x3f\xfc'),
    'tls-handshake': (SMTP, EHLO + [('C', b'STARTTLS\r\n'), ('S', b'220 go\r\n')], 'C', b'\x16\3\3\x05\x73' + b'h' * 1395,
                      b'\x16\3\1\0\4\1\xff\xff\xff'),
    'tls-certificate': (SMTP, EHLO + [('C', b'STARTTLS\r\n'), ('S', b'220 go\r\n')], 'S', b'\x16\3\3\x05\x73' + b'c' * 1395,
                        b'\x16\3\3\0\4\x0b\xff\xff\xff'),
    'tls-messages': (SMTP, EHLO + [('C', b'STARTTLS\r\n'), ('S', b'220 go\r\n')], 'S', b'\x16\3\3\0\4\0\0\0\0', b''),
    'tls-data': (SMTP, EHLO + [('C', b'STARTTLS\r\n'), ('S', b'220 go\r\n')], 'C', b'\x17\3\3\x05\x73' + b'd' * 1395, b''),
}


def add_endless(name, row):
    port, turns, side, piece, opening = row

    @flood()
    def run(w, scale):
        endless(w, scale, port, turns, side, piece, opening)
    del FLOODS['run']
    FLOODS[name] = run


for endless_name, endless_row in ENDLESS.items():
    add_endless(endless_name, endless_row)


# ---- what is remembered across sessions ---------------------------------------------------------------------------------

@flood()
def accounts(w, scale):
    """Every session another client that tries another account with another password, at one server."""
    # Digits are letters of base64 too.
    s = Stencil(w, [('S', b'220 mx.example ESMTP\r\n'), ('C', b'EHLO c\r\n'), ('S', b'250-mx.example\r\n250 AUTH LOGIN\r\n'),
                    ('C', b'AUTH LOGIN\r\n'), ('S', b'334 VXNlcm5hbWU6\r\n'), ('C', b'dXNl%06dcjA=\r\n'),
                    ('S', b'334 UGFzc3dvcmQ6\r\n'), ('C', b'cGFz%06dc3c=\r\n'), ('S', b'535 5.7.8 no\r\n'),
                    ('C', b'QUIT\r\n'), ('S', b'221 bye\r\n')])
    for n in range(int(150000 * scale)):
        s.copy((address(n), 40000), (address(7, SERVER_NET), SMTP), n)


@flood()
def servers(w, scale):
    """Every session another server, each with its own banner, capabilities and findings."""
    s = Stencil(w, [('S', b'+OK server %06d Dovecot ready.\r\n'), ('C', b'CAPA\r\n'),
                    ('S', b'+OK\r\nUSER\r\nX-%06d\r\nSTLS\r\n.\r\n'), ('C', b'USER u%06d\r\n'), ('S', b'+OK\r\n'),
                    ('C', b'PASS secret-%06d\r\n'), ('S', b'+OK in\r\n'), ('C', b'QUIT\r\n'), ('S', b'+OK bye\r\n')])
    for n in range(int(150000 * scale)):
        s.copy((address(n // 4), 40000 + n % 4), (address(n, 0x64400000), POP3), n)


@flood()
def messages(w, scale):
    """Sessions that never end and carry message after message."""
    talks = [greeted(w, n, SMTP) for n in range(10)]
    for t in talks:
        t.turns(EHLO)
    for n in range(int(10000 * scale)):
        for t in talks:
            t.turns([('C', b'MAIL FROM:<s%06d@example.net>\r\n' % n), ('S', b'250 ok\r\n'),
                     ('C', b'RCPT TO:<r%06d@example.org>\r\n' % n), ('S', b'250 ok\r\n'), ('C', b'DATA\r\n'), ('S', b'354 go\r\n'),
                     ('C', b'Message-ID: <%d@example.net>\r\nSubject: %s\r\n\r\ntext\r\n.\r\n' % (n, b's' * 200)), ('S', b'250 ok\r\n')])


@flood()
def logins(w, scale):
    """Sessions in which login after login fails."""
    talks = [greeted(w, n, IMAP) for n in range(10)]
    for n in range(int(40000 * scale)):
        for t in talks:
            t.turns([('C', b'a%d LOGIN user%06d guess-%06d\r\n' % (n, n, n)), ('S', b'a%d NO wrong\r\n' % n)])


@flood('forgotten')
def dns(w, scale):
    """Answers for names that nobody asks for twice, each with eight addresses."""
    resolver = (0xc6120035, 53)
    for n in range(int(300000 * scale)):
        question = b'\7n%06d\7example\3org\0\0\1\0\1' % n
        records = b''.join(b'\xc0\x0c\0\1\0\1\0\0\x0e\x10\0\4' + (0x0b000000 + 8 * n + i).to_bytes(4, 'big') for i in range(8))
        w.udp(resolver, (address(n % 5000), 40000), b'\0\1\x81\x80\0\1\0\x08\0\0\0\0' + question + records)


def main():
    if sys.argv[1:] == ['--list']:
        print('\n'.join(name for name in FLOODS if name != 'nothing'))
        return
    scale = float(sys.argv[2]) if len(sys.argv) > 2 else 1.0
    w = Wire(sys.stdout.buffer)
    honest(w, 'before')
    FLOODS[sys.argv[1]](w, scale)
    w.next_tick = 0
    honest(w, 'after')
    w.flush()
    sys.stderr.write(f'{w.packets}\n')


if __name__ == '__main__':
    main()
