/* The findings of one family: what they mean and how to mend it. Texts are for users. */
#include "findings/catalogue.h"

/* clang-format off */
const struct finding_row row_info_banner_version = {
	.id = "info.banner.version",
	.signature_id = 12001,
	.title = "Greeting reveals product and version",
	.severity = SEV_LOW,
	.cls = CLASS_FINDING,
	.scope = SCOPE_SERVICE,
	.explain = "A note on the door tells burglars the model of the lock. Hiding it helps "
		"little; patching helps more.",
	.remedy = "Postfix: `smtpd_banner = $myhostname ESMTP`. Dovecot: `login_greeting`. Exim: "
		"`smtp_banner`. Exchange: `Set-ReceiveConnector -Banner \"220 mail\"`. Sendmail: "
		"`SmtpGreetingMessage`. The greeting of SMTP has to keep the domain.",
	.refs = (const char *const[]){"RFC 5321 §7.5, §4.2",
		"RFC 2449 §6.9",
		"CWE-200, CWE-497",
		"T1592.002", NULL},
	.cases = (const struct finding_case[]){{.reason = "product",
		.title = "Greeting reveals the product",
		.explain = "The server says which program it is, but not which version. That is "
			"common and helps an attacker little."}, {.reason = NULL}},
};

const struct finding_row row_info_internal_name = {
	.id = "info.internal_name",
	.signature_id = 12003,
	.title = "Internal names or addresses shown to outsiders",
	.severity = SEV_LOW,
	.cls = CLASS_FINDING,
	.scope = SCOPE_SERVICE,
	.explain = "Inside details are told to strangers: names, addresses or paths of the inner "
		"network help whoever plans the next step.",
	.remedy = "Give the server a name that is known outside: Postfix `myhostname`, Exchange "
		"`Set-ReceiveConnector -Fqdn`. Paths and errors of databases belong into the log, "
		"not into a reply.",
	.refs = (const char *const[]){"RFC 5321 §7.5",
		"CWE-200, CWE-209",
		"T1590", NULL},
};
/* clang-format on */
