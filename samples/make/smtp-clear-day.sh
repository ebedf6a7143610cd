#!/bin/bash
# A day of mail in clear: Postfix with swaks, curl and mutt; logins, attachments, several recipients, refusals.
. "$(dirname "$0")/lab.sh"
lab_begin
lab_attachment
lab_dovecot
lab_postfix
send() { lab_client swaks --server "$SERVER" --silent 2 --helo client.example.test "$@" || true; }

lab_capture smtp-clear-day
send -p 587 -a PLAIN -au alice -ap "$ALICE" -f alice@example.test -t bob@example.test,carol@example.test \
	--h-Subject '=?utf-8?Q?Bericht_f=C3=BCr_heute?=' --body 'See what is attached.' --attach @"$WORK/budget.csv"
send -p 587 -a LOGIN -au bob -ap "$BOB" -f bob@example.test -t alice@example.test --attach @"$WORK/plan.pdf"
send -p 25 -f stranger@example.org -t alice@example.test --h-Subject 'from another server'
send -p 25 -f stranger@example.org -t nobody@example.test
send -p 25 -f stranger@example.org -t someone@example.net
send -p 587 -a PLAIN -au alice -ap 'Wond3rland-tee' -f alice@example.test -t bob@example.test
printf '%s\r\n' 'From: carol@example.test' 'To: alice@example.test' 'Subject: by curl' '' 'A line' '.and a dot' '..and two' \
	>"$WORK/message"
lab_client curl -s "smtp://$SERVER:587" --user "carol:$CAROL" --login-options AUTH=PLAIN --mail-from carol@example.test \
	--mail-rcpt alice@example.test --mail-rcpt bob@example.test -T "$WORK/message"
printf 'set smtp_url="smtp://alice@%s:587"\nset smtp_pass="%s"\nset ssl_starttls=no\nset ssl_force_tls=no\nset smtp_authenticators="login"
set from=alice@example.test\nset realname=Alice\nset hostname=client.example.test\nset copy=no\n' "$SERVER" "$ALICE" >"$WORK/muttrc"
echo 'Sent by mutt.' | HOME=$WORK lab_client mutt -F "$WORK/muttrc" -s 'plan' -a "$WORK/plan.pdf" -- bob@example.test
lab_capture_end
