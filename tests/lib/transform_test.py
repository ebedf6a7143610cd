#!/usr/bin/python3
"""Round trips of transform.py: every packaging, read again, must hold the same two streams."""
import itertools
import os
import socket
import struct
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import transform  # noqa: E402

CLIENT = b'EHLO client.example\r\nMAIL FROM:<a@b.example>\r\n' + bytes(range(256)) * 8 + b'QUIT\r\n'
SERVER = b'220 mx.example ESMTP\r\n250 ok\r\n' * 30 + b'221 bye\r\n'


def segment(version, c2s, seq, ack, flags, payload):
    ports = (40000, 25) if c2s else (25, 40000)
    tcp = struct.pack('!HHIIBBHHH', *ports, seq & 0xffffffff, ack & 0xffffffff, 0x80, flags, 8192, 0, 0)
    tcp += b'\x01\x01\x08\x0a' + bytes(8) + payload
    family, ends = (socket.AF_INET, ['192.0.2.1', '198.51.100.7']) if version == 4 else (socket.AF_INET6, ['2001:db8::1', '2001:db8::7'])
    src, dst = (socket.inet_pton(family, e) for e in (ends if c2s else ends[::-1]))
    if version == 6:
        return struct.pack('!IHBB', 0x60000000, len(tcp), 6, 64) + src + dst + tcp
    return transform.with_header_sum(struct.pack('!BBHHHBBH', 0x45, 0, 20 + len(tcp), 1, 0x4000, 64, 6, 0) + src + dst + tcp)


def dialogue(version):
    """Both streams in turns of 100 bytes; the client's numbers wrap."""
    isn, out = {True: 0xffffff00, False: 5}, []
    sent = {True: 0, False: 0}
    out.append(segment(version, True, isn[True] - 1, 0, 2, b''))
    out.append(segment(version, False, isn[False] - 1, isn[True], 0x12, b''))
    while sent[True] < len(CLIENT) or sent[False] < len(SERVER):
        for c2s, data in ((False, SERVER), (True, CLIENT)):
            part = data[sent[c2s]:sent[c2s] + 100]
            if part:
                out.append(segment(version, c2s, isn[c2s] + sent[c2s], isn[not c2s] + sent[not c2s], 0x18, part))
                sent[c2s] += len(part)
    return [transform.Packet(10**18 + i * 1000, ip) for i, ip in enumerate(out)]


def whole(packets):
    """Puts IP fragments together."""
    parts = {}
    for p in packets:
        ip = p.ip
        if ip[0] >> 4 == 4:
            field, = struct.unpack('!H', ip[6:8])
            if not field & 0x3fff:
                yield p
                continue
            key, off, more, data, head = ip[4:6], (field & 0x1fff) * 8, field & 0x2000, ip[20:], ip[:6] + b'\0\0' + ip[8:20]
        elif ip[6] != transform.FRAGMENT:
            yield p
            continue
        else:
            field, = struct.unpack('!H', ip[42:44])
            key, off, more, data, head = ip[44:48], field & ~7, field & 1, ip[48:], ip[:6] + ip[40:41] + ip[7:40]
        have = parts.setdefault(key, {})
        have[off] = (data, more)
        at, content = 0, b''
        while at in have:
            data, more = have[at]
            content, at = content + data, at + len(data)
            if not more:
                del parts[key]
                yield p.copy(transform.with_length(head + content, len(head) + len(content)))
                break


def streams(path):
    """{sender's port: bytes} of what is in order, first copy first."""
    base, got = {40000: 0xffffff00, 25: 5}, {40000: {}, 25: {}}
    stamps = []
    for p in whole(transform.packets_of(path)):
        stamps.append(p.ts_ns)
        at, start = transform.tcp_of(p)
        port, _, seq = struct.unpack('!HHI', p.ip[at:at + 8])
        for i, byte in enumerate(p.ip[start:]):
            got[port].setdefault((seq - base[port] + i) & 0xffffffff, byte)
    assert stamps == sorted(stamps)
    out = {}
    for port, data in got.items():
        out[port] = bytes(data[i] for i in itertools.takewhile(data.__contains__, itertools.count()))
    return out


class RoundTrip(unittest.TestCase):
    def setUp(self):
        self.dir = tempfile.TemporaryDirectory()
        self.addCleanup(self.dir.cleanup)

    def made(self, version, *modes):
        first, second = (os.path.join(self.dir.name, n) for n in ('in', 'out'))
        transform.write_capture(transform.parse(['in', 'out']), dialogue(version), first)
        transform.main(list(modes) + [first, second])
        return second

    def same(self, *modes):
        for version in (4, 6):
            with self.subTest(modes=modes, version=version):
                self.assertEqual(streams(self.made(version, *modes)), {40000: CLIENT, 25: SERVER})

    def test_links(self):
        for link in transform.DLT:
            self.same('--link', link)
            self.same('--link', link, '--pad', '--split', '3', '--fragment', '16', '--fragment-seed', '7')

    def test_files(self):
        for flags in itertools.product(('', '--pcapng'), ('', '--ns'), ('', '--swap-endian')):
            self.same(*filter(None, flags))

    def test_segments(self):
        self.same('--split', '1')
        self.same('--split', '7', '--reorder', '12', '3', '--duplicate', '4')
        self.same('--fragment', '8', '--reorder', '5', '9')

    def test_split_is_that_small(self):
        sizes = [len(p.ip) - transform.tcp_of(p)[1] for p in transform.packets_of(self.made(4, '--split', '7'))]
        self.assertEqual(max(sizes), 7)
        self.assertEqual(sum(sizes), len(CLIENT) + len(SERVER))

    def test_fragments_are_there(self):
        packets = list(transform.packets_of(self.made(4, '--fragment', '24')))
        self.assertGreater(len(packets), 3 * len(dialogue(4)))
        self.assertTrue(all(len(p.ip) <= 44 for p in packets))

    def test_links_are_those_numbers(self):
        for link, number in transform.DLT.items():
            self.assertEqual({r[1] for r in transform.read_capture(self.made(4, '--link', link))}, {number})

    def test_snaplen(self):
        for _, _, wire, frame in transform.read_capture(self.made(4, '--snaplen', '70')):
            self.assertLessEqual(len(frame), 70)
            self.assertTrue(wire == len(frame) or len(frame) == 70)
        self.assertEqual(max(p.missing for p in transform.packets_of(self.made(4, '--snaplen', '70'))), 96)

    def test_one_side(self):
        self.assertEqual(streams(self.made(6, '--one-sided', 'c2s')), {40000: CLIENT, 25: b''})
        self.assertEqual(streams(self.made(4, '--one-sided', 's2c', '--drop-first', '2')), {40000: b'', 25: SERVER})

    def test_drop(self):
        all_of_them = len(dialogue(4))
        for rate in ('0', '0.3', '1'):
            left = len(list(transform.packets_of(self.made(4, '--drop', '5', rate))))
            self.assertAlmostEqual(left, all_of_them * (1 - float(rate)), delta=all_of_them / 4)
        self.assertEqual(len(list(transform.packets_of(self.made(4, '--drop-first', '3')))), all_of_them - 3)

    def test_same_seed_same_file(self):
        def content(seed):
            with open(self.made(4, '--reorder', '9', seed, '--duplicate', seed, '--fragment', '16', '--fragment-seed', seed), 'rb') as f:
                return f.read()
        self.assertEqual(content('1'), content('1'))
        self.assertNotEqual(content('1'), content('2'))


if __name__ == '__main__':
    unittest.main()
