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
