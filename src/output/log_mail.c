#include "output/log.h"

#define CREDENTIAL_BYTES                                                                       \
	((size_t)1024 * 1024) /* user, authzid and secret are never cut below this */

static void
put_side_counts(struct json *j, const struct flow *f)
{
	json_u64(j, "pkts_toserver", f->side[DIR_C2S].packets);
	json_u64(j, "pkts_toclient", f->side[DIR_S2C].packets);
	json_u64(j, "bytes_toserver", f->side[DIR_C2S].bytes);
	json_u64(j, "bytes_toclient", f->side[DIR_S2C].bytes);
}

static void
put_flow_object(struct json *j, const struct flow *f)
{
	json_object(j, "flow");
	json_time(j, "start", f->first_ns);
	json_time(j, "end", f->last_ns);
	put_side_counts(j, f);
	if (f->reason != FLOW_OPEN)
		json_word(j, "reason", flow_reason_name(f->reason));
	json_u64(j, "gaps", (uint64_t)f->side[0].gaps + f->side[1].gaps);
	json_u64(j, "gap_bytes", f->side[0].gap_bytes + f->side[1].gap_bytes);
	json_bool(j, "midstream", f->midstream);
	json_close(j);
}

void
log_put_flow(struct log_sink *k, struct session *s)
{
	struct json *j = &k->json;

	put_flow_object(j, s->flow);
	if (s->proto == PROTO_OTHER)
		return;
	json_object(j, "mail");
	if (s->service != SERVICE_UNKNOWN)
		json_word(j, "service", service_name(s->service));
	json_word(j, "role", role_name(s->role));
	json_word(j, "starttls", verdict_name(s->verdict));
	json_bool(j, "tls", s->tls);
	log_wire(k, s, "banner", s->greeting->banner);
	log_wire(k, s, "server_name", s->greeting->server_name);
	json_str_opt(j, "dns_name", session_text(s, TEXT_DNS_NAME));
	log_wire(k, s, "client_name", session_text(s, TEXT_CLIENT_NAME));
	log_wire(k, s, "software", session_software(s));
	log_list(k, s, "capabilities", s->caps_clear);
	log_list(k, s, "capabilities_tls", s->caps_tls);
	json_u64(j, "commands", s->commands);
	json_u64(j, "replies", s->replies);
	json_u64(j, "logins", s->logins);
	json_u64(j, "messages", s->messages);
	json_close(j);
}

static const char *const exposures[] = {[EXPOSURE_NONE] = "none",
	[EXPOSURE_TOKEN] = "token",
	[EXPOSURE_CRACKABLE] = "crackable",
	[EXPOSURE_PASSWORD] = "password"};
static const char *const auth_results[] = {
	[AUTH_UNKNOWN] = "unknown", [AUTH_ACCEPTED] = "accepted", [AUTH_REFUSED] = "refused"};

static void
put_secret(struct log_sink *k, const struct login *l)
{
	if (secrets_reveal(k->run->secrets)) {
		json_str_opt(&k->json, "secret", l->ev->secret);
		return;
	}
	if (l->secret_id == 0 && l->ev->secret.n == 0)
		return;
	buf_clear(&k->text);
	if (l->secret_id)
		buf_fmt(&k->text, "<secret#%u>", l->secret_id);
	else
		buf_str(&k->text, "<secret>");
	json_str(&k->json, "secret", buf_bytes(&k->text));
}

void
log_put_login(struct log_sink *k, struct session *s, const struct login *l)
{
	struct json *j = &k->json;
	size_t limit = j->text_bytes;

	json_object(j, "login");
	json_str_opt(j, "mechanism", l->ev->mechanism);
	j->text_bytes = CREDENTIAL_BYTES;
	json_str_opt(j, "user", l->ev->user);
	json_str_opt(j, "authzid", l->ev->authzid);
	put_secret(k, l);
	j->text_bytes = limit;
	json_word(j, "exposure", exposures[l->ev->exposure]);
	json_word(j, "result", auth_results[l->ev->result]);
	json_word(j, "reason", l->ev->reason);
	json_u64_opt(j, "code", l->ev->code);
	log_wire(k, s, "reply", l->ev->reply);
	json_bool(j, "tls", l->tls);
	json_close(j);
}

static void
put_list(struct log_sink *k, struct session *s, const char *key, const struct bytes *items,
	size_t n)
{
	if (n == 0)
		return;
	json_array(&k->json, key);
	for (size_t i = 0; i < n; i++)
		log_wire(k, s, NULL, items[i]);
	json_close(&k->json);
}

static void
put_email(struct log_sink *k, struct session *s, const struct message *m)
{
	const struct email *e = &m->email;
	struct json *j = &k->json;

	json_object(j, "email");
	log_wire(k, s, "message_id", e->message_id);
	log_wire(k, s, "date", e->date);
	log_wire(k, s, "from", e->from);
	put_list(k, s, "to", e->to, e->n_to);
	put_list(k, s, "cc", e->cc, e->n_cc);
	log_wire(k, s, "subject", e->subject);
	json_u64(j, "size", m->size);
	json_bool(j, "complete", m->complete);
	json_u64_opt(j, "missing", m->gap_bytes);
	if (m->sha256[0])
		json_word(j, "sha256", m->sha256);
	put_list(k, s, "received", e->received, e->n_received);
	if (e->cut)
		json_cut(j);
	json_close(j);
}

/* Recipients that were accepted, or that were not. Those without a reply count as what the
 * transaction became. */
static void
put_rcpts(struct log_sink *k, const char *key, const struct transaction *t, bool refused)
{
	bool some = false;

	for (const struct rcpt *r = t->rcpts; r; r = r->next) {
		if ((r->known && !r->accepted) != refused)
			continue;
		if (!some)
			json_array(&k->json, key);
		some = true;
		if (r->path.n)
			log_address(k, NULL, r->path);
		else
			json_text(&k->json, NULL, "<>");
	}
	if (some)
		json_close(&k->json);
}

static const char *const tx_results[] = {[TX_UNKNOWN] = "unknown",
	[TX_ACCEPTED] = "accepted",
	[TX_REFUSED] = "refused",
	[TX_ABORTED] = "aborted"};

void
log_put_transaction(struct log_sink *k, struct session *s, const struct transaction *t)
{
	struct json *j = &k->json;

	json_object(j, "smtp");
	log_wire(k, s, "helo", session_text(s, TEXT_CLIENT_NAME));
	/* RFC 5321 4.5.5: the null reverse-path is a sender too, so it is not absent. */
	if (t->mail_from.n)
		log_address(k, "mail_from", t->mail_from);
	else if (t->mail_known || t->mail_accepted)
		json_text(j, "mail_from", "<>");
	put_rcpts(k, "rcpt_to", t, false);
	put_rcpts(k, "rcpt_refused", t, true);
	log_wire(k, s, "reply", t->reply);
	json_word(j, "result", tx_results[t->result]);
	if (t->n_dropped)
		json_cut(j);
	json_close(j);
	if (t->message)
		put_email(k, s, t->message);
}

void
log_put_transfer(struct log_sink *k, struct session *s, const struct message *m)
{
	struct json *j = &k->json;

	json_object(j, s->proto == PROTO_POP3 ? "pop3" : "imap");
	json_text(j, "command", m->command);
	json_str_opt(j, "mailbox", m->mailbox.n ? m->mailbox : session_text(s, TEXT_MAILBOX));
	log_wire(k, s, "section", m->section);
	json_u64_opt(j, "uid", m->uid);
	json_u64_opt(j, "number", m->number);
	json_close(j);
	put_email(k, s, m);
}

static const char *const gap_reasons[] = {[GAP_LOST] = "lost",
	[GAP_SNAPLEN] = "snaplen",
	[GAP_HELD] = "limit",
	[GAP_JOINED] = "joined"};

static void
put_gap(struct json *j, const struct ev_gap *g)
{
	json_text(j, "event", "gap");
	json_word(j, "layer", "stream");
	json_u64(j, "bytes", g->bytes);
	json_word(j, "reason", gap_reasons[g->why]);
	json_bool(j, "acked", g->acked);
}

/* "text" rows belong to whichever protocol speaks; LMTP is SMTP's grammar (RFC 2033 section 4).
 */
static const char *
layer_of(const struct session *s, enum anomaly_id id)
{
	static const char *const speaks[] = {[PROTO_UNKNOWN] = "stream",
		[PROTO_SMTP] = "smtp",
		[PROTO_LMTP] = "smtp",
		[PROTO_POP3] = "pop3",
		[PROTO_IMAP] = "imap",
		[PROTO_TLS] = "tls",
		[PROTO_OTHER] = "stream"};
	const char *layer = anomaly_layer(id);

	return bytes_is(bytes_str(layer), "text") ? speaks[s->proto] : layer;
}

void
log_put_anomaly(struct log_sink *k, struct session *s, const struct event *e)
{
	struct json *j = &k->json;

	json_object(j, "anomaly");
	if (e->type == EV_GAP) {
		put_gap(j, &e->gap);
	} else {
		json_text(j, "event", anomaly_name(e->anomaly.id));
		json_word(j, "layer", layer_of(s, e->anomaly.id));
		log_wire(k, s, "detail", e->anomaly.detail);
	}
	json_word(j, "direction", e->at.dir == DIR_C2S ? "to_server" : "to_client");
	json_u64(j, "offset", e->at.offset);
	json_close(j);
}
