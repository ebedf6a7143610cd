"""A TCP connection on loopback that is taken down as a capture file, without privileges.

Relay stands between a client and a server and notes every piece that passes; write_pcap() makes
packets of them, with sequence and acknowledgment numbers as two real hosts would send them.
"""
import socket
import struct
import threading
import time

CLIENT, SERVER = ("192.0.2.10", 40000), ("192.0.2.20", 143)


class Relay:
    def __init__(self, port):
        self.pieces = []  # (time, from client?, bytes)
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.to = port
        self.lock = threading.Lock()
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _copy(self, src, dst, client):
        while True:
            try:
                data = src.recv(65536)
            except OSError:
                data = b""
            if not data:
                break
            with self.lock:
                self.pieces.append((time.time(), client, data))
                try:
                    dst.sendall(data)
                except OSError:
                    break
        try:
            dst.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    def _run(self):
        a, _ = self.listener.accept()
        b = socket.create_connection(("127.0.0.1", self.to))
        for s in (a, b):
            s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        other = threading.Thread(target=self._copy, args=(a, b, True), daemon=True)
        other.start()
        self._copy(b, a, False)
        other.join(10)
        a.close()
        b.close()
        self.listener.close()

    def done(self):
        self.thread.join(20)
        return self.pieces


def checksum(data):
    total = sum(struct.unpack("!%dH" % (len(data) // 2), data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


def packet(src, dst, seq, ack, flags, data):
    ip = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 40 + len(data), 0, 0x4000, 64, 6, 0,
                     socket.inet_aton(src[0]), socket.inet_aton(dst[0]))
    ip = ip[:10] + struct.pack("!H", checksum(ip)) + ip[12:]
    tcp = struct.pack("!HHIIBBHHH", src[1], dst[1], seq & 0xffffffff, ack & 0xffffffff, 0x50, flags,
                      65535, 0, 0)
    return ip + tcp + data


def frames(pieces, server_port=SERVER[1], client_port=CLIENT[1], size=1448):
    """(time, bytes) of every packet of one connection."""
    c, s = (CLIENT[0], client_port), (SERVER[0], server_port)
    seq = {True: 1000, False: 5000}
    now = pieces[0][0] if pieces else 1e9
    out = [(now, packet(c, s, 1000, 0, 2, b"")), (now, packet(s, c, 5000, 1001, 0x12, b"")),
           (now, packet(c, s, 1001, 5001, 0x10, b""))]
    seq = {True: 1001, False: 5001}
    for now, client, data in pieces:
        src, dst = (c, s) if client else (s, c)
        for at in range(0, len(data), size):
            part = data[at:at + size]
            out.append((now, packet(src, dst, seq[client], seq[not client], 0x18, part)))
            seq[client] += len(part)
    out.append((now, packet(c, s, seq[True], seq[False], 0x11, b"")))
    out.append((now, packet(s, c, seq[False], seq[True] + 1, 0x11, b"")))
    out.append((now, packet(c, s, seq[True] + 1, seq[False] + 1, 0x10, b"")))
    return out


def write_pcap(path, packets):
    with open(path, "wb") as f:
        f.write(struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 262144, 101))
        for when, data in packets:
            us = int(when * 1e6)
            f.write(struct.pack("<IIII", us // 1000000, us % 1000000, len(data), len(data)))
            f.write(data)
