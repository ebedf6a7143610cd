#include "output/columns.h"
#include "dissectors/tls/names.h"
#include "model/peer_cert.h"
#include "output/nearest.h"

#include <errno.h>
#include <string.h>

const char columns_table_default[] =
	"number,time,proto,client,server,user,starttls,messages,worst";
const char columns_data_default[] =
	"number,flow_id,start,end,proto,service,role,client,server,user,logins,accepted,"
	"starttls,tls,messages,commands,replies,"
	"worst,findings,anomalies,packets,bytes,gaps,gap_bytes,midstream,reason,server_name,"
	"client_name,software,tls_version,cipher,sni,certificate";

static struct cell
cell_text(struct bytes b)
{
	return (struct cell){.kind = b.n ? CELL_TEXT : CELL_NONE, .text = b};
}

#define TEXT(name, expr)                                                                       \
	static struct cell get_##name(                                                         \
		const struct session *s, uint64_t number, struct buf *scratch)                 \
	{                                                                                      \
		return cell_text(expr);                                                        \
	}
#define VALUE(name, what, expr)                                                                \
	static struct cell get_##name(                                                         \
		const struct session *s, uint64_t number, struct buf *scratch)                 \
	{                                                                                      \
		return (struct cell){.kind = what, .n = (int64_t)(expr)};                      \
	}

VALUE(number, CELL_NUMBER, number)
VALUE(flow_id, CELL_NUMBER, s->flow->id)
VALUE(time, CELL_TIME, s->flow->first_ns)
VALUE(end, CELL_TIME, s->flow->last_ns)
VALUE(duration, CELL_SPAN, s->flow->last_ns - s->flow->first_ns)
TEXT(proto, bytes_str(session_protocol(s)))
TEXT(service, bytes_str(service_name(s->service)))
TEXT(role, bytes_str(role_name(s->role)))
TEXT(user, session_text(s, TEXT_USER))
TEXT(starttls, bytes_str(s->proto == PROTO_OTHER ? "" : verdict_name(s->verdict)))
TEXT(verdict_why, bytes_str(verdict_why_text(s->why)))
TEXT(worst, bytes_str(s->worst ? severity_name((enum severity)s->worst) : ""))
TEXT(reason, bytes_str(s->flow->reason == FLOW_OPEN ? "" : flow_reason_name(s->flow->reason)))
TEXT(server_name, s->greeting->server_name)
TEXT(name, peer_cert_reference(s, &(enum reference){0}))
TEXT(name_from, bytes_str(peer_cert_reference_of(s)))
TEXT(client_name, session_text(s, TEXT_CLIENT_NAME))
TEXT(software, session_software(s))
TEXT(client_software, session_text(s, TEXT_CLIENT_SOFTWARE))
TEXT(banner, s->greeting->banner)
TEXT(mailbox, session_text(s, TEXT_MAILBOX))
VALUE(tls, CELL_BOOL, s->tls)
VALUE(accepted, CELL_BOOL, s->authenticated)
VALUE(exposed, CELL_BOOL, session_has(s, AT_SECRET_CLEAR))
VALUE(midstream, CELL_BOOL, s->flow->midstream)
VALUE(one_sided, CELL_BOOL, s->one_sided)
VALUE(compressed, CELL_BOOL, s->deflate)
VALUE(logins, CELL_NUMBER, s->logins)
VALUE(messages, CELL_NUMBER, s->messages)
VALUE(transactions, CELL_NUMBER, s->transactions)
VALUE(commands, CELL_NUMBER, s->commands)
VALUE(replies, CELL_NUMBER, s->replies)
VALUE(findings, CELL_NUMBER, s->findings)
VALUE(anomalies, CELL_NUMBER, s->anomalies)
VALUE(packets, CELL_NUMBER, s->flow->side[0].packets + s->flow->side[1].packets)
VALUE(bytes, CELL_NUMBER, s->flow->side[0].bytes + s->flow->side[1].bytes)
VALUE(gaps, CELL_NUMBER, s->flow->side[0].gaps + s->flow->side[1].gaps)
VALUE(gap_bytes, CELL_NUMBER, s->flow->side[0].gap_bytes + s->flow->side[1].gap_bytes)
VALUE(first_packet, CELL_NUMBER, s->flow->first_packet)
VALUE(client_port, CELL_NUMBER, s->flow->client.port)
VALUE(server_port, CELL_NUMBER, s->flow->server.port)

static const struct tls_seen tls_none = {
	.client = &tls_client_none, .server = &tls_server_none};

static const struct tls_seen *
tls_of(const struct session *s)
{
	return s->tls_seen ? s->tls_seen : &tls_none;
}

/* A number of TLS by its name, or by itself. */
static struct cell
cell_named(uint16_t id, const char *(*name)(uint16_t id, char out[TLS_NUMBER]),
	struct buf *scratch)
{
	char number[TLS_NUMBER];

	if (!id)
		return (struct cell){.kind = CELL_NONE};
	buf_str(scratch, name(id, number));
	return cell_text(buf_bytes(scratch));
}

static struct cell
get_tls_version(const struct session *s, uint64_t number, struct buf *scratch)
{
	return cell_named(tls_of(s)->version, tls_version_text, scratch);
}

static struct cell
get_group(const struct session *s, uint64_t number, struct buf *scratch)
{
	return cell_named(tls_of(s)->group, tls_group_text, scratch);
}

static struct cell
get_cipher(const struct session *s, uint64_t number, struct buf *scratch)
{
	const struct tls_seen *t = tls_of(s);
	char id[TLS_NUMBER];

	if (t->cipher)
		buf_str(scratch, tls_suite_text(t->version, t->cipher, id));
	return cell_text(buf_bytes(scratch));
}

static struct cell
get_tls_alert(const struct session *s, uint64_t number, struct buf *scratch)
{
	char id[TLS_NUMBER];

	if (tls_of(s)->alert_seen)
		buf_str(scratch, tls_alert_text(tls_of(s)->alert, id));
	return cell_text(buf_bytes(scratch));
}

TEXT(sni, tls_of(s)->client->sni)
TEXT(alpn, session_text(s, TEXT_ALPN))
TEXT(ja3, bytes_str(tls_of(s)->client->ja3))
TEXT(ja3s, bytes_str(tls_of(s)->server->ja3s))
TEXT(ja4, bytes_str(tls_of(s)->client->ja4))
TEXT(certificate, bytes_str(tls_cert_name(tls_cert_of(tls_of(s)))))
TEXT(keys, bytes_str(tls_keys_name((enum tls_keys)tls_of(s)->keys)))

static struct cell
get_client(const struct session *s, uint64_t number, struct buf *scratch)
{
	char text[ENDPOINT_TEXT];

	buf_str(scratch, endpoint_addr(&s->flow->client, text));
	return cell_text(buf_bytes(scratch));
}

static struct cell
get_proxied(const struct session *s, uint64_t number, struct buf *scratch)
{
	const struct ev_proxy p = session_proxied(s);
	char text[ENDPOINT_TEXT];

	if (p.known)
		buf_str(scratch, endpoint_addr(&p.src, text));
	return cell_text(buf_bytes(scratch));
}

static struct cell
get_server(const struct session *s, uint64_t number, struct buf *scratch)
{
	char text[ENDPOINT_TEXT + 8];

	buf_str(scratch, endpoint_text(&s->flow->server, text));
	return cell_text(buf_bytes(scratch));
}

static struct cell
get_vlan(const struct session *s, uint64_t number, struct buf *scratch)
{
	for (unsigned i = 0; i < s->flow->n_vlan; i++)
		buf_fmt(scratch, i ? ".%u" : "%u", s->flow->vlan[i]);
	return cell_text(buf_bytes(scratch));
}

static struct cell
get_cert(const struct session *s, uint64_t number, struct buf *scratch)
{
	const struct cert *c = peer_cert(s);

	return cell_text(c ? c->subject : BYTES_NONE);
}

static struct cell
get_cert_days(const struct session *s, uint64_t number, struct buf *scratch)
{
	struct cell c = {.kind = CELL_NUMBER};

	if (!peer_cert_days(s, &c.n))
		c.kind = CELL_NONE;
	return c;
}

static struct cell
get_cert_trust(const struct session *s, uint64_t number, struct buf *scratch)
{
	return cell_text(bytes_str(
		peer_cert(s)
			? trust_verdict_name((enum trust_verdict)s->tls_seen->trust.verdict)
			: NULL));
}

/* clang-format off */
const struct column columns_all[] = {
	{"number", "#", 0, true, false, get_number},
	{"time", "TIME", 0, false, false, get_time},
	{"start", "START", 0, false, false, get_time},
	{"end", "END", 0, false, false, get_end},
	{"duration", "LASTS", 0, true, false, get_duration},
	{"proto", "PROTO", 0, false, false, get_proto},
	{"service", "SERVICE", 0, false, false, get_service},
	{"role", "ROLE", 0, false, false, get_role},
	{"client", "CLIENT", 15, false, false, get_client},
	{"client_port", "CPORT", 0, true, false, get_client_port},
	{"proxied", "PROXIED", 15, false, false, get_proxied},
	{"server", "SERVER", 21, false, false, get_server},
	{"server_port", "SPORT", 0, true, false, get_server_port},
	{"user", "USER", 6, false, false, get_user},
	{"logins", "LOGINS", 0, true, false, get_logins},
	{"accepted", "ACCEPTED", 0, false, false, get_accepted},
	{"exposed", "EXPOSED", 0, false, false, get_exposed},
	{"starttls", "STARTTLS", 8, false, false, get_starttls},
	{"verdict_why", "WHY", 8, false, false, get_verdict_why},
	{"tls", "TLS", 0, false, false, get_tls},
	{"tls_version", "VERSION", 0, false, false, get_tls_version},
	{"cipher", "CIPHER", 12, false, false, get_cipher},
	{"group", "GROUP", 6, false, false, get_group},
	{"sni", "SNI", 8, false, true, get_sni},
	{"alpn", "ALPN", 0, false, true, get_alpn},
	{"certificate", "CERT", 0, false, false, get_certificate},
	{"tls_alert", "ALERT", 0, false, false, get_tls_alert},
	{"keys", "KEYS", 0, false, false, get_keys},
	{"ja3", "JA3", 8, false, false, get_ja3},
	{"ja3s", "JA3S", 8, false, false, get_ja3s},
	{"ja4", "JA4", 8, false, false, get_ja4},
	{"cert", "CERTIFICATE", 12, false, true, get_cert},
	{"cert_days", "DAYS", 0, true, false, get_cert_days},
	{"cert_trust", "TRUST", 0, false, false, get_cert_trust},
	{"messages", "MSGS", 0, true, false, get_messages},
	{"transactions", "MAILS", 0, true, false, get_transactions},
	{"commands", "CMDS", 0, true, false, get_commands},
	{"replies", "REPLIES", 0, true, false, get_replies},
	{"worst", "WORST", 0, false, false, get_worst},
	{"findings", "FINDINGS", 0, true, false, get_findings},
	{"anomalies", "ODD", 0, true, false, get_anomalies},
	{"packets", "PACKETS", 0, true, false, get_packets},
	{"bytes", "BYTES", 0, true, false, get_bytes},
	{"gaps", "GAPS", 0, true, false, get_gaps},
	{"gap_bytes", "MISSING", 0, true, false, get_gap_bytes},
	{"midstream", "MIDSTREAM", 0, false, false, get_midstream},
	{"one_sided", "ONESIDED", 0, false, false, get_one_sided},
	{"compressed", "COMPRESSED", 0, false, false, get_compressed},
	{"reason", "END", 0, false, false, get_reason},
	{"server_name", "SERVER NAME", 8, false, true, get_server_name},
	{"name", "NAME", 8, false, true, get_name},
	{"name_from", "NAME BY", 0, false, false, get_name_from},
	{"client_name", "CLIENT NAME", 8, false, true, get_client_name},
	{"software", "SOFTWARE", 8, false, true, get_software},
	{"client_software", "CLIENT SOFTWARE", 8, false, true, get_client_software},
	{"banner", "BANNER", 8, false, true, get_banner},
	{"mailbox", "MAILBOX", 8, false, true, get_mailbox},
	{"vlan", "VLAN", 0, false, false, get_vlan},
	{"first_packet", "PACKET", 0, true, false, get_first_packet},
	{"flow_id", "FLOW", 0, true, false, get_flow_id},
	{NULL},
};
/* clang-format on */

bool
column_is_number(const struct column *c)
{
	return c->get == get_number;
}

static int
unknown(struct bytes name, struct err *e)
{
	struct nearest near;
	struct buf text;

	nearest_init(&near, name);
	for (const struct column *c = columns_all; c->name; c++)
		nearest_offer(&near, c->name);
	buf_init(&text, 640);
	nearest_put(&near, &text);
	if (!text.n) { /* nothing is near: all of them, in a text that err.h has room for */
		buf_str(&text, "; there are");
		for (const struct column *c = columns_all; c->name; c++)
			buf_fmt(&text, "%s %s", c == columns_all ? "" : ",", c->name);
	}
	err_set(e, -EINVAL, "--columns: no column is called '%.*s'%s",
		(int)(name.n < 40 ? name.n : 40), (const char *)name.p, buf_text(&text));
	buf_done(&text);
	return -EINVAL;
}

int
columns_parse(const char *list, struct columns *ret, struct err *e)
{
	struct bytes rest = bytes_str(list);

	ret->n = 0;
	while (rest.n) {
		size_t comma = bytes_find(rest, ',');
		struct bytes name = bytes_trim(bytes_sub(rest, 0, comma));
		const struct column *c = columns_all;

		while (c->name && !bytes_iis(name, c->name))
			c++;
		if (!c->name)
			return unknown(name, e);
		if (ret->n == COLUMNS_MAX)
			return err_set(
				e, -EINVAL, "--columns: more than %d columns", COLUMNS_MAX);
		ret->col[ret->n++] = c;
		rest = bytes_from(rest, comma + 1);
	}
	return ret->n ? 0 : err_set(e, -EINVAL, "--columns: the list is empty");
}

void
cells_put(struct buf *out, const struct cell *c)
{
	uint32_t len = (uint32_t)c->text.n;

	buf_byte(out, (uint8_t)c->kind);
	if (c->kind == CELL_TEXT) {
		buf_add(out, (struct bytes){(const uint8_t *)&len, sizeof(len)});
		buf_add(out, c->text);
	} else if (c->kind != CELL_NONE) {
		buf_add(out, (struct bytes){(const uint8_t *)&c->n, sizeof(c->n)});
	}
}

struct cell
cells_take(struct bytes *rest)
{
	struct cell c = {.kind = CELL_NONE};
	uint32_t len;

	if (rest->n == 0)
		return c;
	c.kind = (enum cell_kind)rest->p[0];
	*rest = bytes_from(*rest, 1);
	if (c.kind == CELL_TEXT && rest->n >= sizeof(len)) {
		memcpy(&len, rest->p, sizeof(len));
		c.text = bytes_sub(*rest, sizeof(len), len);
		*rest = bytes_from(*rest, sizeof(len) + len);
	} else if (c.kind != CELL_NONE && rest->n >= sizeof(c.n)) {
		memcpy(&c.n, rest->p, sizeof(c.n));
		*rest = bytes_from(*rest, sizeof(c.n));
	}
	return c;
}
