#include "ui/screens/session_row.h"
#include "base/clock.h"
#include "base/escape.h"
#include "dissectors/tls/names.h"
#include "output/text.h"
#include "ui/getters.h"

#define R(record) (&((const struct session_row *)(record))->r)

TEXT_COLUMN(user, R(rec)->user, INK_PLAIN)
TEXT_COLUMN(server_name, R(rec)->server_name, INK_PLAIN)
TEXT_COLUMN(client_name, R(rec)->client_name, INK_PLAIN)
TEXT_COLUMN(software, R(rec)->software, INK_DIM)
NUMBER_COLUMN(messages, R(rec)->messages)
NUMBER_COLUMN(logins, R(rec)->logins)
NUMBER_COLUMN(findings, R(rec)->findings)
NUMBER_COLUMN(anomalies, R(rec)->anomalies)
NUMBER_COLUMN(packets, R(rec)->packets)

PUT(number)
{
	uint32_t number = ((const struct session_row *)rec)->number;

	if (number) /* as it is typed behind --session */
		buf_u64(out, number);
	return INK_DIM;
}

CIPHER_COLUMN(R(rec)->tls)
CERT_COLUMNS(R(rec)->cert, R(rec)->tls, R(rec)->first_ns)

/* The texts of a struct tls_info. */
#define OF_TLS(field)                                                                          \
	PUT(field)                                                                             \
	{                                                                                      \
		struct tls_info t;                                                             \
                                                                                               \
		if (cells_tls(s, R(rec)->tls, &t))                                             \
			escape_term(out, t.field);                                             \
		return INK_PLAIN;                                                              \
	}                                                                                      \
	SORT(field)                                                                            \
	{                                                                                      \
		struct tls_info t;                                                             \
                                                                                               \
		cells_tls(s, R(rec)->tls, &t);                                                 \
		return (struct list_key){.text = t.field};                                     \
	}

OF_TLS(sni)
OF_TLS(alpn)
OF_TLS(ja3)
OF_TLS(ja3s)
OF_TLS(ja4)

/* A number of the struct tls_info `t` by its name, where it has one. */
#define OF_TLS_NUMBER(field, number, word, ink)                                                \
	PUT(field)                                                                             \
	{                                                                                      \
		char name[TLS_NUMBER] = "";                                                    \
		const char *text = name;                                                       \
		struct tls_info t;                                                             \
                                                                                               \
		if (cells_tls(s, R(rec)->tls, &t) && (number))                                 \
			text = word;                                                           \
		buf_str(out, text);                                                            \
		return ink;                                                                    \
	}                                                                                      \
	SORT(field)                                                                            \
	{                                                                                      \
		struct tls_info t;                                                             \
                                                                                               \
		return cells_number_key(                                                       \
			cells_tls(s, R(rec)->tls, &t) ? (uint64_t)(number) : 0);               \
	}

OF_TLS_NUMBER(group, t.h.group, tls_group_text(t.h.group, name), INK_PLAIN)
OF_TLS_NUMBER(certificate, t.h.cert, tls_cert_name((enum tls_cert_seen)t.h.cert), INK_DIM)
OF_TLS_NUMBER(tls_alert, t.h.alert_seen ? 1 + t.h.alert : 0, tls_alert_text(t.h.alert, name),
	INK_MEDIUM)
OF_TLS_NUMBER(keys, t.h.keys, tls_keys_name((enum tls_keys)t.h.keys), INK_DIM)

PUT(time)
{
	times_put(&s->times, R(rec)->first_ns, out);
	return INK_PLAIN;
}

SORT(time)
{
	return cells_number_key(R(rec)->flow_id);
}

PUT(date)
{
	times_date(&s->times, R(rec)->first_ns, out);
	return INK_DIM;
}

PUT(lasts)
{
	char text[CLOCK_TEXT];

	buf_str(out, clock_span(R(rec)->last_ns - R(rec)->first_ns, text));
	return INK_DIM;
}

SORT(lasts)
{
	return cells_number_key((uint64_t)(R(rec)->last_ns - R(rec)->first_ns));
}

PUT(proto)
{
	escape_term(out, bytes_str(cells_protocol(R(rec))));
	return R(rec)->proto == PROTO_OTHER ? INK_DIM : INK_PLAIN;
}

SORT(proto)
{
	return (struct list_key){.text = bytes_str(cells_protocol(R(rec)))};
}

HOST_COLUMN(client, &R(rec)->client, INK_CLIENT, cells_addr)
PUT(proxied)
{
	struct endpoint client = feed_client(s->feed, R(rec));

	if (R(rec)->proxied)
		cells_addr(&client, out);
	return INK_CLIENT;
}

SORT(proxied)
{
	struct endpoint client = feed_client(s->feed, R(rec));

	return R(rec)->proxied ? cells_addr_key(&client) : (struct list_key){0};
}

HOST_COLUMN(server, &R(rec)->server, INK_SERVER, cells_endpoint)

PUT(tls)
{
	const struct feed_session *r = R(rec);

	if (r->proto == PROTO_OTHER)
		return INK_PLAIN;
	cells_verdict(s, r->verdict, out);
	if (r->tls_version)
		buf_fmt(out, " %s", cells_tls_version(r->tls_version));
	return cells_verdict_ink(r->verdict);
}

SORT(tls)
{
	return cells_number_key(R(rec)->verdict * UINT64_C(65536) + R(rec)->tls_version);
}

PUT(starttls)
{
	if (R(rec)->proto != PROTO_OTHER)
		buf_str(out, verdict_name((enum verdict)R(rec)->verdict));
	return cells_verdict_ink(R(rec)->verdict);
}

PUT(worst)
{
	if (R(rec)->worst)
		buf_str(out, severity_name((enum severity)R(rec)->worst));
	return theme_severity(R(rec)->worst);
}

SORT(worst)
{
	return cells_number_key(R(rec)->worst);
}

PUT(bytes)
{
	cells_size(R(rec)->bytes, out);
	return INK_PLAIN;
}

SORT(bytes)
{
	return cells_number_key(R(rec)->bytes);
}

PUT(state)
{
	if (!(R(rec)->flags & SESSION_ENDED))
		buf_str(out, "open");
	else if (R(rec)->reason != FLOW_OPEN)
		buf_str(out, flow_reason_name((enum flow_reason)R(rec)->reason));
	return R(rec)->flags & SESSION_ENDED ? INK_DIM : INK_GOOD;
}

SORT(state)
{
	return cells_number_key(
		(uint64_t)(R(rec)->flags & SESSION_ENDED) << 8 | R(rec)->reason);
}

/* clang-format off */
const struct list_column session_columns[] = {
	{"number", "#", 7, 7, 7, 3, true, put_number, sort_time, true},
	{"date", "DATE", 10, 10, 10, 7, false, put_date, sort_time, true},
	{"time", "TIME", LIST_TIME, 1, false, put_time, sort_time, true},
	{"proto", "PROTO", 5, 5, 5, 1, false, put_proto, sort_proto},
	{"client", "CLIENT", 15, 13, 39, 0, false, put_client, sort_client},
	{"server", "SERVER", 21, 16, 45, 0, false, put_server, sort_server},
	{"server_name", "SERVER NAME", 20, 12, 40, 4, false, put_server_name, sort_server_name},
	{"client_name", "CLIENT NAME", 19, 12, 40, 8, false, put_client_name, sort_client_name},
	{"user", "USER", 12, 7, 40, 2, false, put_user, sort_user},
	{"tls", "TLS", 6, 6, 6, 1, false, put_tls, sort_tls},
	{"starttls", "STARTTLS", 14, 14, 18, 5, false, put_starttls, sort_tls},
	{"logins", "LOGIN", 5, 5, 7, 9, true, put_logins, sort_logins},
	{"messages", "MSGS", 5, 4, 7, 2, true, put_messages, sort_messages},
	{"worst", "WORST", 8, 8, 8, 0, false, put_worst, sort_worst},
	{"findings", "FIND", 5, 5, 6, 6, true, put_findings, sort_findings},
	{"anomalies", "ODD", 5, 4, 6, 10, true, put_anomalies, sort_anomalies},
	{"state", "STATE", 7, 5, 7, 3, false, put_state, sort_state},
	{"lasts", "LASTS", 6, 6, 6, 4, true, put_lasts, sort_lasts},
	{"packets", "PKTS", 7, 6, 10, 11, true, put_packets, sort_packets},
	{"bytes", "BYTES", 5, 5, 5, 11, true, put_bytes, sort_bytes},
	{"cert_days", "DAYS", 5, 4, 6, 12, true, put_cert_days, sort_cert_days},
	{"sni", "SNI", 20, 12, 40, 13, false, put_sni, sort_sni},
	{"cipher", "CIPHER", 28, 22, 46, 14, false, put_cipher, sort_cipher},
	{"software", "SOFTWARE", 20, 12, 40, 15, false, put_software, sort_software},
	{"cert_trust", "TRUST", 14, 10, 30, 16, false, put_cert_trust, sort_cert_trust},
	{"cert", "CERTIFICATE", 24, 14, 60, 17, false, put_cert, sort_cert},
	{"tls_alert", "ALERT", 18, 10, 30, 18, false, put_tls_alert, sort_tls_alert},
	{"group", "GROUP", 14, 9, 18, 19, false, put_group, sort_group},
	{"alpn", "ALPN", 6, 5, 12, 20, false, put_alpn, sort_alpn},
	{"certificate", "CERT", 6, 6, 6, 21, false, put_certificate, sort_certificate},
	{"keys", "KEYS", 12, 9, 12, 22, false, put_keys, sort_keys},
	{"ja4", "JA4", 36, 36, 36, 23, false, put_ja4, sort_ja4},
	{"ja3", "JA3", 32, 32, 32, 24, false, put_ja3, sort_ja3},
	{"ja3s", "JA3S", 32, 32, 32, 25, false, put_ja3s, sort_ja3s},
	{"proxied", "PROXIED", 15, 13, 39, 26, false, put_proxied, sort_proxied},
	{NULL},
};
/* clang-format on */
