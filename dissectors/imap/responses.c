#include "dissectors/imap/responses.h"

static bool
is_state(struct bytes word)
{
	return bytes_iis(word, "OK") || bytes_iis(word, "NO") || bytes_iis(word, "BAD") ||
	       bytes_iis(word, "BYE") || bytes_iis(word, "PREAUTH");
}

static void
read_untagged(struct imap_status *s, struct bytes rest)
{
	s->untagged = true;
	s->kind = REPLY_DATA;
	s->status = bytes_word(&rest);
	s->numbered = bytes_u64(s->status, UINT64_MAX, &s->number);
	if (s->numbered)
		s->status = bytes_word(&rest);
	s->is_state = !s->numbered && is_state(s->status);
	s->args = bytes_trim(rest);
	if (s->is_state) {
		s->rest = s->args;
		s->code = lex_code(s->args, &s->text);
	}
	if (!s->status.n)
		s->kind = REPLY_BROKEN;
}

struct imap_status
imap_status_read(struct bytes line)
{
	struct imap_status s = {.kind = REPLY_BROKEN};
	struct bytes rest = line, word;

	if (line.n && line.p[0] == '+') {
		s.kind = REPLY_CONTINUE;
		s.status = bytes_sub(line, 0, 1);
		s.rest = bytes_trim(bytes_from(line, 1));
		s.code = lex_code(s.rest, &s.text);
		return s;
	}
	if (bytes_starts(line, "* ")) {
		read_untagged(&s, bytes_from(line, 2));
		return s;
	}
	word = bytes_word(&rest);
	if (!lex_is_tag(word) || (line.n && line.p[0] == ' '))
		return s;
	s.status = bytes_word(&rest);
	s.kind = bytes_iis(s.status, "OK")    ? REPLY_OK
		 : bytes_iis(s.status, "NO")  ? REPLY_NO
		 : bytes_iis(s.status, "BAD") ? REPLY_BAD
					      : REPLY_BROKEN;
	if (s.kind == REPLY_BROKEN) {
		s.status = BYTES_NONE;
		return s;
	}
	s.tag = word;
	s.rest = bytes_trim(rest);
	s.code = lex_code(s.rest, &s.text);
	return s;
}

bool
imap_server_line(const struct imap *st, struct bytes line, bool known_only)
{
	struct imap_status s = imap_status_read(line);

	switch (s.kind) {
	case REPLY_CONTINUE:
		/* Joined in the middle: a challenge or "idling", but no line of a patch. */
		if (st->blind && bytes_find(s.rest, ' ') == s.rest.n)
			return true;
		return !known_only || st->wait == WAIT_LITERAL || st->wait == WAIT_AUTH ||
		       imap_cmd_of(st, IMAP_IDLE);
	case REPLY_DATA:
		return !known_only || s.is_state || imap_response_known(s.status);
	case REPLY_OK:
	case REPLY_NO:
	case REPLY_BAD:
		return !known_only || st->blind || !st->n_queue || imap_cmd_tagged(st, s.tag);
	case REPLY_BROKEN:
		return false;
	}
	return false;
}

void
imap_caps_say(struct imap *st, struct bytes list, enum caps_source source,
	const struct place *at, struct events *out)
{
	struct bytes *items = events_items(out), word;
	struct event e = {.type = EV_CAPS, .caps = {.source = source, .known = true}};
	uint32_t max = events_limits(out)->caps, i;

	while (e.caps.n < max && (word = bytes_word(&list)).n)
		items[e.caps.n++] = word;
	e.caps.items = items;
	events_say_at(out, &e, at);
	for (i = 0; i < st->n_queue; i++)
		st->queue[i]->caps_told = true;
}

void
imap_caps_code(struct imap *st, struct bytes code, enum caps_source source,
	const struct place *at, struct events *out)
{
	if (bytes_iis(bytes_word(&code), "CAPABILITY"))
		imap_caps_say(st, code, source, at, out);
}

/* RFC 9051 6.2.1, 6.2.3: what was offered before counts no more. */
static void
caps_void(const struct place *at, struct events *out)
{
	struct event e = {.type = EV_CAPS, .caps = {.source = CAPS_UNTAGGED}};

	events_say_at(out, &e, at);
}

/* RFC 5530 section 3. Which NO is no verdict: FINDINGS.md 1.2. */
static const struct verdict {
	const char *code;
	enum auth_result result;
	const char *reason;
} verdicts[] = {
	{"AUTHENTICATIONFAILED", AUTH_REFUSED, "bad_credentials"},
	{"AUTHORIZATIONFAILED", AUTH_REFUSED, NULL},
	{"PRIVACYREQUIRED", AUTH_REFUSED, "tls_required"},
	{"EXPIRED", AUTH_UNKNOWN, "expired"},
	{"UNAVAILABLE", AUTH_UNKNOWN, "temporary"},
	{"SERVERBUG", AUTH_UNKNOWN, "temporary"},
	{"LIMIT", AUTH_UNKNOWN, "temporary"},
	{"CONTACTADMIN", AUTH_UNKNOWN, NULL},
	{"INUSE", AUTH_REFUSED, "in_use"},
};

static bool
login_whole(const struct imap_cmd *cmd)
{
	if (imap_cmd_is(cmd, IMAP_LOGIN))
		return cmd->n_args == 2 && !cmd->malformed;
	return sasl_complete(cmd->sasl);
}

static enum auth_result
login_result(const struct imap_cmd *cmd, const struct imap_status *s, const char **ret_reason)
{
	struct bytes rest = s->code, code = bytes_word(&rest);
	size_t i;

	*ret_reason = NULL;
	if (s->kind == REPLY_OK)
		return AUTH_ACCEPTED;
	for (i = 0; i < sizeof(verdicts) / sizeof(verdicts[0]); i++) {
		if (bytes_iis(code, verdicts[i].code)) {
			*ret_reason = verdicts[i].reason;
			return verdicts[i].result;
		}
	}
	return s->kind == REPLY_NO || login_whole(cmd) ? AUTH_REFUSED : AUTH_UNKNOWN;
}

/* RFC 4422 3.7: mechanisms that may put a security layer under what follows. */
static bool
may_have_layer(const struct imap_cmd *cmd)
{
	static const char *const names[] = {
		"GSSAPI", "GSS-SPNEGO", "DIGEST-MD5", "KERBEROS_V4"};
	struct ev_login ev;
	size_t i;

	sasl_login(cmd->sasl, &ev);
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (bytes_iis(ev.mechanism, names[i]))
			return true;
	return false;
}

static enum dis_next
answer_login(struct imap *st, struct imap_cmd *cmd, const struct imap_status *s,
	const struct place *at, struct events *out)
{
	const char *reason;
	enum auth_result result;

	if (imap_cmd_is(cmd, IMAP_LOGIN))
		imap_login_make(cmd, out);
	/* A LOGIN without a name that was not understood was no attempt. */
	if (!cmd->sasl ||
		(imap_cmd_is(cmd, IMAP_LOGIN) && !cmd->n_args && s->kind == REPLY_BAD))
		return DIS_MORE;
	result = login_result(cmd, s, &reason);
	sasl_verdict(cmd->sasl, result, 0, reason, s->rest, at);
	imap_sasl_info_say(cmd, at, out);
	imap_login_say(cmd, at, out);
	if (s->kind != REPLY_OK) {
		st->stray = true;
		return DIS_MORE;
	}
	st->login = IMAP_AUTH;
	if (!cmd->caps_told)
		caps_void(at, out);
	return imap_cmd_is(cmd, IMAP_AUTHENTICATE) && may_have_layer(cmd) ? DIS_SASL : DIS_MORE;
}

static enum dis_next
answer_starttls(struct imap *st, const struct imap_status *s, bool premature,
	const struct place *at, struct events *out)
{
	struct event e = {.type = EV_STARTTLS, .starttls = {.text = s->rest}};

	e.starttls.stage = s->kind == REPLY_OK ? STLS_ACCEPTED : STLS_REFUSED;
	if (st->wait == WAIT_TLS)
		st->answer = s->kind == REPLY_OK ? ANSWER_GO : ANSWER_NO;
	events_say_at(out, &e, at);
	if (s->kind != REPLY_OK) {
		st->tls = STLS_DENIED;
		return DIS_MORE;
	}
	if (premature) {
		e.starttls.stage = STLS_PREMATURE;
		events_say_at(out, &e, at);
	}
	caps_void(at, out);
	st->tls = STLS_GIVEN;
	st->go_end = at->offset + at->len;
	return DIS_TLS;
}

static void
answer_select(struct imap *st, struct imap_cmd *cmd, const struct imap_status *s,
	const struct place *at, struct events *out)
{
	struct event e = {.type = EV_MAILBOX};
	struct buf name;

	if (s->kind != REPLY_OK) {
		/* RFC 9051 6.3.2: a failed SELECT leaves no mailbox selected. */
		if (st->login == IMAP_SELECTED && s->kind == REPLY_NO)
			st->login = IMAP_AUTH;
		return;
	}
	st->login = IMAP_SELECTED;
	buf_init(&name, cmd->arg[0].n * 3 + 1);
	imap_mailbox(st, buf_bytes(&cmd->arg[0]), &name, &cmd->at, out);
	e.mailbox.name = buf_bytes(&name);
	e.mailbox.messages = st->exists;
	e.mailbox.counted = st->exists > 0;
	e.mailbox.read_only = bytes_is(bytes_str(cmd->verb->name), "EXAMINE") ||
			      bytes_iis(s->code, "READ-ONLY");
	events_say_at(out, &e, at);
	buf_done(&name);
}

/* Says what the reply to this kind of command means. */
static enum dis_next
answer_verb(struct imap *st, struct imap_cmd *cmd, const struct imap_status *s, bool premature,
	const struct place *at, struct events *out)
{
	bool ok = s->kind == REPLY_OK;

	switch (cmd->verb->id) {
	case IMAP_LOGIN:
	case IMAP_AUTHENTICATE:
		return answer_login(st, cmd, s, at, out);
	case IMAP_STARTTLS:
		return answer_starttls(st, s, premature, at, out);
	case IMAP_COMPRESS:
		if (st->wait == WAIT_DEFLATE)
			st->answer = ok ? ANSWER_GO : ANSWER_NO;
		return ok ? DIS_DEFLATE : DIS_MORE;
	case IMAP_SELECT:
		answer_select(st, cmd, s, at, out);
		break;
	case IMAP_CLOSE:
		if (ok && st->login)
			st->login = IMAP_AUTH;
		break;
	case IMAP_UNAUTHENTICATE:
		if (ok) {
			st->login = IMAP_NOT_AUTH;
			caps_void(at, out);
		}
		break;
	case IMAP_OTHER:
	case IMAP_CAPABILITY:
	case IMAP_FETCH:
	case IMAP_ID:
	case IMAP_IDLE:
	case IMAP_STORE_MESSAGE:
		break;
	}
	return DIS_MORE;
}

/* The segment with the reply had not received all of the command: it cannot be its answer
 * (FINDINGS.md starttls.premature_reply). */
static bool
judge_premature(const struct imap_cmd *cmd, const struct place *at, struct events *out)
{
	if (at->acked == PLACE_NO_ACK || at->acked >= cmd->end)
		return false;
	if (imap_cmd_is(cmd, IMAP_LOGIN) || imap_cmd_is(cmd, IMAP_AUTHENTICATE))
		imap_anomaly_at(out, ANOMALY_REPLY_PREMATURE, BYTES_NONE, at);
	return true;
}

/* Commands in front of `cmd` whose replies went down in a gap. */
static void
drop_lost(struct imap *st, const struct imap_cmd *cmd, struct events *out)
{
	uint32_t i = 0;

	while (i < st->n_queue && st->queue[i] != cmd) {
		if (!st->queue[i]->lost) {
			i++;
			continue;
		}
		imap_login_unknown(st->queue[i], out);
		imap_cmd_drop(st, st->queue[i]);
	}
}

/* Whoever waits for this command waits no more. */
static void
end_waits(struct imap *st, struct imap_cmd *cmd)
{
	if (st->wait == WAIT_LITERAL && st->cur == cmd && st->answer != ANSWER_GO)
		st->answer = ANSWER_NO;
	if (st->wait == WAIT_AUTH && st->auth == cmd)
		st->answer = ANSWER_NO;
}

enum dis_next
imap_answer(struct imap *st, struct imap_cmd *cmd, const struct imap_status *s,
	const struct place *at, struct events *out)
{
	enum dis_next next = DIS_MORE;
	bool premature = judge_premature(cmd, at, out);

	imap_deed_answer(st, cmd, s, at, out);
	st->blind = false;
	drop_lost(st, cmd, out);
	if (cmd->verb && s->kind == REPLY_OK && st->login && !(cmd->verb->when & st->login))
		imap_anomaly_at(out, ANOMALY_COMMAND_SEQUENCE, bytes_str(cmd->verb->name), at);
	end_waits(st, cmd);
	if (cmd->verb)
		next = answer_verb(st, cmd, s, premature, at, out);
	imap_caps_code(st, s->code, CAPS_RESPONSE_CODE, at, out);
	imap_cmd_drop(st, cmd);
	return next;
}
