"""Messages like real ones: text from licences and documentation, attachments from the files of this machine."""
import base64
import email.utils
import glob
import os
import quopri
import random

RANDOM = random.Random(4242)
KINDS = ('png', 'pdf', 'jpg', 'gz', 'zip', 'jar', 'svg', 'woff', 'woff2', 'ttf', 'so')
LEAST, MOST = 2000, 16000000  # bytes of an attachment


def read_texts():
    paths = sorted(glob.glob('/usr/share/common-licenses/*') + glob.glob('/usr/share/doc/*/copyright')[:400])
    return [open(p, errors='replace').read() for p in paths if os.path.isfile(p)]


def find_files():
    """(bytes, path) of what can be attached."""
    found = []
    for root, _, names in os.walk('/usr'):
        for name in names:
            path = os.path.join(root, name)
            if name.rsplit('.', 1)[-1] in KINDS and os.path.isfile(path) and not os.path.islink(path):
                found.append((os.path.getsize(path), path))
    return sorted(f for f in found if LEAST <= f[0] <= MOST)


TEXTS = read_texts()
WORDS = [w for t in TEXTS for w in t.split() if w.isalpha()]
FILES = find_files()


def words(n):
    i = RANDOM.randrange(len(WORDS) - n - 1)
    return ' '.join(WORDS[i:i + n])


def lines(n):
    text = RANDOM.choice(TEXTS).splitlines()
    i = RANDOM.randrange(max(1, len(text) - n))
    return '\r\n'.join(line[:200] for line in text[i:i + n])


def date():
    return email.utils.formatdate(1.76e9 + RANDOM.randrange(10**7))


def header(sender, to):
    subject = words(RANDOM.randint(2, 9))
    if RANDOM.random() < .3:
        subject = '=?utf-8?B?' + base64.b64encode(('Ré: ' + words(4)).encode()).decode() + '?='
    fields = [f'Received: from client{RANDOM.randrange(999)}.example.net (unknown [198.51.100.{RANDOM.randrange(254)}])',
              f'\tby relay.example.net (Postfix) with ESMTPS id {RANDOM.getrandbits(48):012X}',
              f'\tfor <{to}>; {date()}',
              f'Message-ID: <{RANDOM.getrandbits(64):x}.{RANDOM.getrandbits(32):x}@example.net>',
              f'Date: {date()}', f'From: "{words(2)}" <{sender}>', f'To: <{to}>', f'Subject: {subject}',
              'User-Agent: Mozilla Thunderbird', 'MIME-Version: 1.0']
    if RANDOM.random() < .4:
        fields.append(f'Cc: {words(1)} <cc{RANDOM.randrange(99)}@example.org>, <x{RANDOM.randrange(99)}@example.com>')
    return fields


def part(boundary, content_type, encoding, body, *more):
    return ['--' + boundary, 'Content-Type: ' + content_type, 'Content-Transfer-Encoding: ' + encoding, *more, '', body]


def multipart(kind, boundary, *parts):
    text = [f'Content-Type: multipart/{kind}; boundary="{boundary}"', '', 'This is a multi-part message in MIME format.']
    return text + [line for p in parts for line in p] + [f'--{boundary}--', '']


def plain():
    return ['Content-Type: text/plain; charset=UTF-8; format=flowed', 'Content-Transfer-Encoding: 8bit', '',
            lines(RANDOM.randint(3, 40)), '']


def alternative(boundary):
    paragraphs = '</p><p>'.join(words(RANDOM.randint(20, 80)) for _ in range(RANDOM.randint(2, 20)))
    html = quopri.encodestring(f'<html><body><p>{paragraphs}</p></body></html>'.encode()).decode().replace('\n', '\r\n')
    return multipart('alternative', boundary, part(boundary, 'text/plain; charset=utf-8', '7bit', lines(RANDOM.randint(3, 30))),
                     part(boundary, 'text/html; charset=utf-8', 'quoted-printable', html))


def attached(boundary, least, most):
    path = RANDOM.choice([p for size, p in FILES if least <= size <= most])
    name = os.path.basename(path)
    with open(path, 'rb') as f:
        data = base64.encodebytes(f.read()).decode().replace('\n', '\r\n')
    return multipart('mixed', boundary, part(boundary, 'text/plain; charset=utf-8', '7bit', lines(RANDOM.randint(3, 20))),
                     part(boundary, f'application/octet-stream; name="{name}"', 'base64', data,
                          f'Content-Disposition: attachment; filename="{name}"'))


def message(sender, to, kind, least=0, most=0):
    """Bytes of a message of a kind: plain, alternative (text and HTML), attached (a file of least … most bytes)."""
    boundary = f'------------{RANDOM.getrandbits(80):x}'
    fields = header(sender, to)
    body = {'plain': plain, 'alternative': lambda: alternative(boundary),
            'attached': lambda: attached(boundary, least, most)}[kind]()
    return '\r\n'.join(fields + body).encode()
