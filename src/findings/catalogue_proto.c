/* The findings of one family: what they mean and how to mend it. Texts are for users. */
#include "findings/catalogue.h"

/* clang-format off */
const struct finding_row row_proto_mail_on_odd_port = {
	.id = "proto.mail_on_odd_port",
	.signature_id = 8001,
	.title = "Mail protocol on an unusual port",
	.severity = SEV_LOW,
	.cls = CLASS_FINDING,
	.scope = SCOPE_SERVICE,
	.explain = "Mail is spoken where none is expected: a test server, a tunnel, or "
		"malware.",
	.remedy = "Find out what runs there. If nothing should, close the port in the "
		"firewall.",
	.refs = (const char *const[]){"RFC 6335",
		"T1571, T1071.003", NULL},
};

const struct finding_row row_proto_not_mail = {
	.id = "proto.not_mail",
	.signature_id = 8002,
	.title = "Non-mail traffic on a mail port",
	.severity = SEV_MEDIUM,
	.cls = CLASS_FINDING,
	.scope = SCOPE_PAIR,
	.explain = "A stranger uses the mailman's entrance: something that is not mail goes "
		"through a mail port.",
	.remedy = "Find out which program it is. Let only mail servers reach the mail ports "
		"outside (egress filtering).",
	.refs = (const char *const[]){"T1571, T1095, T1572",
		"CWE-923", NULL},
};

const struct finding_row row_proto_http_on_mail = {
	.id = "proto.http_on_mail",
	.signature_id = 8003,
	.title = "HTTP request sent to a mail server",
	.severity = SEV_MEDIUM,
	.cls = CLASS_FINDING,
	.scope = SCOPE_CONN,
	.explain = "A web request steered to the mail port may carry hidden mail commands.",
	.remedy = "Let the server end such sessions (Postfix does: `smtpd_forbidden_commands "
		"= CONNECT GET POST`), and mend the web program that can be made to send it "
		"(SSRF).",
	.refs = (const char *const[]){"ALPACA CVE-2021-3618",
		"CWE-918, CWE-441",
		"T1190", NULL},
};

const struct finding_row row_proto_no_greeting = {
	.id = "proto.no_greeting",
	.signature_id = 8004,
	.title = "Server stayed silent",
	.severity = SEV_INFO,
	.cls = CLASS_OBSERVATION,
	.scope = SCOPE_SERVICE,
	.explain = "The port is open and nobody answers: a tarpit, overload, or a firewall.",
	.remedy = "Look at the server and its load, and at what stands between: a tarpit, a "
		"proxy, a firewall that lets the handshake through and nothing else.",
	.refs = (const char *const[]){"RFC 5321 §3.1, §4.5.3.2.1", NULL},
};

const struct finding_row row_proto_service_refused = {
	.id = "proto.service_refused",
	.signature_id = 8005,
	.title = "Server greeted with a refusal",
	.severity = SEV_INFO,
	.cls = CLASS_OBSERVATION,
	.scope = SCOPE_SERVICE,
	.explain = "The door was opened only to say no.",
	.remedy = "Nothing needs to be done if the refusal is meant. Otherwise read the "
		"reason in the text, and for a DNS block list ask that list to remove the "
		"address.",
	.refs = (const char *const[]){"RFC 5321 §3.1",
		"RFC 7504",
		"RFC 9051 §7.1.5", NULL},
};

/* clang-format on */
