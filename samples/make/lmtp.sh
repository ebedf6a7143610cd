#!/bin/bash
# LMTP over the network: one message for three recipients, with a reply for each; an unknown recipient.
. "$(dirname "$0")/lab.sh"
lab_begin
lab_dovecot 'protocol lmtp {
  auth_username_format = %n
}'
lab_wait 24
lab_capture lmtp
lab_client swaks --silent 2 --server "$SERVER" -p 24 --protocol LMTP --helo client.example.test -f stranger@example.org \
	-t alice@example.test,bob@example.test,carol@example.test --h-Subject 'to three' || true
lab_client swaks --silent 2 --server "$SERVER" -p 24 --protocol LMTP --helo client.example.test -f '<>' \
	-t alice@example.test --h-Subject 'a bounce' || true
lab_capture_end
