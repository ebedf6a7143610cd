/* What the report says of the TLS of each server: gathered per session, printed at the end. */
#include "output/report_page.h"
#include "base/arena.h"
#include "base/clock.h"
#include "base/escape.h"
#include "dissectors/tls/names.h"
#include "model/chain.h"
#include "output/report_tls.h"

#include <inttypes.h>
#include <stdlib.h>

static const uint16_t versions[REPORT_TLS_VERSIONS] = {
	SSL_2, SSL_3, TLS_1_0, TLS_1_1, TLS_1_2, TLS_1_3};

/* Counts a number among the few that a server chooses; what is over is counted together. */
static void
count(struct report_counted *list, uint16_t version, uint16_t id)
{
	size_t i = 0;

	while (i < REPORT_TLS_CHOICES - 1 && list[i].n &&
		(list[i].id != id || list[i].version != version))
		i++;
	if (!list[i].n++) {
		list[i].id = id;
		list[i].version = version;
	}
}

static void
keep_leaf(struct report_tls *x, const struct session *s)
{
	const struct cert *leaf = chain_leaf(s->tls_seen->chain);
	struct bytes subject;

	if (!leaf)
		return;
	x->leaf_seen = true;
	x->not_after_s = leaf->not_after_s;
	x->leaf_at_s = s->flow->last_ns / NS_PER_S;
	subject = bytes_sub(leaf->subject, 0, REPORT_TEXT_BYTES);
	if (bytes_eq(subject, x->subject))
		return;
	free((void *)(uintptr_t)x->subject.p);
	x->subject = BYTES_NONE;
	if (subject.n) {
		uint8_t *p = mem_get(subject.n);

		memcpy(p, subject.p, subject.n);
		x->subject = (struct bytes){p, subject.n};
	}
}

void
report_tls_add(struct report_tls **px, const struct session *s)
{
	const struct tls_seen *t = s->tls_seen;
	struct report_tls *x = *px;

	if (!t || (t->client == &tls_client_none && !t->version))
		return;
	if (!x)
		x = *px = mem_get(sizeof(*x));
	x->handshakes++;
	x->failed += !t->established && t->fatal_alerts;
	keep_leaf(x, s);
	if (!t->established)
		return;
	x->established++;
	x->resumed += t->resumed;
	x->hidden += tls_cert_of(t) == TLS_CERT_HIDDEN;
	x->decrypted += t->keys == TLS_KEYS_DECRYPTED;
	for (size_t i = 0; i < REPORT_TLS_VERSIONS; i++)
		x->versions[i] += t->version == versions[i];
	if (t->version && t->cipher)
		count(x->suites, t->version == SSL_2 ? SSL_2 : 0, t->cipher);
	if (t->group)
		count(x->groups, 0, t->group);
}

void
report_tls_free(struct report_tls **x)
{
	if (!*x)
		return;
	free((void *)(uintptr_t)(*x)->subject.p);
	free(*x);
	*x = NULL;
}

/* text */

static bool
any_tls(const void *item)
{
	return ((const struct report_server *)item)->handshakes != NULL;
}

static void
put_times(struct buf *out, uint64_t n, uint64_t of)
{
	if (n != of)
		buf_fmt(out, "×%" PRIu64, n);
}

static void
put_versions(struct buf *out, const struct report_tls *x)
{
	bool some = false;

	for (size_t i = REPORT_TLS_VERSIONS; i-- > 0;) {
		if (!x->versions[i])
			continue;
		/* The title says what they are. */
		buf_fmt(out, "%s%s", some ? ", " : "",
			tls_version_name(versions[i]) + (versions[i] >= TLS_1_0 ? 4 : 0));
		put_times(out, x->versions[i], x->established);
		some = true;
	}
	if (x->failed)
		buf_fmt(out, "%s%" PRIu64 " failed", some ? ", " : "", x->failed);
}

static void
put_suites(struct buf *out, const struct report_tls *x)
{
	for (size_t i = 0; i < REPORT_TLS_CHOICES && x->suites[i].n; i++) {
		const struct report_counted *c = &x->suites[i];
		char number[TLS_NUMBER];

		if (i)
			buf_str(out, ", ");
		if (i == REPORT_TLS_CHOICES - 1)
			buf_str(out, "others");
		else
			buf_str(out, tls_suite_text(c->version, c->id, number));
		put_times(out, c->n, x->established);
	}
}

static void
put_certificate(struct buf *out, const struct report_tls *x)
{
	int64_t days = cert_days(x->leaf_at_s, x->not_after_s);

	if (x->leaf_seen && days < 0) {
		buf_fmt(out, "expired %" PRId64 " days ago", -days);
	} else if (x->leaf_seen) {
		buf_fmt(out, "%" PRId64 " days left", days);
	} else if (x->hidden) {
		buf_str(out, "hidden by TLS 1.3: not assessable");
	} else if (x->resumed) {
		buf_str(out, "not shown: resumed sessions only");
	}
}

static void
tls_cell(struct report *r, void *item, size_t col, struct buf *out)
{
	const struct report_server *v = item;
	char text[ENDPOINT_TEXT + 8];

	switch (col) {
	case 0:
		buf_str(out, endpoint_text(&v->server, text));
		break;
	case 1:
		put_versions(out, v->handshakes);
		break;
	case 2:
		put_certificate(out, v->handshakes);
		break;
	case 3:
		put_suites(out, v->handshakes);
		break;
	}
}

void
report_tls_text(struct report *r, struct buf *t)
{
	struct grid_column cols[] = {
		{"SERVER", 0}, {"TLS", 0}, {"CERTIFICATE", 16}, {"CIPHER SUITES", 20}};
	bool some = false;

	for (size_t i = 0; i < r->servers.n; i++)
		some |= any_tls(r->servers.items[i]);
	if (!some)
		return;
	report_heading(r, "TLS of the servers");
	report_grid(r, &r->servers, any_tls, cols, sizeof(cols) / sizeof(cols[0]), tls_cell, t);
}

/* JSON */

static const char *
counted_name(const struct report_counted *list, size_t i, bool suites, char number[TLS_NUMBER])
{
	return i == REPORT_TLS_CHOICES - 1 ? "others"
	       : suites                    ? tls_suite_text(list[i].version, list[i].id, number)
					   : tls_group_text(list[i].id, number);
}

static void
json_counted(struct json *j, const char *key, const struct report_counted *list, bool suites)
{
	if (!list[0].n)
		return;
	json_object(j, key);
	for (size_t i = 0; i < REPORT_TLS_CHOICES && list[i].n; i++) {
		char number[TLS_NUMBER];

		json_u64(j, counted_name(list, i, suites, number), list[i].n);
	}
	json_close(j);
}

/* NULL: that is not known. */
static const char *
certificate_word(const struct report_tls *x)
{
	return x->leaf_seen ? "seen" : x->hidden ? "hidden" : x->resumed ? "not_shown" : NULL;
}

static void
json_certificate(struct json *j, const struct report_tls *x)
{
	char time[CERT_TIME_TEXT];

	json_text(j, "certificate", certificate_word(x));
	if (!x->leaf_seen)
		return;
	json_str_opt(j, "subject", x->subject);
	json_text(j, "notafter", cert_time_text(x->not_after_s, time));
}

void
report_tls_json(struct json *j, const struct report_tls *x)
{
	if (!x)
		return;
	json_object(j, "handshakes");
	json_u64(j, "seen", x->handshakes);
	json_u64(j, "established", x->established);
	json_u64_opt(j, "failed", x->failed);
	json_u64_opt(j, "resumed", x->resumed);
	json_u64_opt(j, "decrypted", x->decrypted);
	json_object(j, "versions");
	for (size_t i = 0; i < REPORT_TLS_VERSIONS; i++)
		json_u64_opt(j, tls_version_name(versions[i]), x->versions[i]);
	json_close(j);
	json_counted(j, "cipher_suites", x->suites, true);
	json_counted(j, "groups", x->groups, false);
	json_certificate(j, x);
	json_close(j);
}

/* cells of a table */

static void
cell_item(struct buf *out, const char *name, uint64_t n)
{
	if (n)
		buf_fmt(out, "%s%s: %" PRIu64, out->n ? "; " : "", name, n);
}

static void
cell_counted(struct buf *out, const struct report_counted *list, bool suites)
{
	for (size_t i = 0; i < REPORT_TLS_CHOICES && list[i].n; i++) {
		char number[TLS_NUMBER];

		cell_item(out, counted_name(list, i, suites, number), list[i].n);
	}
}

void
report_tls_cell(struct buf *out, const struct report_tls *x, enum report_tls_cell what)
{
	char time[CERT_TIME_TEXT];

	buf_clear(out);
	if (!x)
		return;
	switch (what) {
	case REPORT_TLS_CELL_VERSIONS:
		for (size_t i = REPORT_TLS_VERSIONS; i-- > 0;)
			cell_item(out, tls_version_name(versions[i]), x->versions[i]);
		break;
	case REPORT_TLS_CELL_SUITES:
		cell_counted(out, x->suites, true);
		break;
	case REPORT_TLS_CELL_GROUPS:
		cell_counted(out, x->groups, false);
		break;
	case REPORT_TLS_CELL_CERTIFICATE:
		buf_add(out, bytes_str(certificate_word(x)));
		break;
	case REPORT_TLS_CELL_SUBJECT:
		buf_add(out, x->subject);
		break;
	case REPORT_TLS_CELL_NOTAFTER:
		if (x->leaf_seen)
			buf_str(out, cert_time_text(x->not_after_s, time));
		break;
	case REPORT_TLS_CELLS:
		break;
	}
}
