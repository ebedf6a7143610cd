#!/bin/bash
# The same server twice: first as it is, then with a proxy on the way that overwrites STARTTLS in its answer.
. "$(dirname "$0")/lab.sh"
lab_begin
lab_dovecot
lab_postfix
send() { lab_client swaks --silent 2 --server "$SERVER" -p 587 --helo client.example.test -f alice@example.test -t bob@example.test "$@" || true; }
lab_capture starttls-stripped
send --tls-optional -a PLAIN -au alice -ap "$ALICE"
# The proxy takes the place of the server, which goes on behind it on the loopback of its namespace.
lab_server postfix -c "$WORK/postfix/etc" stop
sed -i 's/^587 /127.0.0.1:587 /' "$WORK/postfix/etc/master.cf"
lab_server postfix -c "$WORK/postfix/etc" start >"$WORK/postfix.out.log" 2>&1
lab_server /usr/bin/python3 "$MAKE/strip.py" "$SERVER" 587 127.0.0.1 >"$WORK/strip.log" 2>&1 &
lab_wait 587
sleep 1
send --tls-optional -a PLAIN -au alice -ap "$ALICE"
lab_capture_end
