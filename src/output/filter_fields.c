#include "output/filter_int.h"
#include "base/clock.h"
#include "dissectors/tls/names.h"
#include "model/peer_cert.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define TEXT_GETTER(name, expr)                                                                \
	static bool get_##name(const struct session *s, const struct filter_each *x)           \
	{                                                                                      \
		return filter_offer_text(x, expr);                                             \
	}
#define NUMBER_GETTER(name, expr)                                                              \
	static bool get_##name(const struct session *s, const struct filter_each *x)           \
	{                                                                                      \
		return filter_offer_number(x, (int64_t)(expr));                                \
	}

TEXT_GETTER(service, bytes_str(service_name(s->service)))
TEXT_GETTER(role, bytes_str(role_name(s->role)))
TEXT_GETTER(starttls, bytes_str(verdict_name(s->verdict)))
TEXT_GETTER(reason,
	bytes_str(s->flow->reason == FLOW_OPEN ? "" : flow_reason_name(s->flow->reason)))
TEXT_GETTER(user, session_text(s, TEXT_USER))
TEXT_GETTER(banner, s->greeting->banner)
TEXT_GETTER(server_name, s->greeting->server_name)
TEXT_GETTER(name, peer_cert_reference(s, &(enum reference){0}))
TEXT_GETTER(name_from, bytes_str(peer_cert_reference_of(s)))
TEXT_GETTER(client_name, session_text(s, TEXT_CLIENT_NAME))
TEXT_GETTER(mailbox, session_text(s, TEXT_MAILBOX))
NUMBER_GETTER(port, s->flow->server.port)
NUMBER_GETTER(client_port, s->flow->client.port)
NUMBER_GETTER(tls, s->tls)
NUMBER_GETTER(severity, s->worst)
NUMBER_GETTER(logins, s->logins)
NUMBER_GETTER(accepted, s->authenticated)
NUMBER_GETTER(exposed, session_has(s, AT_SECRET_CLEAR))
NUMBER_GETTER(messages, s->messages)
NUMBER_GETTER(transactions, s->transactions)
NUMBER_GETTER(commands, s->commands)
NUMBER_GETTER(replies, s->replies)
NUMBER_GETTER(anomalies, s->anomalies)
NUMBER_GETTER(findings, s->findings)
NUMBER_GETTER(packets, s->flow->side[0].packets + s->flow->side[1].packets)
NUMBER_GETTER(bytes, s->flow->side[0].bytes + s->flow->side[1].bytes)
NUMBER_GETTER(duration, s->flow->last_ns - s->flow->first_ns)
NUMBER_GETTER(start, s->flow->first_ns)
NUMBER_GETTER(end, s->flow->last_ns)
NUMBER_GETTER(midstream, s->flow->midstream)
NUMBER_GETTER(one_sided, s->one_sided)
NUMBER_GETTER(gaps, s->flow->side[0].gaps + s->flow->side[1].gaps)
NUMBER_GETTER(compressed, s->deflate)
NUMBER_GETTER(flow_id, s->flow->id)
NUMBER_GETTER(decrypted, s->tls_seen && s->tls_seen->keys == TLS_KEYS_DECRYPTED)

static const struct tls_seen tls_none = {
	.client = &tls_client_none, .server = &tls_server_none};

static const struct tls_seen *
tls_of(const struct session *s)
{
	return s->tls_seen ? s->tls_seen : &tls_none;
}

TEXT_GETTER(sni, tls_of(s)->client->sni)
TEXT_GETTER(ja3, bytes_str(tls_of(s)->client->ja3))
TEXT_GETTER(ja3s, bytes_str(tls_of(s)->server->ja3s))
TEXT_GETTER(ja4, bytes_str(tls_of(s)->client->ja4))
TEXT_GETTER(certificate, bytes_str(tls_cert_name(tls_cert_of(tls_of(s)))))
NUMBER_GETTER(resumed, tls_of(s)->resumed)
TEXT_GETTER(keys, bytes_str(tls_keys_name((enum tls_keys)tls_of(s)->keys)))

static bool
get_tls_version(const struct session *s, const struct filter_each *x)
{
	char number[TLS_NUMBER];
	struct bytes name;

	if (!tls_of(s)->version)
		return false;
	name = bytes_str(tls_version_text(tls_of(s)->version, number));
	/* "TLS 1.2", and 1.2 without quotation marks */
	return filter_offer_text(x, name) || filter_offer_text(x, bytes_from(name, 4));
}

static bool
get_cipher(const struct session *s, const struct filter_each *x)
{
	const struct tls_seen *t = tls_of(s);
	char number[TLS_NUMBER];

	return t->cipher &&
	       filter_offer_text(x, bytes_str(tls_suite_text(t->version, t->cipher, number)));
}

static bool
get_group(const struct session *s, const struct filter_each *x)
{
	char number[TLS_NUMBER];

	return tls_of(s)->group &&
	       filter_offer_text(x, bytes_str(tls_group_text(tls_of(s)->group, number)));
}

static bool
get_tls_alert(const struct session *s, const struct filter_each *x)
{
	char number[TLS_NUMBER];

	return tls_of(s)->alert_seen &&
	       filter_offer_text(x, bytes_str(tls_alert_text(tls_of(s)->alert, number)));
}

/* The chosen one and all that were offered. */
static bool
get_alpn(const struct session *s, const struct filter_each *x)
{
	struct bytes list = tls_of(s)->client->alpn;

	if (filter_offer_text(x, session_text(s, TEXT_ALPN)))
		return true;
	while (list.n) {
		if (filter_offer_text(x, bytes_sub(list, 1, list.p[0])))
			return true;
		list = bytes_from(list, 1 + (size_t)list.p[0]);
	}
	return false;
}

static bool
get_cert(const struct session *s, const struct filter_each *x)
{
	const struct cert *c = peer_cert(s);

	return c && (filter_offer_text(x, c->subject) || filter_offer_text(x, c->issuer) ||
			    filter_offer_text(x, c->sans));
}

static bool
get_cert_days(const struct session *s, const struct filter_each *x)
{
	int64_t days;

	return peer_cert_days(s, &days) && filter_offer_number(x, days);
}

static bool
get_proto(const struct session *s, const struct filter_each *x)
{
	return filter_offer_text(x, bytes_str(session_protocol(s)));
}

static bool
get_client(const struct session *s, const struct filter_each *x)
{
	const struct endpoint behind = session_client(s);

	return filter_offer_addr(x, &s->flow->client) || filter_offer_addr(x, &behind);
}

static bool
get_server(const struct session *s, const struct filter_each *x)
{
	return filter_offer_addr(x, &s->flow->server);
}

static bool
get_address(const struct session *s, const struct filter_each *x)
{
	return get_client(s, x) || get_server(s, x);
}

/* Whatever names the peers gave. */
static bool
get_host(const struct session *s, const struct filter_each *x)
{
	return filter_offer_text(x, s->greeting->server_name) ||
	       filter_offer_text(x, session_text(s, TEXT_DNS_NAME)) ||
	       filter_offer_text(x, session_text(s, TEXT_CLIENT_NAME)) ||
	       filter_offer_text(x, s->greeting->banner);
}

static bool
get_software(const struct session *s, const struct filter_each *x)
{
	return filter_offer_text(x, session_software(s)) ||
	       filter_offer_text(x, session_text(s, TEXT_CLIENT_SOFTWARE));
}

static bool
get_vlan(const struct session *s, const struct filter_each *x)
{
	for (unsigned i = 0; i < s->flow->n_vlan; i++)
		if (filter_offer_number(x, s->flow->vlan[i]))
			return true;
	return false;
}

static bool
get_capability(const struct session *s, const struct filter_each *x)
{
	const struct caps *lists[] = {s->caps_clear, s->caps_tls};

	for (size_t l = 0; l < 2; l++)
		for (size_t i = 0; i < lists[l]->n; i++)
			if (filter_offer_text(x, lists[l]->items[i]))
				return true;
	return false;
}

static const char *const protos[] = {
	"smtp", "lmtp", "pop3", "imap", "tls", "other", "unknown", NULL};
static const char *const services[] = {"smtp", "submission", "smtps", "lmtp", "pop3", "pop3s",
	"imap", "imaps", "unknown", NULL};
static const char *const roles[] = {
	"relay", "mx", "submission", "access", "delivery", "unknown", NULL};
static const char *const verdicts[] = {"implicit", "upgraded", "upgraded_after_use",
	"offered_unused", "not_offered", "refused", "failed", "stripped", "not_observable",
	NULL};
static const char *const reasons[] = {"fin", "rst", "timeout", "eof", "evicted", NULL};
static const char *const tls_versions[] = {"1.0", "1.1", "1.2", "1.3", NULL};
static const char *const certificates[] = {"seen", "hidden", "none", NULL};
static const char *const key_states[] = {
	"decrypted", "no_secret", "wrong_secret", "unsupported", "lost", NULL};
static const char *const bools[] = {"true", "false", NULL};
static const char *const severities[] = {
	"info", "low", "medium", "high", "critical", "none", NULL};

/* clang-format off */
#define FIELDS(X) \
	X(proto, TYPE_TEXT, "what is spoken, or the name of what it is instead of mail", protos) \
	X(service, TYPE_NAME, "what port and dialogue say together", services) \
	X(role, TYPE_NAME, "what the session is for", roles) \
	X(starttls, TYPE_NAME, "the STARTTLS verdict", verdicts) \
	X(tls, TYPE_BOOL, "TLS was established", bools) \
	X(tls_version, TYPE_TEXT, "version that was chosen: 1.2, or \"SSL 3.0\"", tls_versions) \
	X(cipher, TYPE_TEXT, "cipher suite that was chosen, by IANA's name", NULL) \
	X(group, TYPE_TEXT, "group of the key exchange", NULL) \
	X(sni, TYPE_TEXT, "server name that the client asked for in TLS", NULL) \
	X(alpn, TYPE_TEXT, "protocols offered or chosen in TLS", NULL) \
	X(ja3, TYPE_TEXT, "fingerprint of the client's hello, JA3", NULL) \
	X(ja3s, TYPE_TEXT, "fingerprint of the server's hello, JA3S", NULL) \
	X(ja4, TYPE_TEXT, "fingerprint of the client's hello, JA4", NULL) \
	X(certificate, TYPE_NAME, "was the server's certificate to be seen?", certificates) \
	X(resumed, TYPE_BOOL, "TLS went on with an earlier session's keys", bools) \
	X(tls_alert, TYPE_TEXT, "alert that ended the handshake", NULL) \
	X(keys, TYPE_NAME, "what became of decryption with a key log", key_states) \
	X(cert, TYPE_TEXT, "subject, issuer or a name of the server's certificate, where it was seen", NULL) \
	X(cert_days, TYPE_NUMBER, "days that it was still valid; cert_days == 0 is the last day", NULL) \
	X(decrypted, TYPE_BOOL, "what is inside of TLS was read with a key log", bools) \
	X(client, TYPE_ADDRESS, "address of the client, or a network: client == 10.0.0.0/8", NULL) \
	X(server, TYPE_ADDRESS, "address of the server, or a network", NULL) \
	X(address, TYPE_ADDRESS, "address of either end, or a network", NULL) \
	X(port, TYPE_NUMBER, "port of the server", NULL) \
	X(client_port, TYPE_NUMBER, "port of the client", NULL) \
	X(host, TYPE_TEXT, "any name of the peers: greeting, server name, DNS name, HELO name", NULL) \
	X(banner, TYPE_TEXT, "the server's greeting", NULL) \
	X(server_name, TYPE_TEXT, "what the server calls itself", NULL) \
	X(name, TYPE_TEXT, "the server's name: SNI, else what the client asked DNS for, else its own word", NULL) \
	X(name_from, TYPE_TEXT, "where name comes from: SNI, DNS, greeting", NULL) \
	X(client_name, TYPE_TEXT, "what the client calls itself", NULL) \
	X(software, TYPE_TEXT, "software that either end names", NULL) \
	X(capability, TYPE_TEXT, "a line or word of the capability lists", NULL) \
	X(user, TYPE_TEXT, "account of the last login", NULL) \
	X(logins, TYPE_NUMBER, "login attempts", NULL) \
	X(accepted, TYPE_BOOL, "a login was accepted", bools) \
	X(exposed, TYPE_BOOL, "a password or token was sent in clear", bools) \
	X(mailbox, TYPE_TEXT, "IMAP mailbox selected last", NULL) \
	X(severity, TYPE_SEVERITY, "its worst finding", severities) \
	X(findings, TYPE_NUMBER, "findings made in it", NULL) \
	X(anomalies, TYPE_NUMBER, "rules of the protocol broken", NULL) \
	X(messages, TYPE_NUMBER, "messages transferred", NULL) \
	X(transactions, TYPE_NUMBER, "SMTP transactions", NULL) \
	X(commands, TYPE_NUMBER, "commands of the client", NULL) \
	X(replies, TYPE_NUMBER, "replies of the server", NULL) \
	X(packets, TYPE_NUMBER, "packets, both directions", NULL) \
	X(bytes, TYPE_BYTES, "payload bytes, both directions: bytes > 10M", NULL) \
	X(duration, TYPE_SPAN, "from the first packet to the last: duration >= 5m", NULL) \
	X(start, TYPE_TIME, "time of the first packet, UTC: start >= 2026-11-22T10:00", NULL) \
	X(end, TYPE_TIME, "time of the last packet, UTC", NULL) \
	X(reason, TYPE_NAME, "how the connection ended", reasons) \
	X(midstream, TYPE_BOOL, "its beginning was not captured", bools) \
	X(one_sided, TYPE_BOOL, "only one direction was captured", bools) \
	X(gaps, TYPE_NUMBER, "holes in the captured streams", NULL) \
	X(compressed, TYPE_BOOL, "COMPRESS=DEFLATE was used", bools) \
	X(vlan, TYPE_NUMBER, "VLAN identifier", NULL) \
	X(flow_id, TYPE_NUMBER, "number of the connection in this run", NULL)
/* clang-format on */

static const struct filter_field fields[] = {
#define X(name, type, help, values) {#name, help, values},
	FIELDS(X)
#undef X
		{NULL, NULL, NULL}};

static const struct filter_row rows[] = {
#define X(name, type, help, values) {type, get_##name},
	FIELDS(X)
#undef X
};

const struct filter_field *
filter_fields(void)
{
	return fields;
}

const struct filter_row *
filter_row(size_t i)
{
	return &rows[i];
}

struct unit {
	const char *name;
	int64_t factor;
};
static const struct unit count_units[] = {
	{"", 1}, {"k", 1000}, {"m", 1000000}, {"g", 1000000000}, {NULL, 0}};
static const struct unit byte_units[] = {{"", 1}, {"b", 1}, {"k", 1 << 10}, {"kb", 1 << 10},
	{"m", 1 << 20}, {"mb", 1 << 20}, {"g", 1 << 30}, {"gb", 1 << 30}, {NULL, 0}};
static const struct unit span_units[] = {{"", NS_PER_S}, {"ms", NS_PER_MS}, {"s", NS_PER_S},
	{"m", 60 * NS_PER_S}, {"h", 3600 * NS_PER_S}, {"d", 86400 * NS_PER_S}, {NULL, 0}};

static bool
with_unit(struct bytes text, const struct unit *units, int64_t *ret)
{
	size_t n = 0;
	uint64_t v;

	while (n < text.n && text.p[n] >= '0' && text.p[n] <= '9')
		n++;
	if (!bytes_u64(bytes_sub(text, 0, n), INT64_MAX, &v))
		return false;
	for (; units->name; units++) {
		if (bytes_iis(bytes_from(text, n), units->name)) {
			if ((int64_t)v > INT64_MAX / units->factor)
				return false;
			*ret = (int64_t)v * units->factor;
			return true;
		}
	}
	return false;
}

/* Days that a certificate was over are below zero. */
static bool
parse_number(struct bytes text, int64_t *ret)
{
	bool minus = text.n && text.p[0] == '-';

	if (!with_unit(bytes_from(text, minus), count_units, ret))
		return false;
	*ret = minus ? -*ret : *ret;
	return true;
}

static bool
parse_bool(struct bytes text, int64_t *ret)
{
	static const char *const yes[] = {"true", "yes", "1", "on"}, *const no[] = {"false",
									     "no", "0", "off"};

	for (size_t i = 0; i < 4; i++) {
		if (bytes_iis(text, yes[i]) || bytes_iis(text, no[i])) {
			*ret = bytes_iis(text, yes[i]);
			return true;
		}
	}
	return false;
}

static bool
parse_severity(struct bytes text, int64_t *ret)
{
	enum severity sev;

	*ret = SEV_NONE;
	if (bytes_iis(text, "none"))
		return true;
	if (!severity_parse(text, &sev))
		return false;
	*ret = sev;
	return true;
}

/* 2026-11-22, with T10:00 or T10:00:00 behind it; a Z at the end changes nothing. */
static bool
parse_time(struct bytes text, int64_t *ret)
{
	char copy[32];
	struct tm tm = {0};
	const char *end;

	if (text.n >= sizeof(copy))
		return false;
	memcpy(copy, text.p, text.n);
	copy[text.n] = '\0';
	end = strptime(copy, "%Y-%m-%d", &tm);
	if (end && *end == 'T')
		end = strptime(end + 1, "%H:%M", &tm);
	if (end && *end == ':')
		end = strptime(end + 1, "%S", &tm);
	if (!end || (strcmp(end, "") != 0 && strcmp(end, "Z") != 0) || tm.tm_year < 70 ||
		tm.tm_year > 300)
		return false;
	*ret = (int64_t)timegm(&tm) * NS_PER_S;
	return true;
}

static bool
parse_address(struct bytes text, struct filter_value *ret)
{
	size_t slash = bytes_find(text, '/');
	char copy[ENDPOINT_TEXT];
	uint64_t bits;

	if (slash >= sizeof(copy))
		return false;
	memcpy(copy, text.p, slash);
	copy[slash] = '\0';
	if (inet_pton(AF_INET, copy, ret->addr.addr) == 1)
		ret->addr.family = 4;
	else if (inet_pton(AF_INET6, copy, ret->addr.addr) == 1)
		ret->addr.family = 6;
	else
		return false;
	bits = ret->addr.family == 4 ? 32 : 128;
	if (slash < text.n && !bytes_u64(bytes_from(text, slash + 1), bits, &bits))
		return false;
	ret->prefix = (unsigned)bits;
	ret->is_addr = true;
	return true;
}

bool
filter_value_parse(enum filter_type type, struct bytes text, struct filter_value *ret,
	const char **ret_error)
{
	ret->text = text;
	switch (type) {
	case TYPE_TEXT:
	case TYPE_NAME:
		return true;
	case TYPE_NUMBER:
		*ret_error = "expected a number, with k, M or G at most";
		return parse_number(text, &ret->number);
	case TYPE_BYTES:
		*ret_error = "expected a number of bytes: 512, 10k, 3M, 1G";
		return with_unit(text, byte_units, &ret->number);
	case TYPE_SPAN:
		*ret_error = "expected a time span: 500ms, 30s, 5m, 2h, 1d";
		return with_unit(text, span_units, &ret->number);
	case TYPE_TIME:
		*ret_error = "expected a time in UTC: 2026-11-22 or 2026-11-22T10:00:00";
		return parse_time(text, &ret->number);
	case TYPE_BOOL:
		*ret_error = "expected true or false";
		return parse_bool(text, &ret->number);
	case TYPE_SEVERITY:
		*ret_error = "expected info, low, medium, high, critical or none";
		return parse_severity(text, &ret->number);
	case TYPE_ADDRESS:
		*ret_error = "expected an address or a network: 192.0.2.1, 10.0.0.0/8, "
			     "2001:db8::/32";
		return parse_address(text, ret);
	}
	return false;
}
