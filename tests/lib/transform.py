#!/usr/bin/python3
"""Rewrites a capture so that the TCP content stays the same but its packaging differs.

usage: transform.py [MODES] IN OUT

IN is pcap or pcapng; link layers, VLAN tags and tunnels are taken off it down to the IP packets that hold TCP (anything that
is not IP is left out). OUT is pcap, or pcapng with --pcapng. The modes work in this order, whatever the order given:
--drop-first, --one-sided, --split, --drop, --duplicate, --reorder, --fragment, --link, --snaplen. The same seed gives the same
file. Time stamps stay as they were by position, so they never go back.
"""
import argparse
import random
import socket
import struct
import sys

DLT = {'ethernet': 1, 'vlan': 1, 'qinq': 1, 'sll': 113, 'sll2': 276, 'raw': 101, 'null': 0, 'loop': 108,
       'pppoe': 1, 'mpls': 1, 'gre': 1, 'ipip': 1, 'ip6ip': 1, '4in6': 1, '6in4': 1, 'vxlan': 1}
MAIL_PORTS = (25, 465, 587, 2525, 24, 110, 995, 143, 993)
TCP, UDP, EXTENSIONS, FRAGMENT = 6, 17, (0, 43, 60, 51), 44
TAGS = (0x8100, 0x88a8, 0x9100)
OUTER4 = (socket.inet_aton('192.0.2.251'), socket.inet_aton('192.0.2.252'))
OUTER6 = (socket.inet_pton(socket.AF_INET6, '2001:db8:ffff::1'), socket.inet_pton(socket.AF_INET6, '2001:db8:ffff::2'))


class Packet:
    """One IP packet: what was captured of it, how many bytes the snaplen cut off, and the VLAN tags around it."""

    def __init__(self, ts_ns, ip, missing=0, tags=()):
        self.ts_ns, self.ip, self.missing, self.tags = ts_ns, ip, missing, tuple(tags)

    def copy(self, ip=None, missing=None):
        return Packet(self.ts_ns, self.ip if ip is None else ip, self.missing if missing is None else missing, self.tags)


# ---- reading ----------------------------------------------------------------------------------------------------------

def read_pcap(data):
    magic = data[:4]
    order = '<' if magic in (b'\xd4\xc3\xb2\xa1', b'\x4d\x3c\xb2\xa1') else '>'
    unit = 1 if magic in (b'\x4d\x3c\xb2\xa1', b'\xa1\xb2\x3c\x4d') else 1000
    link, = struct.unpack(order + 'I', data[20:24])
    at = 24
    while at + 16 <= len(data):
        sec, frac, n, wire = struct.unpack(order + 'IIII', data[at:at + 16])
        frame = data[at + 16:at + 16 + n]
        if len(frame) < n:
            break
        yield sec * 10**9 + frac * unit, link & 0xffff, wire, frame
        at += 16 + n


def interface(order, body):
    """Link type and nanoseconds per unit, as a fraction, of an interface description block."""
    link, = struct.unpack(order + 'H', body[:2])
    per_second, at = 10**6, 8
    while at + 4 <= len(body):
        code, n = struct.unpack(order + 'HH', body[at:at + 4])
        if code == 0:
            break
        if code == 9:
            value = body[at + 4]
            per_second = 2**(value & 127) if value & 128 else 10**value
        at += 4 + (n + 3) // 4 * 4
    return link, per_second


def read_pcapng(data):
    at, order, interfaces, last = 0, '<', [], 0
    while at + 12 <= len(data):
        if data[at:at + 4] == b'\x0a\x0d\x0d\x0a':
            order = '<' if data[at + 8:at + 12] == b'\x4d\x3c\x2b\x1a' else '>'
            interfaces = []
        kind, n = struct.unpack(order + 'II', data[at:at + 8])
        if n < 12 or at + n > len(data):
            break
        body = data[at + 8:at + n - 4]
        if kind == 1:
            interfaces.append(interface(order, body))
        elif kind in (2, 6):  # old and enhanced packet block
            if kind == 6:
                which, high, low, got, wire = struct.unpack(order + 'IIIII', body[:20])
            else:
                which, _, high, low, got, wire = struct.unpack(order + 'HHIIII', body[:20])
            link, per_second = interfaces[which]
            last = (high << 32 | low) * 10**9 // per_second
            yield last, link, wire, body[20:20 + got]
        elif kind == 3:  # simple packet block: no time
            wire, = struct.unpack(order + 'I', body[:4])
            yield last, interfaces[0][0], wire, body[4:4 + wire]
        at += n


def read_capture(path):
    """Yields (ts_ns, link type, bytes on the wire, captured bytes)."""
    with open(path, 'rb') as f:
        data = f.read()
    if data[:4] == b'\x0a\x0d\x0d\x0a':
        return read_pcapng(data)
    if data[:4] in (b'\xd4\xc3\xb2\xa1', b'\xa1\xb2\xc3\xd4', b'\x4d\x3c\xb2\xa1', b'\xa1\xb2\x3c\x4d'):
        return read_pcap(data)
    sys.exit('%s: neither pcap nor pcapng' % path)


# ---- taking headers off -----------------------------------------------------------------------------------------------

def off_type(kind, data, tags):
    while kind in TAGS and len(data) >= 4:
        tags.append(struct.unpack('!H', data[:2])[0] & 0xfff)
        kind, = struct.unpack('!H', data[2:4])
        data = data[4:]
    if kind in (0x0800, 0x86dd):
        return data
    if kind == 0x6558:
        return off_link(1, data, tags)
    if kind == 0x8864:
        return data[8:] if data[6:8] in (b'\x00\x21', b'\x00\x57') else None
    if kind == 0x8847:
        while len(data) > 4 and not data[2] & 1:
            data = data[4:]
        return data[4:]
    return None


def off_link(link, frame, tags):
    """The IP packet, with whatever pads it; None when there is none."""
    if link == 1:
        return off_type(struct.unpack('!H', frame[12:14])[0], frame[14:], tags) if len(frame) > 14 else None
    if link == 113:
        return off_type(struct.unpack('!H', frame[14:16])[0], frame[16:], tags) if len(frame) > 16 else None
    if link == 276:
        return off_type(struct.unpack('!H', frame[:2])[0], frame[20:], tags) if len(frame) > 20 else None
    if link in (0, 108):
        return frame[4:]
    if link in (12, 14, 101, 228, 229):
        return frame
    sys.exit('link type %d is not known here' % link)


def ip_length(ip, available):
    """Length of the packet on the wire, by its header; `available` when that says 0 (offload)."""
    if ip[0] >> 4 == 4:
        return struct.unpack('!H', ip[2:4])[0] or available
    n, = struct.unpack('!H', ip[4:6])
    return n + 40 if n else available


def upper(ip):
    """(protocol, offset of its header), or (None, 0) for a fragment, an unknown or a cut one."""
    if ip[0] >> 4 == 4:
        if len(ip) < 20 or struct.unpack('!H', ip[6:8])[0] & 0x3fff:
            return None, 0
        return ip[9], (ip[0] & 15) * 4
    if len(ip) < 40:
        return None, 0
    proto, at = ip[6], 40
    while proto in EXTENSIONS and at + 8 <= len(ip):
        proto, at = ip[at], at + ((ip[at + 1] + 2) * 4 if proto == 51 else (ip[at + 1] + 1) * 8)
    return (None, 0) if proto == FRAGMENT else (proto, at)


def off_tunnel(ip, tags):
    """The packet inside, or None when this is no tunnel."""
    proto, at = upper(ip)
    inner = ip[at:]
    if proto in (4, 41):
        return inner
    if proto == 47 and len(inner) >= 4:
        flags, kind = struct.unpack('!HH', inner[:4])
        return off_type(kind, inner[4 + 4 * bin(flags & 0xb000).count('1'):], tags) if not flags & 0x4007 else None
    if proto == UDP and inner[2:4] == b'\x12\xb5' and inner[8:9] == b'\x08':
        return off_link(1, inner[16:], tags)
    return None


def packets_of(path):
    for ts_ns, link, wire, frame in read_capture(path):
        tags = []
        ip, cut = off_link(link, frame, tags), max(wire - len(frame), 0)
        packet = None
        while ip and len(ip) >= 20 and ip[0] >> 4 in (4, 6) and (ip[0] >> 4 == 4 or len(ip) >= 40):
            n = ip_length(ip, len(ip) + cut)
            ip = ip[:n]
            if not struct.unpack('!H', ip[2:4] if ip[0] >> 4 == 4 else ip[4:6])[0]:
                ip = with_length(ip, n)
            packet = Packet(ts_ns, ip, n - len(ip), tags)
            ip = off_tunnel(ip, tags)
        if packet:
            yield packet


# ---- IP and TCP --------------------------------------------------------------------------------------------------------

def checksum(data):
    if len(data) % 2:
        data += b'\0'
    total = sum(struct.unpack('!%dH' % (len(data) // 2), data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


def with_header_sum(ip):
    n = (ip[0] & 15) * 4
    return ip[:10] + struct.pack('!H', checksum(ip[:10] + b'\0\0' + ip[12:n])) + ip[12:]


def with_length(ip, n):
    """The same packet saying that it is n bytes long."""
    if n > 65535:
        return ip
    if ip[0] >> 4 == 4:
        return with_header_sum(ip[:2] + struct.pack('!H', n) + ip[4:])
    return ip[:4] + struct.pack('!H', n - 40) + ip[6:]


def addresses(ip):
    return (ip[12:16], ip[16:20]) if ip[0] >> 4 == 4 else (ip[8:24], ip[24:40])


def with_tcp_sum(ip, at):
    src, dst = addresses(ip)
    tcp = ip[at:at + 16] + b'\0\0' + ip[at + 18:]
    pseudo = src + dst + struct.pack('!II', len(tcp), TCP)
    return ip[:at] + tcp[:16] + struct.pack('!H', checksum(pseudo + tcp)) + tcp[18:]


def tcp_of(packet):
    """(offset of the TCP header, offset of its payload), or None."""
    proto, at = upper(packet.ip)
    if proto != TCP or len(packet.ip) < at + 20:
        return None
    end = at + (packet.ip[at + 12] >> 4) * 4
    return (at, end) if at + 20 <= end <= len(packet.ip) else None


def flow_of(packet):
    """((address, port), (address, port)) from sender to receiver, or None."""
    where = tcp_of(packet)
    if not where:
        return None
    src, dst = addresses(packet.ip)
    ports = struct.unpack('!HH', packet.ip[where[0]:where[0] + 4])
    return (src, ports[0]), (dst, ports[1])


# ---- modes -------------------------------------------------------------------------------------------------------------

def split_one(packet, size):
    where = tcp_of(packet)
    if not where or len(packet.ip) + packet.missing - where[1] <= size:
        return [packet]
    at, start = where
    payload, n = packet.ip[start:], len(packet.ip) + packet.missing - start
    seq, = struct.unpack('!I', packet.ip[at + 4:at + 8])
    flags, out = packet.ip[at + 13], []
    for off in range(0, n, size):
        take = min(size, n - off)
        first, last = off == 0, off + take == n
        bits = flags if last else flags & ~0x09
        bits = bits if first else bits & ~0x02
        here = seq + off + (1 if flags & 2 and not first else 0)
        head = packet.ip[:at + 4] + struct.pack('!I', here & 0xffffffff) + packet.ip[at + 8:at + 13] + bytes([bits]) + packet.ip[at + 14:start]
        got = payload[off:off + take]
        ip = with_length(head + got, start + take)
        out.append(packet.copy(with_tcp_sum(ip, at) if len(got) == take else ip, take - len(got)))
    return out


def split(packets, size):
    return [part for p in packets for part in split_one(p, size)]


def clients(packets):
    """For each connection (unordered pair of ends) the end that is the client."""
    out, seen = {}, {}
    for p in packets:
        flow = flow_of(p)
        if not flow:
            continue
        key, flags = frozenset(flow), p.ip[tcp_of(p)[0] + 13]
        seen.setdefault(key, flow)
        if flags & 0x12 == 0x02:
            out.setdefault(key, flow[0])
        elif flags & 0x12 == 0x12:
            out.setdefault(key, flow[1])
    for key, (a, b) in seen.items():
        if key not in out:
            server = a if a[1] in MAIL_PORTS or (b[1] not in MAIL_PORTS and a[1] < b[1]) else b
            out[key] = b if server == a else a
    return out


def one_sided(packets, side):
    client, out = clients(packets), []
    for p in packets:
        flow = flow_of(p)
        if not flow or (client[frozenset(flow)] == flow[0]) == (side == 'c2s'):
            out.append(p)
    return out


def in_place_of(order, packets):
    """`order` with the time stamps of `packets`, by position."""
    stamps = sorted(p.ts_ns for p in packets)
    out = [p.copy() for p in order]
    for p, ts in zip(out, stamps):
        p.ts_ns = ts
    return out


def reorder(packets, window, seed):
    dice, order = random.Random(seed), []
    for at in range(0, len(packets), window):
        part = packets[at:at + window]
        dice.shuffle(part)
        order += part
    return in_place_of(order, packets)


def duplicate(packets, seed):
    dice, out = random.Random(seed), []
    for p in packets:
        out += [p, p] if dice.random() < 0.5 else [p]
    return out


def drop(packets, seed, rate):
    dice = random.Random(seed)
    return [p for p in packets if dice.random() >= rate]


def fragment_one(packet, size, ident):
    ip, total = packet.ip, len(packet.ip) + packet.missing
    if ip[0] >> 4 == 4:
        if struct.unpack('!H', ip[6:8])[0] & 0x3fff:
            return [packet]
        start = (ip[0] & 15) * 4
    else:
        start, proto, at = 40, ip[6], 6
        while proto in (0, 43) and start + 8 <= len(ip):  # these stay in front of every fragment
            proto, at, start = ip[start], start, start + (ip[start + 1] + 1) * 8
        if proto == FRAGMENT:
            return [packet]
    out = []
    for off in range(0, total - start, size):
        take = min(size, total - start - off)
        more = off + take < total - start
        got = ip[start + off:start + off + take]
        if ip[0] >> 4 == 4:
            head = ip[:4] + struct.pack('!HH', ident & 0xffff, off // 8 | (0x2000 if more else 0)) + ip[8:start]
        else:
            head = ip[:at] + bytes([FRAGMENT]) + ip[at + 1:start] + struct.pack('!BBHI', proto, 0, off | more, ident)
        out.append(packet.copy(with_length(head + got, len(head) + take), take - len(got)))
    return out if len(out) > 1 else [packet]


def fragment(packets, size, seed):
    dice, out = random.Random(seed), []
    size = max(size // 8 * 8, 8)
    for ident, p in enumerate(packets, 1):
        parts = fragment_one(p, size, ident)
        dice.shuffle(parts)
        out += parts
    return out


# ---- putting headers on -------------------------------------------------------------------------------------------------

def ip_type(ip):
    return 0x0800 if ip[0] >> 4 == 4 else 0x86dd


def ethernet(kind, data):
    return b'\x02\0\0\0\0\x01\x02\0\0\0\0\x02' + struct.pack('!H', kind) + data


def tagged(data, kind, tags):
    for i, tag in reversed(list(enumerate(tags))):
        data = struct.pack('!HH', tag, kind) + data
        kind = 0x88a8 if len(tags) > 1 and i == 0 else 0x8100
    return ethernet(kind, data)


def outer4(proto, data, missing):
    n = 20 + len(data) + missing
    head = struct.pack('!BBHHHBBH', 0x45, 0, n if n <= 65535 else 0, 0, 0x4000, 64, proto, 0) + OUTER4[0] + OUTER4[1]
    return with_header_sum(head) + data


def outer6(proto, data, missing):
    n = len(data) + missing
    return struct.pack('!IHBB', 0x60000000, n if n <= 65535 else 0, proto, 64) + OUTER6[0] + OUTER6[1] + data


def encapsulate(kind, packet):
    ip, missing, v4 = packet.ip, packet.missing, packet.ip[0] >> 4 == 4
    proto = 4 if v4 else 41
    if kind == 'ethernet':
        return tagged(ip, ip_type(ip), packet.tags)
    if kind == 'vlan':
        return tagged(ip, ip_type(ip), (100,))
    if kind == 'qinq':
        return tagged(ip, ip_type(ip), (200, 100))
    if kind == 'sll':
        return struct.pack('!HHH8sH', 0, 1, 6, b'\x02\0\0\0\0\x01', ip_type(ip)) + ip
    if kind == 'sll2':
        return struct.pack('!HHIHBB8s', ip_type(ip), 0, 2, 1, 0, 6, b'\x02\0\0\0\0\x01') + ip
    if kind == 'raw':
        return ip
    if kind == 'null':
        return struct.pack('<I', 2 if v4 else 30) + ip
    if kind == 'loop':
        return struct.pack('!I', 2 if v4 else 24) + ip
    if kind == 'pppoe':
        n = len(ip) + missing + 2
        return ethernet(0x8864, struct.pack('!BBHHH', 0x11, 0, 1, n & 0xffff, 0x21 if v4 else 0x57) + ip)
    if kind == 'mpls':
        return ethernet(0x8847, bytes.fromhex('000640ff000651ff') + ip)
    if kind == 'gre':
        return ethernet(0x0800, outer4(47, struct.pack('!HHI', 0x2000, ip_type(ip), 7) + ip, missing))
    if kind in ('ipip', '6in4'):
        return ethernet(0x0800, outer4(proto, ip, missing))
    if kind in ('ip6ip', '4in6'):
        return ethernet(0x86dd, outer6(proto, ip, missing))
    inner = ethernet(ip_type(ip), ip)
    udp = struct.pack('!HHHH', 50000, 4789, (16 + len(inner) + missing) & 0xffff, 0) + bytes.fromhex('0800000000000700')
    return ethernet(0x0800, outer4(UDP, udp + inner, missing))


# ---- writing ------------------------------------------------------------------------------------------------------------

def write_pcap(f, link, records, order, ns, snaplen):
    f.write(struct.pack(order + 'IHHiIII', 0xa1b23c4d if ns else 0xa1b2c3d4, 2, 4, 0, 0, snaplen or 262144, link))
    for ts_ns, wire, frame in records:
        sec, frac = divmod(ts_ns, 10**9)
        f.write(struct.pack(order + 'IIII', sec, frac if ns else frac // 1000, len(frame), wire) + frame)


def block(order, kind, body):
    body += bytes(-len(body) % 4)
    n = len(body) + 12
    return struct.pack(order + 'II', kind, n) + body + struct.pack(order + 'I', n)


def write_pcapng(f, link, records, order, ns, snaplen):
    f.write(block(order, 0x0a0d0d0a, struct.pack(order + 'IHHq', 0x1a2b3c4d, 1, 0, -1)))
    resolution = struct.pack(order + 'HHBxxx', 9, 1, 9) + bytes(4) if ns else b''
    f.write(block(order, 1, struct.pack(order + 'HHI', link, 0, snaplen or 0) + resolution))
    for ts_ns, wire, frame in records:
        ts = ts_ns if ns else ts_ns // 1000
        head = struct.pack(order + 'IIIII', 0, ts >> 32, ts & 0xffffffff, len(frame), wire)
        f.write(block(order, 6, head + frame))


def transform(options, packets):
    """The packets as the options say, still without a link layer."""
    packets = packets[options.drop_first:]
    if options.one_sided:
        packets = one_sided(packets, options.one_sided)
    if options.split:
        packets = split(packets, options.split)
    if options.drop:
        packets = drop(packets, options.drop[0], float(options.drop[1]))
    if options.duplicate is not None:
        packets = duplicate(packets, options.duplicate)
    if options.reorder:
        packets = reorder(packets, options.reorder[0], options.reorder[1])
    if options.fragment:
        packets = fragment(packets, options.fragment, options.fragment_seed)
    return in_place_of(packets, packets)


def write_capture(options, packets, path):
    link, records = options.link or 'ethernet', []
    for p in packets:
        frame = encapsulate(link, p)
        if options.pad and DLT[link] == 1 and len(frame) < 60 and not p.missing:
            frame += b'.' * (60 - len(frame))
        wire = len(frame) + p.missing
        records.append((p.ts_ns, wire, frame[:options.snaplen] if options.snaplen else frame))
    order = '>' if options.swap_endian else '<'
    with open(path, 'wb') as f:
        (write_pcapng if options.pcapng else write_pcap)(f, DLT[link], records, order, options.ns, options.snaplen)


def positive(text):
    if int(text) < 1:
        raise argparse.ArgumentTypeError('must be at least 1')
    return int(text)


def parse(argv):
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument('--split', type=positive, metavar='N', help='payloads in segments of N bytes')
    p.add_argument('--reorder', nargs=2, type=positive, metavar=('W', 'SEED'), help='shuffle within each W packets')
    p.add_argument('--duplicate', type=int, metavar='SEED', help='half of the packets twice')
    p.add_argument('--fragment', type=positive, metavar='N', help='IP packets in fragments of N bytes, shuffled')
    p.add_argument('--fragment-seed', type=int, default=1, metavar='SEED', help='how they are shuffled; default 1')
    p.add_argument('--link', choices=sorted(DLT), help='link layer or tunnel around; default ethernet')
    p.add_argument('--pcapng', action='store_true')
    p.add_argument('--ns', action='store_true', help='time stamps in nanoseconds')
    p.add_argument('--swap-endian', action='store_true', help='big-endian file')
    p.add_argument('--pad', action='store_true', help='Ethernet frames padded to 60 bytes')
    p.add_argument('--snaplen', type=positive, metavar='N', help='keep N bytes of each frame')
    p.add_argument('--drop-first', type=int, default=0, metavar='N', help='without the first N packets')
    p.add_argument('--one-sided', choices=('c2s', 's2c'), help='only this direction')
    p.add_argument('--drop', nargs=2, metavar=('SEED', 'RATE'), help='lose this share (0 to 1) of the packets')
    p.add_argument('input')
    p.add_argument('output')
    return p.parse_args(argv)


def main(argv):
    options = parse(argv)
    write_capture(options, transform(options, list(packets_of(options.input))), options.output)


if __name__ == '__main__':
    main(sys.argv[1:])
