#include "model/session.h"

const char *
service_name(enum service s)
{
	static const char *const names[] = {"unknown", "smtp", "submission", "smtps", "lmtp",
		"pop3", "pop3s", "imap", "imaps"};

	return names[s];
}

const char *
role_name(enum role r)
{
	static const char *const names[] = {
		"unknown", "relay", "mx", "submission", "access", "delivery"};

	return names[r];
}

const char *
verdict_name(enum verdict v)
{
	static const char *const names[] = {"not_observable", "implicit", "upgraded",
		"upgraded_after_use", "offered_unused", "not_offered", "refused", "failed",
		"stripped"};

	return names[v];
}

const char *
verdict_why_text(enum verdict_why w)
{
	static const char *const texts[] = {
		[WHY_NONE] = NULL,
		[WHY_NO_ANSWER] = "the answer to STARTTLS was not seen",
		[WHY_UNASKED] = "TLS was spoken without STARTTLS",
		[WHY_OVERWRITTEN] = "the keyword was overwritten",
		[WHY_HELO] = "HELO asks for no capabilities",
		[WHY_NO_LIST] = "the capabilities were never asked for or never seen",
		[WHY_OFFERED_ELSEWHERE] = "the same server offers it in other sessions",
	};

	return texts[w];
}

struct bytes
session_software(const struct session *s)
{
	struct bytes said = session_text(s, TEXT_SERVER_SOFTWARE);

	return said.n ? said : bytes_str(s->greeting->software);
}

const char *
session_protocol(const struct session *s)
{
	const char *guess = s->proto == PROTO_OTHER ? session_word(s, WORD_GUESS) : NULL;

	return guess ? guess : proto_name(s->proto);
}
