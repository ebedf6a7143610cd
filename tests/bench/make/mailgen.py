#!/usr/bin/python3
"""mailgen.py HOST small|fat: drives mail servers with SMTP, POP3 and IMAP sessions over plain sockets, so that every habit of
real clients can be had: pipelining, BDAT, literals, refused passwords, STARTTLS, IDLE.
"""
import base64
import random
import socket
import ssl
import sys
import time

import mkmail

RANDOM = random.Random(77)
SOURCES = [f'10.10.0.{i}' for i in range(2, 10)]
TLS = ssl.create_default_context()
TLS.check_hostname = False
TLS.verify_mode = ssl.CERT_NONE
HOST = sys.argv[1]


def sometimes(p):
    return RANDOM.random() < p


def password(user):
    return 'Passw0rd-' + user


def sasl_plain(user):
    return base64.b64encode(f'\0{user}\0{password(user)}'.encode()).decode()


class Client:
    def __init__(self, port, tls=False):
        self.socket = socket.create_connection((HOST, port), source_address=(RANDOM.choice(SOURCES), 0))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if tls:
            self.start_tls()
        else:
            self.file = self.socket.makefile('rb')

    def start_tls(self):
        self.socket = TLS.wrap_socket(self.socket)
        self.file = self.socket.makefile('rb')

    def send(self, data):
        self.socket.sendall(data if isinstance(data, bytes) else (data + '\r\n').encode())

    def line(self):
        return self.file.readline()

    def close(self):
        self.file.close()
        self.socket.close()


# ---- SMTP ---------------------------------------------------------------------------------------------------------------

class Smtp(Client):
    def reply(self):
        while True:
            line = self.line()
            if len(line) < 4 or line[3:4] != b'-':
                return

    def command(self, text):
        self.send(text)
        self.reply()

    def login(self, how, user):
        if how == 'plain':
            self.command('AUTH PLAIN ' + sasl_plain(user))
        elif how == 'login':
            for text in ('AUTH LOGIN', base64.b64encode(user.encode()).decode(),
                         base64.b64encode(password(user).encode()).decode()):
                self.command(text)

    def mail(self, user, message, pipelined, bad, bdat):
        to = [f'{user}@example.test']
        if sometimes(.2):
            to.append(f'user{RANDOM.randrange(20):02d}@example.test')
        if bad:
            to.append('nobody@elsewhere.invalid')
        commands = [f'MAIL FROM:<sender{RANDOM.randrange(500)}@example.net> SIZE={len(message)}']
        commands += [f'RCPT TO:<{t}>' for t in to] + ([] if bdat else ['DATA'])
        if pipelined:
            self.send('\r\n'.join(commands))
            for _ in commands:
                self.reply()
        else:
            for c in commands:
                self.command(c)
        if bdat:
            half = len(message) // 2
            for data, last in ((message[:half], b''), (message[half:], b' LAST')):
                self.command(b'BDAT %d%s\r\n' % (len(data), last) + data)
        else:
            body = message.replace(b'\r\n.', b'\r\n..')
            self.command(body + (b'' if body.endswith(b'\r\n') else b'\r\n') + b'.\r\n')


def smtp(user, messages, port=25, tls=False, starttls=False, pipelined=False, auth=None, bad=False, bdat=False):
    c = Smtp(port, tls)
    c.reply()
    c.command('EHLO client.example.net')
    if starttls:
        c.command('STARTTLS')
        c.start_tls()
        c.command('EHLO client.example.net')
    c.login(auth, user)
    for m in messages:
        c.mail(user, m, pipelined, bad, bdat)
    c.command('QUIT')
    c.close()


# ---- POP3 ---------------------------------------------------------------------------------------------------------------

class Pop3(Client):
    def command(self, text):
        self.send(text)
        return self.line()

    def listing(self, text):
        if self.command(text).startswith(b'+OK'):
            while self.line() not in (b'.\r\n', b''):
                pass


def pop3(user, mode, port=110, tls=False, starttls=False, n=1, every=False):
    c = Pop3(port, tls)
    c.line()
    c.listing('CAPA')
    if starttls:
        c.command('STLS')
        c.start_tls()
        c.listing('CAPA')
    if mode == 'auth':
        c.command('AUTH PLAIN ' + sasl_plain(user))
    else:
        c.command('USER ' + user)
        c.command('PASS ' + ('wrong' if mode == 'bad' else password(user)))
    if mode != 'bad':
        count = int(c.command('STAT').split()[1])
        if n or sometimes(.3):
            c.listing('LIST')
            c.listing('UIDL')
        for i in range(1, count + 1) if every else RANDOM.sample(range(1, count + 1), min(n, count)):
            if not every and sometimes(.2):
                c.listing(f'TOP {i} 5')
            c.listing(f'RETR {i}')
    c.command('QUIT')
    c.close()


# ---- IMAP ---------------------------------------------------------------------------------------------------------------

class Imap(Client):
    tags = 0

    def tag(self):
        self.tags += 1
        return f'a{self.tags:03d}'

    def command(self, text, *continuations):
        """The lines of the answer. A continuation is sent when the server asks for it."""
        tag = self.tag()
        self.send(f'{tag} {text}')
        for c in continuations:
            self.line()
            self.send(c)
        answer = []
        while True:
            line = self.line()
            answer.append(line)
            if line.rstrip().endswith(b'}') and b'{' in line:
                self.file.read(int(line.rsplit(b'{', 1)[1].rstrip(b'}\r\n')))
            if line.startswith(tag.encode() + b' ') or not line:
                return answer

    def login(self, mode, user):
        if mode == 'literal':
            self.command(f'LOGIN {{{len(user)}}}', f'{user} {{{len(password(user))}}}', password(user))
        elif mode == 'auth':
            self.command('AUTHENTICATE PLAIN', sasl_plain(user))
        else:
            self.command(f'LOGIN {user} "{password(user)}"')

    def idle(self):
        tag = self.tag()
        self.send(tag + ' IDLE')
        self.line()
        time.sleep(.02)
        self.send('DONE')
        while not self.line().startswith(tag.encode()):
            pass

    def read_one(self, mode, user, count):
        i = RANDOM.randint(1, count)
        self.command(f'FETCH {i} (UID FLAGS INTERNALDATE RFC822.SIZE ENVELOPE)')
        if mode == 'idle':
            self.idle()
            return
        self.command(f'FETCH {i} (BODYSTRUCTURE)')
        self.command(f'FETCH {i} BODY[]' if sometimes(.6) else
                     f'FETCH {i} (BODY.PEEK[HEADER.FIELDS (FROM TO SUBJECT)] BODY.PEEK[TEXT]<0.512>)')
        if sometimes(.3):
            self.command(f'STORE {i} +FLAGS (\\Seen)')
        if sometimes(.2):
            self.command('SEARCH UNSEEN')
        if mode == 'append':
            m = mkmail.message('me@example.test', f'{user}@example.test', 'plain')
            self.command(f'APPEND INBOX (\\Seen) {{{len(m)}}}', m + b'\r\n')

    def work(self, mode, user, every):
        if mode == 'check':
            self.command('STATUS INBOX (MESSAGES UNSEEN)')
            return
        if sometimes(.5):
            self.command('LIST "" "*"')
        count = next(int(line.split()[1]) for line in self.command('SELECT INBOX') if b'EXISTS' in line)
        if not every:
            self.read_one(mode, user, count)
            return
        self.command('UID FETCH 1:* (FLAGS RFC822.SIZE ENVELOPE)')
        for i in range(1, count + 1):
            self.command(f'FETCH {i} BODY.PEEK[]')


def imap(user, mode, port=143, tls=False, starttls=False, every=False):
    c = Imap(port, tls)
    c.line()
    if sometimes(.7):
        c.command('CAPABILITY')
    if starttls:
        c.command('STARTTLS')
        c.start_tls()
    if mode == 'bad':
        c.command(f'LOGIN {user} nope')
    else:
        c.login(mode, user)
        c.work(mode, user, every)
    c.command('LOGOUT')
    c.close()


# ---- what is captured ---------------------------------------------------------------------------------------------------

def message(kind, *sizes):
    return mkmail.message(f'sender{RANDOM.randrange(500)}@example.net', 'user@example.test', kind, *sizes)


def small_message():
    return message('plain' if sometimes(.75) else 'alternative')


def small():
    users = [f'user{i:02d}' for i in range(20)]
    for u in users:
        smtp(u, [small_message()])
    time.sleep(2)
    for _ in range(300):
        smtp(RANDOM.choice(users), [small_message() for _ in range(1 if sometimes(.9) else 3)], port=25 if sometimes(.8) else 587,
             pipelined=sometimes(.5), auth=RANDOM.choice([None, None, None, 'plain', 'login']), bad=sometimes(.1), bdat=sometimes(.06))
    for _ in range(30):
        smtp(RANDOM.choice(users), [small_message()], starttls=True, port=RANDOM.choice([25, 587]), auth=RANDOM.choice([None, 'plain']))
    for _ in range(20):
        smtp(RANDOM.choice(users), [small_message()], port=465, tls=True, auth='plain')
    time.sleep(2)
    for i in range(160):
        pop3(RANDOM.choice(users), 'bad' if i % 20 == 7 else 'auth' if i % 5 == 0 else 'user', n=RANDOM.choice([0, 0, 1, 1, 2]))
    for _ in range(15):
        pop3(RANDOM.choice(users), 'user', port=995, tls=True)
    for _ in range(10):
        pop3(RANDOM.choice(users), 'user', starttls=True)
    modes = ['login', 'login', 'literal', 'auth', 'check', 'check', 'idle', 'append']
    for i in range(160):
        imap(RANDOM.choice(users), 'bad' if i % 20 == 7 else RANDOM.choice(modes))
    for _ in range(20):
        imap(RANDOM.choice(users), 'login', port=993, tls=True)
    for _ in range(10):
        imap(RANDOM.choice(users), 'login', starttls=True)


def fat():
    users = [f'user{i:02d}' for i in range(20, 24)]
    sizes = [(2000, 20000, 24), (20000, 200000, 24), (200000, 1000000, 12), (1000000, 4000000, 6), (4000000, 9000000, 1)]
    for least, most, n in sizes:
        for i in range(n):
            smtp(users[i % 4], [message('attached', least, most)], pipelined=sometimes(.5), bdat=sometimes(.1))
    time.sleep(3)
    for u in users:
        pop3(u, 'user', every=True)
        imap(u, 'login', every=True)


{'small': small, 'fat': fat}[sys.argv[2]]()
