#include "dissectors/imap/imap.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "dissectors/imap/mutf7.h"

void
imap_anomaly_at(
	struct events *out, enum anomaly_id id, struct bytes detail, const struct place *at)
{
	struct event e = {
		.type = EV_ANOMALY, .anomaly = {.id = id, .detail = bytes_sub(detail, 0, 256)}};

	events_say_at(out, &e, at);
}

bool
imap_cmd_is(const struct imap_cmd *cmd, enum imap_verb_id id)
{
	return cmd && cmd->verb && cmd->verb->id == id;
}

struct imap_cmd *
imap_cmd_tagged(const struct imap *st, struct bytes tag)
{
	uint32_t i;

	for (i = 0; i < st->n_queue; i++)
		if (bytes_eq(st->queue[i]->tag, tag))
			return st->queue[i];
	return NULL;
}

struct imap_cmd *
imap_cmd_of(const struct imap *st, enum imap_verb_id id)
{
	uint32_t i;

	for (i = 0; i < st->n_queue; i++)
		if (imap_cmd_is(st->queue[i], id))
			return st->queue[i];
	return NULL;
}

void
imap_cmd_free(struct imap_cmd *cmd)
{
	sasl_free(&cmd->sasl);
	for (int i = 0; i < IMAP_WORDS; i++)
		buf_wipe(&cmd->arg[i]);
	free((void *)(uintptr_t)cmd->tag.p);
	free(cmd);
}

void
imap_cmd_drop(struct imap *st, struct imap_cmd *cmd)
{
	uint32_t i;

	for (i = 0; i < st->n_queue && st->queue[i] != cmd; i++)
		;
	if (i < st->n_queue)
		memmove(st->queue + i, st->queue + i + 1,
			(--st->n_queue - i) * sizeof(st->queue[0]));
	if (st->auth == cmd)
		st->auth = NULL;
	if (st->cur == cmd)
		cmd->answered = true;
	else
		imap_cmd_free(cmd);
}

/* Room for one more. The oldest goes when there are too many; that is news only if replies
 * could have been seen. */
static void
make_room(struct imap *st, const struct place *at, struct events *out)
{
	if (st->n_queue >= events_limits(out)->queue) {
		if (!events_one_sided(out, DIR_S2C))
			imap_anomaly_at(out, ANOMALY_QUEUE_FULL, BYTES_NONE, at);
		imap_login_unknown(st->queue[0], out);
		imap_cmd_drop(st, st->queue[0]);
	}
	if (st->n_queue < st->cap_queue)
		return;
	st->cap_queue = st->cap_queue ? st->cap_queue * 2 : 4;
	st->queue = mem_grow(st->queue, st->cap_queue * sizeof(st->queue[0]));
}

struct imap_cmd *
imap_cmd_push(struct imap *st, struct bytes tag, const struct imap_verb *verb,
	const struct place *at, struct events *out)
{
	struct imap_cmd *cmd = mem_get(sizeof(*cmd));
	uint8_t *copy = mem_get(tag.n + 1);
	int i;

	if (tag.n)
		memcpy(copy, tag.p, tag.n);
	cmd->tag = (struct bytes){copy, tag.n};
	cmd->id = ++st->last_id;
	cmd->verb = verb;
	cmd->at = cmd->line = *at;
	cmd->end = at->offset + at->len;
	for (i = 0; i < IMAP_WORDS; i++)
		buf_init(&cmd->arg[i], events_limits(out)->auth_bytes);
	make_room(st, at, out);
	st->queue[st->n_queue++] = cmd;
	return cmd;
}

void
imap_login_make(struct imap_cmd *cmd, struct events *out)
{
	if (cmd->sasl)
		return;
	cmd->sasl = sasl_plain_login("LOGIN", buf_bytes(&cmd->arg[0]), buf_bytes(&cmd->arg[1]),
		EXPOSURE_PASSWORD, &cmd->at, &cmd->line, events_limits(out));
	buf_wipe(&cmd->arg[1]);
}

void
imap_login_say(struct imap_cmd *cmd, const struct place *at, struct events *out)
{
	struct event e = {.type = EV_LOGIN};

	sasl_login(cmd->sasl, &e.login);
	if (imap_cmd_is(cmd, IMAP_LOGIN)) {
		e.login.sasl = false;
		e.login.credential_seen = cmd->n_args == 2;
		if (!e.login.credential_seen)
			e.login.exposure = EXPOSURE_NONE;
	}
	events_say_at(out, &e, at);
}

void
imap_sasl_info_say(struct imap_cmd *cmd, const struct place *at, struct events *out)
{
	struct event e = {.type = EV_SASL_INFO};

	if (cmd->sasl && sasl_info(cmd->sasl, &e.sasl))
		events_say_at(out, &e, at);
}

void
imap_login_unknown(struct imap_cmd *cmd, struct events *out)
{
	if (imap_cmd_is(cmd, IMAP_LOGIN))
		imap_login_make(cmd, out);
	if (cmd->sasl)
		imap_login_say(cmd, &cmd->line, out);
	sasl_free(&cmd->sasl);
}

void
imap_mailbox(const struct imap *st, struct bytes name, struct buf *ret, const struct place *at,
	struct events *out)
{
	if (!mutf7_decode(name, ret) && !st->utf8)
		imap_anomaly_at(out, ANOMALY_UTF7, name, at);
}

/* The value of field `want` in an ID list, onto ret. */
static bool
id_field(struct bytes list, const char *want, struct buf *ret)
{
	struct lex l = lex_of(list);
	struct lex_token name, value;

	while (lex_next(&l, &name)) {
		if (name.kind == LEX_OPEN || name.kind == LEX_CLOSE)
			continue;
		if (!lex_next(&l, &value) || value.kind != LEX_QUOTED)
			continue;
		if (bytes_iis(name.text, want)) {
			lex_value(&value, ret);
			return ret->n > 0;
		}
	}
	return false;
}

enum {
	ID_NAME,
	ID_VERSION,
	ID_OS,
	ID_ORIGIN,
	ID_VALUES
};

/* What proxies tell a server of the client behind them: Dovecot, Zimbra. */
static const char *const origins[] = {
	"x-originating-ip", "x-connected-ip", "x-forward-ip", "x-proxied-ip"};

void
imap_id_keep(struct buf *list, struct bytes piece, bool literal_follows)
{
	buf_add(list, piece);
	if (literal_follows)
		buf_byte(list, '"');
}

void
imap_id_octets(struct buf *list, struct bytes octets)
{
	for (size_t i = 0; i < octets.n; i++) {
		if (octets.p[i] == '"' || octets.p[i] == '\\')
			buf_byte(list, '\\');
		buf_byte(list, octets.p[i]);
	}
}

void
imap_id_say(enum dir who, struct bytes list, const struct place *at, struct events *out)
{
	struct event e = {.type = EV_SOFTWARE, .software = {.who = who}};
	struct buf value[ID_VALUES];

	list = bytes_trim(list);
	if (!bytes_starts(list, "("))
		return; /* NIL */
	for (int i = 0; i < ID_VALUES; i++)
		buf_init(&value[i], 1024); /* RFC 2971 3.3: at most 1024 octets */
	/* Some say only who made them. */
	if (id_field(list, "name", &value[ID_NAME]) ||
		id_field(list, "vendor", &value[ID_NAME]))
		id_field(list, "version", &value[ID_VERSION]);
	id_field(list, "os", &value[ID_OS]);
	for (size_t i = 0; i < sizeof(origins) / sizeof(origins[0]); i++)
		if (id_field(list, origins[i], &value[ID_ORIGIN]))
			break;
	e.software.name = buf_bytes(&value[ID_NAME]);
	e.software.version = buf_bytes(&value[ID_VERSION]);
	e.software.os = buf_bytes(&value[ID_OS]);
	e.software.origin = buf_bytes(&value[ID_ORIGIN]);
	e.software.fields = list;
	events_say_at(out, &e, at);
	for (int i = 0; i < ID_VALUES; i++)
		buf_done(&value[i]);
}
