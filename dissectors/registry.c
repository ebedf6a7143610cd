#include "dissectors/dissector.h"

const struct dissector *const dissectors[] = {
	&smtp_dissector,
	&imap_dissector,
	&pop3_dissector,
	&tls_dissector,
	&dns_dissector,
	NULL,
};

const struct dis_limits dis_limits_default = {
	.line_bytes = 64 << 10,
	.reply_bytes = 256 << 10,
	.auth_bytes = 128 << 10,
	.wait_bytes = 1 << 20,
	.secret_bytes = 64 << 10,
	.secret_ns = INT64_C(2000000000),
	.elsewhere_bytes = 64 << 10,
	.queue = 1024,
	.list_depth = 64,
	.caps = 256,
	.inflate_ratio = 1000,
	.dns_records = 256,
	.probe_bytes = 4096,
	.awake = 256,
	.wait_segments = 16,
};

/* IANA: smtp, submissions, submission, pop3, pop3s, imap, imaps, imap3; habit: 2525, LMTP
 * on 24. */
const uint16_t mail_ports[] = {25, 465, 587, 2525, 24, 110, 995, 143, 993, 220, 0};

bool
mail_port(uint16_t port)
{
	for (const uint16_t *p = mail_ports; *p; p++) {
		if (*p == port)
			return true;
	}
	return false;
}

bool
mail_port_implicit_tls(uint16_t port)
{
	return port == 465 || port == 993 || port == 995;
}
