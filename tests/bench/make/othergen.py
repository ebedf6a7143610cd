#!/usr/bin/python3
"""othergen.py HOST FOLDER: fetches the files of FOLDER over HTTP and HTTPS, asks for names, and sends datagrams like a VPN's."""
import os
import random
import socket
import ssl
import struct
import sys

RANDOM = random.Random(5)
HOST, FOLDER = sys.argv[1:3]
SOURCES = [f'10.10.0.{i}' for i in range(2, 10)]
TLS = ssl.create_default_context()
TLS.check_hostname = False
TLS.verify_mode = ssl.CERT_NONE
NAMES = sorted(os.listdir(FOLDER))
SMALL = [n for n in NAMES if os.path.getsize(f'{FOLDER}/{n}') < 60000]
LARGE = [n for n in NAMES if n not in SMALL]
REQUEST = ('GET /%s HTTP/1.1\r\nHost: www.example.test\r\n'
           'User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0\r\n'
           'Accept: text/html,application/xhtml+xml,*/*;q=0.8\r\nAccept-Language: en-US,en;q=0.5\r\n'
           'Accept-Encoding: gzip, deflate\r\nConnection: keep-alive\r\n\r\n')


def http(tls, names):
    s = socket.create_connection((HOST, 443 if tls else 80), source_address=(RANDOM.choice(SOURCES), 0))
    if tls:
        s = TLS.wrap_socket(s, server_hostname=RANDOM.choice(['www.example.test', 'cdn.example.test', 'api.example.test']))
    f = s.makefile('rb')
    for name in names:
        s.sendall((REQUEST % name).encode())
        length = 0
        while (line := f.readline()) not in (b'\r\n', b''):
            if line.lower().startswith(b'content-length'):
                length = int(line.split(b':')[1])
        f.read(length)
    f.close()
    s.close()


def datagrams():
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.bind((RANDOM.choice(SOURCES), 0))
    s.settimeout(2)
    return s


def dns():
    name = f'h{RANDOM.randrange(9999)}.{RANDOM.choice(["example", "mail", "cdn"])}.test'
    labels = b''.join(bytes([len(x)]) + x for x in name.encode().split(b'.')) + b'\0'
    with datagrams() as s:
        s.sendto(struct.pack('>HHHHHH', RANDOM.randrange(65536), 0x100, 1, 0, 0, 0) + labels
                 + struct.pack('>HH', RANDOM.choice([1, 28, 15]), 1), (HOST, 53))
        s.recv(2000)


def vpn(n):
    with datagrams() as s:
        for i in range(n):
            s.sendto(b'\4\0\0\0' + os.urandom(4) + struct.pack('<Q', i) + os.urandom(RANDOM.choice([1300, 1300, 96, 400])),
                     (HOST, 51820))
            s.recv(2000)


def pages():
    return RANDOM.sample(SMALL, RANDOM.randint(1, 4))


jobs = ([lambda: http(False, pages())] * 120 + [lambda: http(True, pages())] * 200 + [lambda: http(False, [RANDOM.choice(LARGE)])] * 14
        + [lambda: http(True, [RANDOM.choice(LARGE)])] * 30 + [dns] * 600 + [lambda: vpn(300)] * 12)
RANDOM.shuffle(jobs)
for job in jobs:
    job()
