#include "findings/text.h"
#include "base/digest.h"

#include <string.h>

const char *
text_caps_source(enum proto p)
{
	return p == PROTO_IMAP ? "CAPABILITY" : p == PROTO_POP3 ? "CAPA" : "EHLO reply";
}

const char *
text_starttls_word(enum proto p)
{
	return p == PROTO_POP3 ? "STLS" : "STARTTLS";
}

struct mech_row {
	const char *name, *token;
};

static const struct mech_row mechs[] = {
	{"PLAIN", "plain"},
	{"LOGIN", "login"},
	{"USER/PASS", "user_pass"},
	{"APOP", "apop"},
	{"CRAM-MD5", "cram_md5"},
	{"DIGEST-MD5", "digest_md5"},
	{"NTLM", "ntlm"},
	{"XOAUTH2", "xoauth2"},
	{"OAUTHBEARER", "oauthbearer"},
	{"GSSAPI", "gssapi"},
	{"GSS-SPNEGO", "gss_spnego"},
	{"EXTERNAL", "external"},
	{"ANONYMOUS", "anonymous"},
	{"SCRAM-SHA-1", "scram_sha_1"},
	{"SCRAM-SHA-1-PLUS", "scram_sha_1_plus"},
	{"SCRAM-SHA-256", "scram_sha_256"},
	{"SCRAM-SHA-256-PLUS", "scram_sha_256_plus"},
};

const char *
text_mechanism_token(const struct ev_login *ev, enum proto p)
{
	if (p == PROTO_IMAP && !ev->sasl && bytes_is(ev->mechanism, "LOGIN"))
		return "imap_login";
	for (size_t i = 0; i < sizeof(mechs) / sizeof(mechs[0]); i++)
		if (bytes_iis(ev->mechanism, mechs[i].name))
			return mechs[i].token;
	return "other";
}

const char *
text_verdict_token(const struct ev_login *ev)
{
	if (ev->result == AUTH_ACCEPTED || (ev->reason && strcmp(ev->reason, "in_use") == 0))
		return "accepted";
	if (ev->result == AUTH_REFUSED)
		return "rejected";
	return "unknown";
}

/* What the client sent, in one line, with `<secret#N>` for what is one. */
static void
login_line(struct findings *f, const struct ev_login *ev, enum proto p, struct buf *out)
{
	const char *verb = p == PROTO_IMAP ? "AUTHENTICATE" : "AUTH";

	if (bytes_is(ev->mechanism, "USER/PASS")) {
		buf_str(out, ev->secret.n ? "PASS" : "USER");
	} else if (bytes_is(ev->mechanism, "APOP")) {
		buf_fmt(out, "APOP %.*s", BYTES_FMT(ev->user));
	} else if (!ev->sasl && p == PROTO_IMAP) {
		buf_fmt(out, "LOGIN %.*s", BYTES_FMT(ev->user));
	} else {
		buf_fmt(out, "%s %.*s", verb, BYTES_FMT(ev->mechanism));
	}
	if (bytes_is(ev->mechanism, "USER/PASS") && !ev->secret.n)
		buf_fmt(out, " %.*s", BYTES_FMT(ev->user));
	if (ev->secret.n) {
		buf_byte(out, ' ');
		secrets_put(f->secrets, out, ev->secret);
	}
}

void
text_login(struct findings *f, struct hit *h, const struct fstate *st, const struct login *l)
{
	const struct ev_login *ev = l->ev;
	const struct session *s = h->session;
	const struct caps *caps = l->tls ? s->caps_tls : s->caps_clear;
	struct place caps_at = session_at(s, l->tls ? AT_CAPS_TLS : AT_CAPS_CLEAR);
	uint8_t room[EVIDENCE_TEXT + 1];
	struct buf line = {.p = room, .cap = sizeof(room), .max = EVIDENCE_TEXT};

	if (text_before(&caps_at, &ev->begun))
		hit_clue(h, &caps_at, "%s: %.*s", text_caps_source(s->proto),
			BYTES_FMT(caps->text));
	hit_main(h);
	login_line(f, ev, s->proto, &line);
	hit_clue(
		h, ev->credential.packet ? &ev->credential : &ev->begun, "%s", buf_text(&line));
	wipe(room, line.n);
	hit_wire(f, h, &ev->verdict, NULL, ev->reply, NULL, 0);
	(void)st;
}

#define OFFER_BYTES 199 /* of the mechanisms */

void
text_offer_note(struct hit *h, const struct session *s)
{
	struct bytes offered = bytes_sub(s->caps_clear->mechs, 0, OFFER_BYTES);

	if (!s->caps_clear->known) {
		hit_note(h, "what the server offered was not seen");
		return;
	}
	if (!offered.n)
		offered = BYTES("none");
	hit_note(h, "%s was %soffered; mechanisms offered: %.*s", text_starttls_word(s->proto),
		caps_has(s->caps_clear, CAPS_STARTTLS) ? "" : "not ", BYTES_FMT(offered));
}

void
text_keep(char *out, size_t max, struct bytes in)
{
	size_t n = in.n < max ? in.n : max - 1;

	if (n)
		memcpy(out, in.p, n);
	out[n] = '\0';
}

bool
text_before(const struct place *a, const struct place *b)
{
	if (a->packet == 0 || b->packet == 0)
		return false;
	return a->input == b->input ? a->packet <= b->packet : a->ts_ns <= b->ts_ns;
}

bool
text_had_seen(const struct place *later, const struct place *earlier)
{
	if (earlier->packet == 0 || later->packet == 0)
		return false;
	if (later->acked == PLACE_NO_ACK)
		return text_before(earlier, later);
	return later->acked >= earlier->offset + earlier->len;
}
