#!/usr/bin/python3
"""What mail servers say in their logs that happened, as JSON: the truth that a capture of it must give again.

usage: facts.py DIRECTORY   (dovecot.log, postfix.log, exim/mainlog, cyrus.log, whichever are there)

logins    client (its address), port (the client's), service, user, mechanism, result, tls (version), cipher (OpenSSL's or GnuTLS's name)
messages  port, service, mail_from, rcpt_to, message_id: taken over by the server
fetched   port, service, messages (bodies that were sent), bytes
"""
import json
import os
import re
import sys

facts = {'logins': [], 'messages': [], 'fetched': []}


def told(*path):
    """Lines that are of an earlier capture (lab_facts_from_here)."""
    try:
        with open(os.path.join(sys.argv[1], *path) + '.told', encoding='ascii') as f:
            return int(f.read())
    except FileNotFoundError:
        return 0


def lines(*path):
    try:
        with open(os.path.join(sys.argv[1], *path), encoding='utf-8', errors='replace') as f:
            return f.read().splitlines()[told(*path):]
    except FileNotFoundError:
        return []


def version(text):
    """TLSv1 → TLS 1.0, TLSv1.2 → TLS 1.2, TLS1.2 → TLS 1.2"""
    digits = re.sub(r'^TLSv?', '', text)
    return 'TLS ' + (digits if '.' in digits else digits + '.0')


def add(kind, **fact):
    facts[kind].append({k: v for k, v in fact.items() if v not in (None, '')})


def dovecot():
    ports = {}
    for line in lines('dovecot.log'):
        m = re.search(r'(imap|pop3)-login: (?:Info: )?(Login|Disconnected|Aborted login).*?: user=<([^>]*)>, '
                      r'(?:method=(\S+), )?rip=([^,\s]+), rport=(\d+), lport=(\d+),', line)
        if m:
            service, what, user, mechanism, client, port, _ = m.groups()
            session = re.search(r'session=<([^>]*)>', line).group(1)
            ports[session] = int(port)
            tls = re.search(r'(TLSv[\d.]+) with cipher (\S+)', line)
            failed = 'auth failed' in line
            if what == 'Login' or failed:
                add('logins', client=client, port=int(port), service=service, user=user, mechanism=mechanism,
                    result='refused' if failed else 'accepted',
                    tls=version(tls.group(1)) if tls else None, cipher=tls.group(2) if tls else None)
        m = re.search(r'imap\([^)]*\)<\d+><([^>]*)>: .*body_count=(\d+) body_bytes=(\d+)', line)
        if m and int(m.group(2)):
            add('fetched', port=ports[m.group(1)], service='imap', messages=int(m.group(2)), bytes=int(m.group(3)))
        m = re.search(r'pop3\([^)]*\)<\d+><([^>]*)>: .*retr=(\d+)/(\d+)', line)
        if m and int(m.group(2)):
            add('fetched', port=ports[m.group(1)], service='pop3', messages=int(m.group(2)), bytes=int(m.group(3)))


def postfix():
    tls, mails, logged = {}, {}, set()
    for line in lines('postfix.log'):
        m = re.search(r'TLS connection established from unknown\[\S+\]:(\d+): (TLSv[\d.]+) with cipher (\S+)', line)
        if m:
            tls[int(m.group(1))] = {'tls': version(m.group(2)), 'cipher': m.group(3)}
        m = re.search(r'smtpd\[\d+\]: (\w+): client=unknown\[(\S+)\]:(\d+)(?:, sasl_method=(\S+), sasl_username=(\S+))?', line)
        if m:
            mail, client, port, mechanism, user = m.group(1), m.group(2), int(m.group(3)), m.group(4), m.group(5)
            mails[mail] = {'port': port, 'rcpt_to': []}
            if user and port not in logged:
                logged.add(port)
                add('logins', client=client, port=port, service='smtp', user=user, mechanism=mechanism, result='accepted',
                    **tls.get(port, {}))
        m = re.search(r'warning: unknown\[(\S+)\]:(\d+): SASL (\S+) authentication failed.*sasl_username=(\S+)', line)
        if m:
            add('logins', client=m.group(1), port=int(m.group(2)), service='smtp', user=m.group(4), mechanism=m.group(3),
                result='refused', **tls.get(int(m.group(2)), {}))
        m = re.search(r'cleanup\[\d+\]: (\w+): message-id=(\S*)', line)
        if m and m.group(1) in mails:
            mails[m.group(1)]['message_id'] = m.group(2)
        m = re.search(r'qmgr\[\d+\]: (\w+): from=<([^>]*)>, size=', line)
        if m and m.group(1) in mails:
            mails[m.group(1)]['mail_from'] = m.group(2)
        m = re.search(r'postfix/(?:virtual|discard|smtp)\[\d+\]: (\w+): to=<([^>]*)>', line)
        if m and m.group(1) in mails:
            mails[m.group(1)]['rcpt_to'].append(m.group(2))
    for mail in mails.values():
        if 'mail_from' in mail:
            mail['rcpt_to'].sort()
            add('messages', service='smtp', **mail)


def exim():
    for line in lines('exim', 'mainlog'):
        m = re.search(r' <= (\S+) .*?\[192\.0\.2\.\d+\]:(\d+)(.*)', line)
        if m:
            mail_from, port, rest = m.group(1), int(m.group(2)), m.group(3)
            tls = re.search(r' X=(TLS[\d.]+):(\S+?)(?::\d+)? ', rest)
            login = re.search(r' A=(\w+):(\S+)', rest)
            about = {'tls': version(tls.group(1)), 'cipher': tls.group(2)} if tls else {}
            if login:
                add('logins', port=port, service='smtp', user=login.group(2),
                    mechanism={'cram': 'CRAM-MD5'}.get(login.group(1), login.group(1).upper()), result='accepted', **about)
            mail_id = re.search(r' id=(\S+)', rest)
            rcpts = re.search(r' for (.*)$', rest)
            add('messages', port=port, service='smtp', mail_from='' if mail_from == '<>' else mail_from,
                message_id='<%s>' % mail_id.group(1) if mail_id else None,
                rcpt_to=sorted(rcpts.group(1).split()) if rcpts else [])


def cyrus():
    tls = {}
    for line in lines('cyrus.log'):
        m = re.search(r'starttls: (TLSv[\d.]+) with cipher (\S+)', line)
        if m:
            tls = {'tls': version(m.group(1)), 'cipher': m.group(2)}
        m = re.search(r'login: \S+ (?:\[192\.0\.2\.\d+\] )?(\S+) (\S+?)(?:\+TLS)? User logged in', line)
        if m:
            mechanism = {'plaintext': None}.get(m.group(2), m.group(2))
            add('logins', user=m.group(1).split('@')[0], mechanism=mechanism, result='accepted', **tls)
            tls = {}


for read in (dovecot, postfix, exim, cyrus):
    read()
for kind in facts:
    facts[kind].sort(key=lambda f: json.dumps(f, sort_keys=True))
print(json.dumps(facts, indent=1, sort_keys=True, ensure_ascii=False))
