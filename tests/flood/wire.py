"""Packets for the floods: Ethernet, IPv4 and TCP or UDP into a classic pcap, about a microsecond each.

Checksums are 0, as offload leaves them. An end is a pair (address, port) of numbers.
"""
import io
import operator
import struct

MACS = b'\2\0\0\0\0\1\2\0\0\0\0\2\x08\0'
IP = struct.Struct('>BBHHHBBH')  # up to the addresses
ENDS = struct.Struct('>IIHH')    # addresses and ports, which are neighbours
NUMBERS = struct.Struct('>II')
SYN, ACK, PSH, FIN, SYNACK = 2, 16, 24, 17, 18
TAILS = {flags: struct.pack('>BBHHH', 5 << 4, flags, 64240, 0, 0) for flags in (SYN, ACK, PSH, FIN, SYNACK)}
MSS = 1400
MASK = 0xffffffff
START_US = 1760000000 * 1000000
PACKETS_A_TICK, TICK_US = 100, 1000
MARK = b'\1' * 6  # where a stencil writes its number


def address(n, net=0x0a000000):
    """The n-th address of 10.0.0.0/8, or of another net."""
    return net + 1 + n % 0xfffff0


class Wire:
    """A capture being written to the file `out`. Time goes on by TICK_US every PACKETS_A_TICK."""

    def __init__(self, out):
        self.out, self.us = out, START_US
        self.parts, self.packets, self.next_tick = [], 0, 0
        self.parts.append(struct.pack('<IHHiIII', 0xa1b2c3d4, 2, 4, 0, 0, 262144, 1))

    def stamp(self):
        return struct.pack('<II', self.us // 1000000, self.us % 1000000)

    def advance(self):
        if self.packets < self.next_tick:
            return
        self.next_tick = self.packets + PACKETS_A_TICK
        self.us += TICK_US
        self.heads = {}
        self.out.write(b''.join(self.parts))
        self.parts = []

    def head(self, length):
        """Record, Ethernet and IPv4 header of a packet with so many bytes of TCP data."""
        n = 54 + length
        self.heads[length] = h = (self.stamp() + struct.pack('<II', n, n) + MACS
                                  + IP.pack(0x45, 0, 40 + length, 0, 0x4000, 64, 6, 0))
        return h

    def tcp(self, src, dst, seq, ack, flags, data=b''):
        self.tcp_between(ENDS.pack(src[0], dst[0], src[1], dst[1]), seq, ack, flags, data)

    def tcp_between(self, ends, seq, ack, flags, data=b''):
        self.advance()
        self.packets += 1
        n = len(data)
        self.parts += (self.heads.get(n) or self.head(n), ends, NUMBERS.pack(seq & MASK, ack & MASK), TAILS[flags], data)

    def fragment(self, src, dst, ip_id, offset, data):
        """A piece of a datagram that is not its last; `offset` in bytes, a multiple of 8."""
        self.advance()
        self.packets += 1
        n = 34 + len(data)
        self.parts += (self.stamp(), struct.pack('<II', n, n), MACS,
                       IP.pack(0x45, 0, 20 + len(data), ip_id, 0x2000 | offset // 8, 64, 6, 0),
                       struct.pack('>II', src, dst), data)

    def udp(self, src, dst, data):
        self.advance()
        self.packets += 1
        n = 42 + len(data)
        self.parts += (self.stamp(), struct.pack('<II', n, n), MACS,
                       IP.pack(0x45, 0, 28 + len(data), 0, 0x4000, 64, 17, 0), ENDS.pack(src[0], dst[0], src[1], dst[1]),
                       struct.pack('>HH', 8 + len(data), 0), data)

    def flush(self):
        self.out.write(b''.join(self.parts))
        self.parts = []


class Talk:
    """A connection: what each side sends is numbered, and both sides acknowledge all they saw."""

    def __init__(self, wire, client, server):
        self.wire = wire
        self.ends = {'C': ENDS.pack(client[0], server[0], client[1], server[1]),
                     'S': ENDS.pack(server[0], client[0], server[1], client[1])}
        self.seq = {'C': 999, 'S': 499999}
        wire.tcp_between(self.ends['C'], 999, 0, SYN)
        wire.tcp_between(self.ends['S'], 499999, 1000, SYNACK)
        self.seq = {'C': 1000, 'S': 500000}
        self.segment('C', b'', flags=ACK)

    def segment(self, side, data, ahead=0, flags=PSH):
        """One segment, `ahead` bytes after what was said last; one that is ahead does not move the numbers."""
        self.wire.tcp_between(self.ends[side], self.seq[side] + ahead, self.seq['S' if side == 'C' else 'C'], flags, data)
        if not ahead:
            self.seq[side] += len(data)

    def say(self, side, data):
        for i in range(0, len(data), MSS):
            self.segment(side, data[i:i + MSS])

    def turns(self, turns):
        for side, data in turns:
            self.say(side, data)

    def close(self):
        for side in 'CS':
            self.segment(side, b'', flags=FIN)
            self.seq[side] += 1
        self.segment('C', b'', flags=ACK)


class Stencil:
    """A short dialogue to be written many times. `%06d` in a turn becomes the number of the copy."""
    STAMP, CLIENT, SERVER, NUMBER = range(4)

    def __init__(self, wire, turns, closed=True):
        sheet, client, server = Wire(io.BytesIO()), (1, 1), (2, 2)
        talk = Talk(sheet, client, server)
        talk.turns([(side, data.replace(b'%06d', MARK)) for side, data in turns])
        if closed:
            talk.close()
        assert sheet.packets <= PACKETS_A_TICK
        text, fields = [], []
        for i in range(0, len(sheet.parts), 5):
            head, ends, *rest = sheet.parts[i:i + 5]
            rest = b''.join(rest).replace(b'%', b'%%')
            fields += [self.STAMP, self.CLIENT if ends == talk.ends['C'] else self.SERVER] + [self.NUMBER] * rest.count(MARK)
            text += [b'%b', head[8:].replace(b'%', b'%%'), b'%b', rest.replace(MARK, b'%b')]
        self.wire, self.packets = wire, sheet.packets
        self.template, self.pick = b''.join(text), operator.itemgetter(*fields)

    def copy(self, client, server, number=0):
        self.wire.advance()
        self.wire.packets += self.packets
        values = (self.wire.stamp(), ENDS.pack(client[0], server[0], client[1], server[1]),
                  ENDS.pack(server[0], client[0], server[1], client[1]), b'%06d' % number)
        self.wire.parts.append(self.template % self.pick(values))
