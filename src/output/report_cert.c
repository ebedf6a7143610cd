#include "output/report_cert.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/escape.h"
#include "output/cert_words.h"

struct report_cert {
	int64_t not_after_s, at_s;
	uint8_t sha256[CERT_SHA256_BYTES];
	struct bytes subject, issuer, sans, judged, verdict, key;
	uint8_t trust;      /* enum trust_verdict */
	uint32_t different; /* other certificates that it showed before */
	bool times_bad;
	struct arena arena;
};

static struct bytes
keep(struct report_cert *c, struct bytes in)
{
	return arena_copy(&c->arena, bytes_sub(in, 0, REPORT_TEXT_BYTES));
}

static void
fill(struct report_cert *c, const struct session *s, const struct cert *x)
{
	char key[CERT_KEY_TEXT];
	struct buf judged, verdict;

	arena_done(&c->arena);
	arena_init(&c->arena, 512);
	buf_init(&judged, REPORT_TEXT_BYTES);
	cert_judged_words(&judged, s);
	buf_init(&verdict, REPORT_TEXT_BYTES);
	cert_judged_short(&verdict, s);
	c->subject = keep(c, x->subject);
	c->issuer = keep(c, x->self_issued ? BYTES_NONE : x->issuer);
	c->sans = keep(c, x->sans);
	c->judged = keep(c, buf_bytes(&judged));
	c->verdict = keep(c, buf_bytes(&verdict));
	c->key = keep(c, bytes_str(cert_key_text(x, key)));
	c->not_after_s = x->not_after_s;
	c->times_bad = x->times_bad;
	memcpy(c->sha256, x->sha256, sizeof(c->sha256));
	buf_done(&judged);
	buf_done(&verdict);
}

void
report_cert_add(struct report_cert **ret, const struct session *s)
{
	const struct cert *x = peer_cert(s);
	struct report_cert *c = *ret;

	if (!x)
		return;
	if (!c) {
		c = *ret = mem_get(sizeof(*c));
		fill(c, s, x);
	} else if (memcmp(c->sha256, x->sha256, sizeof(c->sha256)) != 0) {
		c->different++;
		fill(c, s, x);
	}
	c->trust = s->tls_seen->trust.verdict;
	c->at_s = s->flow->first_ns / NS_PER_S;
}

void
report_cert_free(struct report_cert **c)
{
	if (!*c)
		return;
	arena_done(&(*c)->arena);
	free(*c);
	*c = NULL;
}

/* text */

static bool
any_cert(const void *item)
{
	return ((const struct report_server *)item)->cert != NULL;
}

static void
put_names(struct buf *out, const struct report_cert *c)
{
	escape_term(out, c->subject.n ? c->subject : c->sans);
	buf_str(out, c->issuer.n ? ", by " : ", by itself");
	escape_term(out, c->issuer);
	buf_str(out, ", ");
	escape_term(out, c->key);
}

static void
cert_cell(struct report *r, void *item, size_t col, struct buf *out)
{
	const struct report_server *v = item;
	const struct report_cert *c = v->cert;
	char text[ENDPOINT_TEXT + 8];

	switch (col) {
	case 0:
		buf_str(out, endpoint_text(&v->server, text));
		break;
	case 1:
		if (!c->times_bad)
			buf_fmt(out, "%" PRId64, cert_days(c->at_s, c->not_after_s));
		break;
	case 2:
		escape_term(out, c->verdict);
		break;
	case 3:
		put_names(out, c);
		if (c->different)
			buf_fmt(out, "; %u other%s before", c->different,
				c->different == 1 ? "" : "s");
		break;
	}
}

void
report_cert_text(struct report *r, struct buf *t)
{
	struct grid_column cols[] = {
		{"SERVER", 0}, {"DAYS", 0, true}, {"JUDGED", 0}, {"CERTIFICATE", 24}};
	bool some = false;

	for (size_t i = 0; i < r->servers.n; i++)
		some |= any_cert(r->servers.items[i]);
	if (!some)
		return;
	report_heading(r, "Certificates of the servers");
	buf_str(t, "The last one that each showed, the days that were left then, and what it "
		   "was worth then.");
	report_paragraph(r, 2, t);
	report_grid(
		r, &r->servers, any_cert, cols, sizeof(cols) / sizeof(cols[0]), cert_cell, t);
}

/* JSON */

void
report_cert_json(struct json *j, const struct report_cert *c)
{
	char text[CERT_TIME_TEXT];

	if (!c)
		return;
	json_object(j, "certificate_shown");
	json_str_opt(j, "subject", c->subject);
	json_str_opt(j, "issuerdn", c->issuer);
	json_str_opt(j, "names", c->sans);
	json_str_opt(j, "key", c->key);
	if (!c->times_bad)
		json_text(j, "notafter", cert_time_text(c->not_after_s, text));
	if (c->trust != TRUST_UNKNOWN)
		json_text(j, "trust", trust_verdict_name((enum trust_verdict)c->trust));
	json_str_opt(j, "judged", c->judged);
	json_u64_opt(j, "others_before", c->different);
	json_close(j);
}
