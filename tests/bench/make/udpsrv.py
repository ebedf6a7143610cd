#!/usr/bin/python3
"""udpsrv.py ADDRESS: answers every question of DNS with one address, and every datagram of the VPN with another one."""
import os
import select
import socket
import struct
import sys

DNS_PORT, VPN_PORT = 53, 51820
ANSWER = b'\xc0\x0c' + struct.pack('>HHIH', 1, 1, 300, 4) + b'\xc0\0\2\5'  # RFC 1035 4.1.3


def bound(port):
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.bind((sys.argv[1], port))
    return s


dns, vpn = bound(DNS_PORT), bound(VPN_PORT)
while True:
    for s in select.select([dns, vpn], [], [])[0]:
        data, sender = s.recvfrom(4000)
        if s is dns:
            s.sendto(data[:2] + struct.pack('>HHHHH', 0x8180, 1, 1, 0, 0) + data[12:] + ANSWER, sender)
        else:
            s.sendto(data[:16] + os.urandom(80 if len(data) > 500 else 1200), sender)
