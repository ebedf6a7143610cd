#!/usr/bin/python3
"""A public RSA key that no good program makes, as PEM on standard output.

usage: odd_key.py roca|exponent-1|even

roca: both primes have the form k*M + (65537^a mod M), as in "The Return of Coppersmith's Attack" (CVE-2017-15361).
"""
import base64
import random
import sys

rng = random.Random(20171016)


def is_prime(n):
    if any(n % p == 0 for p in (2, 3, 5, 7, 11, 13)):
        return False
    d, s = n - 1, 0
    while d % 2 == 0:
        d, s = d // 2, s + 1
    for _ in range(24):
        x = pow(rng.randrange(2, n - 1), d, n)
        if x in (1, n - 1):
            continue
        for _ in range(s - 1):
            x = x * x % n
            if x == n - 1:
                break
        else:
            return False
    return True


def primorial(count):
    m, n, found = 1, 2, 0
    while found < count:
        if all(n % i for i in range(2, int(n ** 0.5) + 1)):
            m, found = m * n, found + 1
        n += 1
    return m


def roca_prime(bits):
    m = primorial(126)  # for keys of 2048 bits
    while True:
        k = rng.randrange((3 << (bits - 2)) // m, (1 << bits) // m)
        p = k * m + pow(65537, rng.randrange(1 << 256), m)
        if p.bit_length() == bits and is_prime(p):
            return p


def prime(bits):
    while True:
        p = rng.getrandbits(bits) | 3 << (bits - 2) | 1
        if is_prime(p):
            return p


def der(tag, body):
    n = len(body)
    size = bytes([n]) if n < 128 else bytes([0x80 | (n.bit_length() + 7) // 8]) + n.to_bytes((n.bit_length() + 7) // 8, "big")
    return bytes([tag]) + size + body


def integer(n):
    return der(2, n.to_bytes(n.bit_length() // 8 + 1, "big"))


def main():
    kind = sys.argv[1]
    make = roca_prime if kind == "roca" else prime
    n = make(1024) * make(1024)
    e = {"roca": 65537, "exponent-1": 1, "even": 65536}[kind]
    rsa = der(0x30, bytes.fromhex("06092a864886f70d0101010500"))
    spki = der(0x30, rsa + der(3, b"\0" + der(0x30, integer(n) + integer(e))))
    print("-----BEGIN PUBLIC KEY-----\n%s-----END PUBLIC KEY-----" % base64.encodebytes(spki).decode())


if __name__ == "__main__":
    main()
