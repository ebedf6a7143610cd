/* Lines and octets that the protocol does not allow, FINDINGS.md 5.6: NUL, lines over the
 * limit, octets over 127 that nobody announced. */
#include "findings/text.h"
#include "findings/rules_smtp.h"

#include <string.h>

/* Octets, line end included. RFC 5321 4.5.3.1.4 has 512 for a command, and extensions add to
 * it; RFC 4954 4 has its own for AUTH. */
#define COMMAND_MAX (512 + 1024)
#define COMMAND_HUGE 4096
#define AUTH_MAX 12288
#define REPLY_MAX 512
#define LINE_HUGE (64 * 1024)

static bool
has_8bit(struct bytes in)
{
	uint8_t all = 0;

	for (size_t i = 0; i < in.n; i++)
		all |= in.p[i];
	return all > 127;
}

/* smtp.nul */

static void
nul_hit(struct findings *f, const struct rule *r, struct session *s, const char *reason,
	enum severity sev, const struct place *at)
{
	struct hit h;

	hit_init(&h, r, s, reason);
	h.named = true;
	h.severity = sev;
	hit_clue(&h, at, "a NUL octet in the %s", reason);
	record_hit(f, &h);
}

static void
nul(struct findings *f, const struct rule *r, struct session *s, struct fstate *st,
	const struct wake *w)
{
	const struct event *e = w->event;
	bool header;

	if (e->type == EV_MAIL || e->type == EV_RCPT) {
		struct bytes path = e->type == EV_MAIL ? e->mail.path : e->rcpt.path;

		if (bytes_find(path, 0) < path.n)
			nul_hit(f, r, s, "address", SEV_HIGH, &e->at);
		return;
	}
	if (!is_smtp(s))
		return;
	if (e->anomaly.id == ANOMALY_NUL_BYTE) {
		nul_hit(f, r, s, e->at.dir == DIR_C2S ? "command" : "reply", SEV_MEDIUM,
			&e->at);
	} else if (e->anomaly.id == ANOMALY_MSG_NUL) {
		header = strcmp(e->anomaly.kind, "header") == 0;
		nul_hit(f, r, s, e->anomaly.kind, header ? SEV_HIGH : SEV_MEDIUM, &e->at);
	}
}

/* smtp.line_too_long */

static void
line_hit(struct findings *f, const struct rule *r, struct session *s, const char *reason,
	bool huge, const struct place *at, const char *what, uint64_t octets, bool cut)
{
	struct hit h;

	hit_init(&h, r, s, reason);
	h.named = true;
	h.severity = huge ? SEV_MEDIUM : SEV_LOW;
	hit_clue(&h, at, "%s of %llu octets%s", what, (unsigned long long)octets,
		cut ? " or more" : "");
	record_hit(f, &h);
}

static void
long_command(struct findings *f, const struct rule *r, struct session *s, const struct event *e)
{
	const struct ev_command *c = &e->command;
	bool auth = c->flags & CMD_RESPONSE || (c->verb && strcmp(c->verb, "AUTH") == 0);

	if (e->at.len <= (auth ? AUTH_MAX : COMMAND_MAX) || !is_smtp(s))
		return;
	line_hit(f, r, s, auth ? "auth" : "command", auth ? false : e->at.len > COMMAND_HUGE,
		&e->at, c->verb ? c->verb : "a command", e->at.len, e->at.len >= LINE_HUGE);
}

static void
long_reply(struct findings *f, const struct rule *r, struct session *s, const struct event *e)
{
	struct bytes rest = e->reply.text;
	size_t longest = 0;

	if (e->at.len <= REPLY_MAX || !is_smtp(s))
		return;
	while (rest.n) {
		size_t n = bytes_find(rest, '\n') + 1;

		if (n > rest.n) /* its end is not in the text */
			n = rest.n + 2;
		longest = n > longest ? n : longest;
		rest = bytes_from(rest, n);
	}
	if (longest > REPLY_MAX)
		line_hit(f, r, s, "reply", longest >= LINE_HUGE, &e->at, "a line of a reply",
			longest, longest >= LINE_HUGE);
}

static void
line_too_long(struct findings *f, const struct rule *r, struct session *s, struct fstate *st,
	const struct wake *w)
{
	const struct event *e = w->event;

	if (e->type == EV_COMMAND)
		long_command(f, r, s, e);
	else if (e->type == EV_REPLY)
		long_reply(f, r, s, e);
	else if (e->anomaly.id == ANOMALY_MSG_LINE && is_smtp(s))
		line_hit(f, r, s, "text", e->anomaly.octets >= LINE_HUGE, &e->at,
			"a line of the message", e->anomaly.octets, false);
}

/* smtp.eightbit_undeclared */

static void
eightbit_hit(struct findings *f, const struct rule *r, struct session *s, const char *reason,
	enum severity sev, uint64_t number, const struct place *at, const char *text)
{
	struct key k = {.n = 0};
	struct hit h;

	hit_init(&h, r, s, reason);
	h.named = true;
	h.severity = sev;
	key_number(&k, number);
	h.key = key_of(&k);
	hit_clue(&h, at, "%s", text);
	record_hit(f, &h);
}

static bool
has_param(struct bytes params, const char *name)
{
	struct bytes word;

	while ((word = bytes_word(&params)).n)
		if (bytes_iis(word, name))
			return true;
	return false;
}

static bool
offers(const struct caps *c, const char *keyword)
{
	for (size_t i = 0; i < c->n; i++) {
		struct bytes rest = c->items[i];

		if (bytes_iis(bytes_word(&rest), keyword))
			return true;
	}
	return false;
}

/* Announced by the client, and not offered by the server. */
static void
not_offered(struct findings *f, const struct rule *r, struct session *s, const struct event *e)
{
	static const struct {
		const char *param, *keyword, *text;
	} needs[] = {
		{"BODY=8BITMIME", "8BITMIME", "BODY=8BITMIME, which the server does not offer"},
		{"BODY=BINARYMIME", "BINARYMIME",
			"BODY=BINARYMIME, which the server does not offer"},
		{"SMTPUTF8", "SMTPUTF8", "SMTPUTF8, which the server does not offer"},
	};
	struct bytes params = e->mail.params;

	if (!params.n || !s->caps->known || s->helo)
		return;
	for (size_t i = 0; i < sizeof(needs) / sizeof(needs[0]); i++)
		if (has_param(params, needs[i].param) && !offers(s->caps, needs[i].keyword))
			eightbit_hit(f, r, s, "not_offered", SEV_LOW, e->mail.tx, &e->at,
				needs[i].text);
}

/* Addresses, where MAIL announced none such. */
static void
addresses(struct findings *f, const struct rule *r, struct session *s,
	const struct transaction *t)
{
	bool odd = has_8bit(t->mail_from);

	for (const struct rcpt *p = t->rcpts; p && !odd; p = p->next)
		odd = has_8bit(p->path);
	if (odd && t->mail_known && !has_param(t->mail_params, "SMTPUTF8"))
		eightbit_hit(f, r, s, "command", SEV_MEDIUM, t->tx, &t->begin,
			"an address with octets over 127, without SMTPUTF8");
}

static void
eightbit(struct findings *f, const struct rule *r, struct session *s, struct fstate *st,
	const struct wake *w)
{
	const struct event *e = w->event;

	if (w->why == WAKE_TX)
		addresses(f, r, s, w->tx);
	else if (e->type == EV_MAIL)
		not_offered(f, r, s, e);
	else if (e->anomaly.id == ANOMALY_MSG_8BIT)
		eightbit_hit(f, r, s, e->anomaly.kind, SEV_LOW, e->at.offset, &e->at,
			"the first octet over 127");
}

/* clang-format off */
const struct rule rules_smtp_text[] = {
	{&row_smtp_nul, WAKE(EV_ANOMALY) | WAKE(EV_MAIL) | WAKE(EV_RCPT), EMIT_NOW, RULE_CLIENT, nul},
	{&row_smtp_line_too_long, WAKE(EV_ANOMALY) | WAKE(EV_COMMAND) | WAKE(EV_REPLY), EMIT_NOW, RULE_CLIENT, line_too_long},
	{&row_smtp_eightbit_undeclared, WAKE(EV_ANOMALY) | WAKE(EV_MAIL) | WAKE_TX, EMIT_CLOSE, RULE_CLIENT, eightbit},
	{.row = NULL},
};
/* clang-format on */
