#include "event/event.h"

#include <assert.h>
#include <string.h>

#include "base/escape.h"

/* What one line is being made of. */
struct line {
	struct buf *out;
	bool reveal;
};

static void
put_bytes(struct line *l, const char *key, struct bytes v)
{
	if (!v.n)
		return;
	buf_fmt(l->out, " %s=\"", key);
	escape_term(l->out, v);
	buf_byte(l->out, '"');
}

static void
put_word(struct line *l, const char *key, const char *v)
{
	if (v)
		buf_fmt(l->out, " %s=%s", key, v);
}

static void
put_num(struct line *l, const char *key, uint64_t v)
{
	if (v)
		buf_fmt(l->out, " %s=%llu", key, (unsigned long long)v);
}

static void
put_flag(struct line *l, const char *key, bool v)
{
	if (v)
		buf_fmt(l->out, " %s", key);
}

static void
put_secret(struct line *l, const char *key, struct bytes v)
{
	if (!v.n)
		return;
	if (l->reveal)
		put_bytes(l, key, v);
	else
		buf_fmt(l->out, " %s=<secret>", key);
}

/* Wire text with its masked parts hidden, unless revealed. */
static void
put_masked(struct line *l, const char *key, struct bytes text, const struct mask *m, size_t n)
{
	size_t at = 0;

	if (!text.n)
		return;
	if (l->reveal || !n) {
		put_bytes(l, key, text);
		return;
	}
	buf_fmt(l->out, " %s=\"", key);
	for (size_t i = 0; i < n; i++) {
		if (m[i].off < at || m[i].off > text.n)
			continue;
		escape_term(l->out, bytes_sub(text, at, m[i].off - at));
		buf_str(l->out, "<secret>");
		at = (size_t)m[i].off + m[i].len;
	}
	escape_term(l->out, bytes_from(text, at));
	buf_byte(l->out, '"');
}

static const char *const result_names[] = {"unknown", "accepted", "refused"};
static const char *const exposure_names[] = {"none", "token", "crackable", "password"};
static const char *const reply_names[] = {"ok", "continue", "no", "bad", "data", "broken"};
static const char *const tx_names[] = {"unknown", "accepted", "refused", "aborted"};
static const char *const via_names[] = {"DATA", "BDAT", "RETR", "TOP", "FETCH", "APPEND"};
static const char *const stls_names[] = {
	"requested", "accepted", "refused", "surplus", "premature", "no_tls"};
static const char *const tls_names[] = {"records", "client_hello", "server_hello",
	"established", "alert", "broken", "retry", "certificates", "key_exchange",
	"cert_request", "ticket", "early_data", "renegotiation", "heartbeat", "extensions",
	"closed_short", "keys"};
static const char *const cert_names[] = {"unknown", "seen", "hidden", "none"};
static const char *const keys_names[] = {
	"none", "decrypted", "no_secret", "wrong_secret", "unsupported", "lost"};
static const char *const kex_names[] = {"unknown", "dhe", "ecdhe", "rsa_export", "psk", "srp"};
static const char *const gap_names[] = {"lost", "snaplen", "held", "joined"};
static const char *const layer_names[] = {"deflate", "sasl", "given_up"};
static const char *const caps_names[] = {"greeting", "command", "response_code", "untagged"};

static void
print_command(struct line *l, const struct ev_command *c)
{
	put_num(l, "id", c->id);
	put_word(l, "verb", c->verb ? c->verb : "?");
	put_bytes(l, "tag", c->tag);
	put_masked(l, "line", c->line, c->masks, c->n_masks);
	put_flag(l, "unknown", c->flags & CMD_UNKNOWN);
	put_flag(l, "response", c->flags & CMD_RESPONSE);
	put_flag(l, "injected", c->flags & CMD_INJECTED);
	put_flag(l, "pipelined", c->flags & CMD_PIPELINED);
	put_flag(l, "malformed", c->flags & CMD_MALFORMED);
	put_flag(l, "blind", c->flags & CMD_BLIND);
	put_word(l, "behind", c->behind);
}

static void
print_reply(struct line *l, const struct ev_reply *r)
{
	put_num(l, "id", r->id);
	put_word(l, "verb", r->verb);
	put_word(l, "kind", reply_names[r->kind]);
	put_num(l, "code", r->code);
	put_bytes(l, "status", r->status);
	put_bytes(l, "tag", r->tag);
	put_bytes(l, "enhanced", r->enhanced);
	put_bytes(l, "resp_code", r->resp_code);
	put_masked(l, "text", r->text, r->masks, r->n_masks);
	put_flag(l, "unsolicited", r->unsolicited);
	put_num(l, "number", r->number);
}

static void
print_deed(struct line *l, const struct ev_deed *d)
{
	put_word(l, "verb", d->verb);
	put_word(l, "kind", reply_names[d->kind]);
	put_bytes(l, "mailbox", d->mailbox);
	put_bytes(l, "who", d->who);
	put_bytes(l, "rights", d->rights);
	put_num(l, "gone", d->gone);
	put_num(l, "marked", d->marked);
	put_num(l, "before", d->before);
}

static void
print_detail(struct line *l, const struct sasl_detail *d)
{
	put_bytes(l, "domain", d->domain);
	put_bytes(l, "workstation", d->workstation);
	put_num(l, "ntlm", d->ntlm_version);
	put_flag(l, "ntlm_anonymous", d->ntlm_anonymous);
	put_bytes(l, "ntlm_target", d->ntlm_target);
	put_num(l, "iterations", d->scram_iterations);
	put_num(l, "salt_len", d->scram_salt_len);
	if (d->scram_cb)
		buf_fmt(l->out, " cb=%c", d->scram_cb);
	put_flag(l, "challenge", d->challenge_seen);
	put_bytes(l, "qop", d->qop);
	put_bytes(l, "realm", d->realm);
	put_bytes(l, "service", d->service);
	put_num(l, "etype", d->krb_etype);
	put_flag(l, "krb_token", d->krb_token);
	put_bytes(l, "jwt", d->jwt);
	put_num(l, "jwt_exp", (uint64_t)d->jwt_exp_s);
	put_bytes(l, "error", d->error);
	put_bytes(l, "trace", d->trace);
	put_flag(l, "apop_malformed", d->apop_malformed);
}

static void
print_login(struct line *l, const struct ev_login *g)
{
	put_bytes(l, "mechanism", g->mechanism);
	put_flag(l, "sasl", g->sasl);
	put_bytes(l, "user", g->user);
	put_bytes(l, "authzid", g->authzid);
	put_secret(l, "secret", g->secret);
	put_word(l, "exposure", exposure_names[g->exposure]);
	put_word(l, "result", result_names[g->result]);
	put_word(l, "reason", g->reason);
	put_num(l, "code", g->code);
	put_bytes(l, "reply", g->reply);
	put_flag(l, "cancelled", g->cancelled);
	put_flag(l, "credential_seen", g->credential_seen);
	put_flag(l, "initial_response", g->initial_response);
	put_num(l, "malformed", g->malformed);
	print_detail(l, &g->detail);
}

static void
print_msg_begin(struct line *l, const struct ev_msg_begin *m)
{
	put_num(l, "msg", m->msg);
	put_num(l, "tx", m->tx);
	put_word(l, "via", via_names[m->via]);
	put_word(l, "command", m->command);
	put_bytes(l, "section", m->section);
	put_flag(l, "whole", m->whole);
	put_flag(l, "headers", m->headers);
	put_flag(l, "unwaited", m->unwaited);
	put_num(l, "number", m->number);
	put_num(l, "uid", m->uid);
	put_bytes(l, "mailbox", m->mailbox);
	if (m->size >= 0)
		buf_fmt(l->out, " size=%lld", (long long)m->size);
}

static void
put_hex(struct line *l, const char *key, uint32_t v)
{
	if (v)
		buf_fmt(l->out, " %s=%04x", key, v);
}

static void
print_hello(struct line *l, const struct tls_hello *h)
{
	put_hex(l, "cipher", h->cipher);
	put_hex(l, "group", h->group);
	if (h->ciphers.n)
		put_num(l, "ciphers", h->ciphers.n / (h->sslv2 ? 3 : 2));
	put_num(l, "extensions", h->extensions.n);
	put_hex(l, "flags", h->flags);
	put_flag(l, "sslv2", h->sslv2);
	put_bytes(l, "alpn", h->alpn);
}

static void
print_certs(struct line *l, const struct ev_tls *t)
{
	for (size_t i = 0; i < t->n_certs; i++)
		buf_fmt(l->out, " cert=%zu", t->certs[i].n);
	put_flag(l, "cut", t->certs_cut);
}

static void
print_kex(struct line *l, const struct tls_kex *k)
{
	put_word(l, "kind", kex_names[k->kind]);
	put_hex(l, "group", k->group);
	put_num(l, "bits", k->bits);
	put_hex(l, "sigalg", k->sigalg);
	put_flag(l, "anonymous", k->anonymous);
	put_flag(l, "even", k->even);
	put_flag(l, "trivial", k->trivial);
}

static void
print_tls(struct line *l, const struct ev_tls *t)
{
	put_word(l, "stage", tls_names[t->stage]);
	if (t->version)
		buf_fmt(l->out, " version=%04x", t->version);
	put_flag(l, "starttls", t->starttls);
	put_flag(l, "fatal", t->fatal);
	put_num(l, "alert", t->alert);
	put_bytes(l, "sni", t->sni);
	put_flag(l, "resumed", t->resumed);
	put_hex(l, "cipher", t->cipher);
	if (t->stage == TLS_ESTABLISHED)
		put_word(l, "certificate", cert_names[t->cert]);
	if (t->hello)
		print_hello(l, t->hello);
	print_certs(l, t);
	if (t->kex)
		print_kex(l, t->kex);
	put_num(l, "lifetime", t->lifetime_s);
	put_num(l, "ticket", t->ticket_bytes);
	put_num(l, "said", t->said);
	put_num(l, "held", t->held);
	put_flag(l, "request", t->request);
	if (t->stage == TLS_KEYS)
		put_word(l, "keys", keys_names[t->keys]);
	if (t->why)
		put_bytes(l, "why", bytes_str(t->why));
}

static void
print_caps(struct line *l, const struct ev_caps *c)
{
	put_word(l, "source", caps_names[c->source]);
	put_flag(l, "known", c->known);
	for (size_t i = 0; i < c->n; i++)
		put_bytes(l, "item", c->items[i]);
}

static void
print_envelope(struct line *l, uint32_t tx, struct bytes path, struct bytes params,
	uint16_t code, bool ok)
{
	put_num(l, "tx", tx);
	buf_str(l->out, " path=<");
	escape_term(l->out, path);
	buf_byte(l->out, '>');
	put_bytes(l, "params", params);
	put_num(l, "code", code);
	put_flag(l, "accepted", ok);
}

static void
print_record(struct line *l, const struct dns_record *r)
{
	const char *type = dns_type_name(r->type);
	struct endpoint host = {.family = r->type == DNS_A ? 4 : 6};
	char text[ENDPOINT_TEXT];

	buf_str(l->out, " record=");
	escape_term(l->out, r->owner);
	buf_fmt(l->out, "/%s/%u", type ? type : "?", r->ttl_s);
	if (r->type == DNS_MX)
		buf_fmt(l->out, "/%u", r->preference);
	if (r->type == DNS_TLSA) {
		buf_byte(l->out, '/');
		for (size_t i = 0; i < r->data.n; i++)
			buf_fmt(l->out, "%02x", r->data.p[i]);
	} else if ((r->type == DNS_A || r->type == DNS_AAAA) && r->data.n <= 16) {
		memcpy(host.addr, r->data.p, r->data.n);
		buf_fmt(l->out, "/%s", endpoint_addr(&host, text));
	} else {
		put_bytes(l, "data", r->data);
	}
}

static void
print_dns(struct line *l, const struct ev_dns *d)
{
	const char *type = dns_type_name(d->type);

	put_bytes(l, "name", d->name);
	if (type)
		put_word(l, "type", type);
	else
		put_num(l, "type", d->type);
	buf_fmt(l->out, " rcode=%u", d->rcode);
	put_flag(l, "aa", d->flags & DNS_AA);
	put_flag(l, "tc", d->flags & DNS_TC);
	put_flag(l, "ad", d->flags & DNS_AD);
	put_flag(l, "tcp", d->flags & DNS_TCP);
	put_flag(l, "referral", d->flags & DNS_REFERRAL);
	put_num(l, "negative_ttl", d->negative_ttl_s);
	for (size_t i = 0; i < d->n; i++)
		print_record(l, &d->records[i]);
	put_flag(l, "cut", d->cut);
}

static void
put_endpoint(struct line *l, const char *key, const struct endpoint *e)
{
	char text[ENDPOINT_TEXT + 8];

	buf_fmt(l->out, " %s=%s", key, endpoint_text(e, text));
}

static void
print_proxy(struct line *l, const struct ev_proxy *p)
{
	put_num(l, "version", p->version);
	if (p->known) {
		put_endpoint(l, "src", &p->src);
		put_endpoint(l, "dst", &p->dst);
	}
	put_flag(l, "tls", p->tls);
}

static const char *const type_names[] = {
	[EV_PROTO] = "proto",
	[EV_GREETING] = "greeting",
	[EV_COMMAND] = "command",
	[EV_REPLY] = "reply",
	[EV_CAPS] = "caps",
	[EV_HELLO] = "hello",
	[EV_LOGIN] = "login",
	[EV_STARTTLS] = "starttls",
	[EV_TLS] = "tls",
	[EV_MAIL] = "mail",
	[EV_RCPT] = "rcpt",
	[EV_ASKED] = "asked",
	[EV_TX_END] = "tx_end",
	[EV_MAILBOX] = "mailbox",
	[EV_MSG_BEGIN] = "msg_begin",
	[EV_MSG_DATA] = "msg_data",
	[EV_MSG_END] = "msg_end",
	[EV_SOFTWARE] = "software",
	[EV_SASL_INFO] = "sasl_info",
	[EV_ANOMALY] = "anomaly",
	[EV_GAP] = "gap",
	[EV_LAYER] = "layer",
	[EV_LINE] = "line",
	[EV_DNS] = "dns",
	[EV_PROXY] = "proxy",
	[EV_DEED] = "deed",
};

static void
print_fields(struct line *l, const struct event *e)
{
	switch (e->type) {
	case EV_PROTO:
		buf_fmt(l->out, " %s", proto_name(e->proto));
		break;
	case EV_GREETING:
		put_word(l, "kind", reply_names[e->greeting.kind]);
		put_num(l, "code", e->greeting.code);
		put_bytes(l, "text", e->greeting.text);
		put_bytes(l, "server", e->greeting.server_name);
		put_bytes(l, "apop", e->greeting.apop);
		put_flag(l, "preauth", e->greeting.preauth);
		break;
	case EV_COMMAND:
		print_command(l, &e->command);
		break;
	case EV_REPLY:
		print_reply(l, &e->reply);
		break;
	case EV_CAPS:
		print_caps(l, &e->caps);
		break;
	case EV_HELLO:
		put_word(l, "verb", e->hello.verb);
		put_bytes(l, "name", e->hello.name);
		put_num(l, "code", e->hello.code);
		break;
	case EV_LOGIN:
		print_login(l, &e->login);
		break;
	case EV_STARTTLS:
		put_word(l, "stage", stls_names[e->starttls.stage]);
		put_num(l, "code", e->starttls.code);
		put_bytes(l, "text", e->starttls.text);
		put_flag(l, "before_reply", e->starttls.before_reply);
		break;
	case EV_TLS:
		print_tls(l, &e->tls);
		break;
	case EV_MAIL:
		print_envelope(l, e->mail.tx, e->mail.path, e->mail.params, e->mail.code,
			e->mail.accepted);
		break;
	case EV_RCPT:
		print_envelope(l, e->rcpt.tx, e->rcpt.path, e->rcpt.params, e->rcpt.code,
			e->rcpt.accepted);
		put_bytes(l, "enhanced", e->rcpt.enhanced);
		break;
	case EV_ASKED:
		put_word(l, "verb", e->asked.verb);
		put_bytes(l, "args", e->asked.args);
		put_num(l, "code", e->asked.code);
		put_bytes(l, "enhanced", e->asked.enhanced);
		break;
	case EV_TX_END:
		put_num(l, "tx", e->tx_end.tx);
		put_word(l, "result", tx_names[e->tx_end.result]);
		put_num(l, "code", e->tx_end.code);
		put_bytes(l, "reply", e->tx_end.reply);
		break;
	case EV_MAILBOX:
		put_bytes(l, "name", e->mailbox.name);
		put_flag(l, "read_only", e->mailbox.read_only);
		if (e->mailbox.counted)
			buf_fmt(l->out, " messages=%llu",
				(unsigned long long)e->mailbox.messages);
		break;
	case EV_MSG_BEGIN:
		print_msg_begin(l, &e->msg_begin);
		break;
	case EV_MSG_DATA:
		put_num(l, "msg", e->msg_data.msg);
		buf_fmt(l->out, " bytes=%zu", e->msg_data.data.n);
		break;
	case EV_MSG_END:
		put_num(l, "msg", e->msg_end.msg);
		put_flag(l, "complete", e->msg_end.complete);
		put_num(l, "gap_bytes", e->msg_end.gap_bytes);
		put_num(l, "uid", e->msg_end.uid);
		put_flag(l, "refused", e->msg_end.refused);
		break;
	case EV_SOFTWARE:
		put_word(l, "who", e->software.who == DIR_C2S ? "client" : "server");
		put_bytes(l, "name", e->software.name);
		put_bytes(l, "version", e->software.version);
		put_bytes(l, "fields", e->software.fields);
		put_bytes(l, "os", e->software.os);
		put_bytes(l, "origin", e->software.origin);
		break;
	case EV_SASL_INFO:
		put_bytes(l, "mechanism", e->sasl.mechanism);
		print_detail(l, &e->sasl.detail);
		break;
	case EV_ANOMALY:
		put_word(l, "name", anomaly_name(e->anomaly.id));
		put_bytes(l, "kind", bytes_str(e->anomaly.kind));
		put_num(l, "code", e->anomaly.code);
		put_num(l, "octets", e->anomaly.octets);
		put_bytes(l, "detail", e->anomaly.detail);
		break;
	case EV_GAP:
		buf_fmt(l->out, " bytes=%llu why=%s", (unsigned long long)e->gap.bytes,
			gap_names[e->gap.why]);
		put_flag(l, "acked", e->gap.acked);
		break;
	case EV_LINE:
		put_bytes(l, "text", e->line);
		break;
	case EV_DNS:
		print_dns(l, &e->dns);
		break;
	case EV_PROXY:
		print_proxy(l, &e->proxy);
		break;
	case EV_DEED:
		print_deed(l, &e->deed);
		break;
	case EV_LAYER:
		put_word(l, "kind", layer_names[e->layer.kind]);
		if (e->layer.why)
			put_bytes(l, "why", bytes_str(e->layer.why));
		break;
	}
}

void
event_print(struct buf *out, const struct event *e, bool reveal)
{
	struct line l = {out, reveal};

	buf_fmt(out, "%s@%llu+%u %s", e->at.dir == DIR_C2S ? "C" : "S",
		(unsigned long long)e->at.offset, e->at.len, type_names[e->type]);
	print_fields(&l, e);
}
