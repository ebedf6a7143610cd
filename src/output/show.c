/* `show`: the dialogues as text, in the order of their first packets. Everything waits on disk
 * until the order is known. */
#include "output/show.h"
#include "base/arena.h"
#include "base/clock.h"
#include "base/escape.h"
#include "dissectors/explain.h"
#include "output/filter.h"
#include "output/spool.h"
#include "output/style.h"
#include "output/text.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define OUT_PIECE ((size_t)64 * 1024)

struct dialogue {
	uint64_t flow_id;
	uint64_t chain, head; /* head 0: -F does not match */
};

struct head { /* what the lines above a dialogue need besides their text */
	enum proto proto;
	int64_t start_ns;
};

struct show_sink {
	struct sink sink;
	struct sink_settings set;
	struct transcript *transcript;
	struct spool *heads;
	struct dialogue *list;
	size_t n, cap;
	struct buf text, tmp, tmp2;
	uint8_t *explained;
	size_t shown;
};

static int
show_begin(struct sink *sink, const struct run_info *run, struct err *e)
{
	struct show_sink *k = (struct show_sink *)sink;
	struct transcript_settings set = {.spool_bytes = k->set.spool_bytes,
		.bodies = k->set.raw || k->set.hex,
		.bytes = k->set.hex};

	k->transcript = transcript_new(&set, run->secrets);
	return 0;
}

static void
show_event(struct sink *sink, struct session *s, const struct event *e)
{
	transcript_event(((struct show_sink *)sink)->transcript, s, e);
}

static void
show_transaction(struct sink *sink, struct session *s, const struct transaction *t)
{
	if (t->message)
		transcript_message(((struct show_sink *)sink)->transcript, s, t->message);
}

static void
show_transfer(struct sink *sink, struct session *s, const struct message *m)
{
	transcript_message(((struct show_sink *)sink)->transcript, s, m);
}

static void
show_finding(struct sink *sink, struct session *s, const struct finding *f, bool repeat)
{
	if (s && !repeat)
		transcript_finding(((struct show_sink *)sink)->transcript, s, f);
}

static void
put_proxied(struct buf *out, const struct session *s)
{
	const struct ev_proxy p = session_proxied(s);
	char a[ENDPOINT_TEXT + 8], b[ENDPOINT_TEXT + 8];

	if (p.known)
		buf_fmt(out, "for %s, which connected to %s%s, says its PROXY header\n",
			endpoint_text(&p.src, a), endpoint_text(&p.dst, b),
			p.tls ? " over TLS" : "");
}

/* "imap 192.0.2.7:40222 → 198.51.100.2:143" and two lines about how it went; escaped. */
static void
put_head(struct buf *out, const struct session *s)
{
	const struct flow *f = s->flow;
	char a[ENDPOINT_TEXT + 8], b[ENDPOINT_TEXT + 8], time[CLOCK_TEXT], span[CLOCK_TEXT],
		n[TEXT_NUMBER];
	const char *proto = session_protocol(s);

	buf_fmt(out, "%s %s → %s\n",
		s->service != SERVICE_UNKNOWN ? service_name(s->service) : proto,
		endpoint_text(&f->client, a), endpoint_text(&f->server, b));
	put_proxied(out, s);
	clock_rfc3339(f->first_ns, time);
	buf_fmt(out, "%.10s %.12s UTC, %s, %s packets, ", time, time + 11,
		clock_span(f->last_ns - f->first_ns, span),
		text_number(f->side[0].packets + f->side[1].packets, n));
	buf_fmt(out, "%s bytes", text_number(f->side[0].bytes + f->side[1].bytes, n));
	if (f->reason != FLOW_OPEN)
		buf_fmt(out, ", %s", flow_reason_name(f->reason));
	buf_str(out, "\n");
	if (s->proto == PROTO_OTHER)
		buf_str(out, "not mail");
	else
		buf_fmt(out, "STARTTLS: %s", verdict_name(s->verdict));
	if (verdict_why_text(s->why))
		buf_fmt(out, " (%s)", verdict_why_text(s->why));
	if (session_has(s, TEXT_USER)) {
		buf_str(out, s->authenticated ? ", logged in as " : ", login tried: ");
		escape_term(out, session_text(s, TEXT_USER));
	}
	if (s->worst)
		buf_fmt(out, ", worst: %s", severity_name((enum severity)s->worst));
}

static void
show_end(struct sink *sink, struct session *s)
{
	struct show_sink *k = (struct show_sink *)sink;
	struct dialogue d = {.flow_id = s->flow->id};
	struct head h = {.proto = s->proto, .start_ns = s->flow->first_ns};

	d.chain = transcript_end(k->transcript, s);
	if (!k->set.filter || filter_match(k->set.filter, s)) {
		buf_clear(&k->text);
		buf_add(&k->text, (struct bytes){(const uint8_t *)&h, sizeof(h)});
		put_head(&k->text, s);
		spool_put(k->heads, &d.head, buf_bytes(&k->text));
	}
	if (k->n == k->cap) {
		k->cap = k->cap ? 2 * k->cap : 64;
		k->list = mem_grow(k->list, k->cap * sizeof(*k->list));
	}
	k->list[k->n++] = d;
}

static int
by_flow(const void *a, const void *b)
{
	const struct dialogue *x = a, *y = b;

	return (x->flow_id > y->flow_id) - (x->flow_id < y->flow_id);
}

static void
flush(struct show_sink *k, size_t over)
{
	if (k->text.n <= over)
		return;
	out_add(k->set.out, buf_bytes(&k->text));
	buf_clear(&k->text);
}

/* What became known of the message whose end is `r`: a later record of the same place. */
static bool
find_info(struct show_sink *k, const uint64_t *records, size_t n, size_t from,
	const struct record *r, struct buf *keep, struct record *ret)
{
	struct record_head h = r->h;

	for (size_t i = from; i < n && i < from + 512; i++) {
		struct record x;

		if (!transcript_read(k->transcript, records[i], &x) || x.h.kind != REC_INFO)
			continue;
		if (x.h.offset != h.offset || x.h.packet != h.packet || x.h.dir != h.dir)
			continue;
		buf_clear(keep);
		buf_add(keep, x.text);
		buf_add(keep, x.extra);
		*ret = x;
		ret->text = bytes_sub(buf_bytes(keep), 0, x.text.n);
		ret->extra = bytes_from(buf_bytes(keep), x.text.n);
		return true;
	}
	return false;
}

static void
put_record(
	struct show_sink *k, struct show_view *v, const uint64_t *records, size_t n, size_t i)
{
	struct record r, info;
	struct buf keep;
	bool known = false;

	if (!transcript_read(k->transcript, records[i], &r))
		return;
	buf_init(&keep, SIZE_MAX);
	if (r.h.kind == REC_MESSAGE && !k->set.raw && !k->set.hex) {
		known = find_info(k, records, n, i + 1, &r, &keep, &info);
		transcript_read(k->transcript, records[i], &r);
	}
	if (k->set.raw)
		show_raw(v, &r);
	else if (k->set.hex)
		show_hex(v, &r);
	else
		show_text(v, &r, known ? &info : NULL);
	if (k->set.explain && !k->set.raw)
		show_explain(v, &r);
	buf_done(&keep);
	flush(k, OUT_PIECE);
}

static void
put_title(struct show_sink *k, const struct show_view *v, uint64_t number, struct bytes text)
{
	size_t first = bytes_find(text, '\n');
	char lead[40];

	if (k->shown++)
		buf_byte(&k->text, '\n');
	snprintf(lead, sizeof(lead), "Session %" PRIu64 ": ", number);
	style_on(&k->text, k->set.color, STYLE_HEAD);
	buf_str(&k->text, lead);
	text_wrap(&k->text, bytes_sub(text, 0, first), strlen(lead), 2, v->line_width);
	style_off(&k->text, k->set.color, STYLE_HEAD);
	text_wrap(&k->text, bytes_from(text, first + 1), 0, 0, v->line_width);
	buf_byte(&k->text, '\n');
}

static void
put_dialogue(struct show_sink *k, uint64_t number, const struct dialogue *d)
{
	size_t width = k->set.width > 0 ? (size_t)k->set.width : 80, n;
	struct show_view v = {.out = &k->text,
		.tmp = &k->tmp,
		.color = k->set.color,
		.width = width,
		.line_width = k->set.width > 0 ? width : SIZE_MAX,
		.explained = k->explained};
	struct head h = {0};
	uint64_t *records;

	spool_get(k->heads, d->head, &k->tmp2);
	if (k->tmp2.n < sizeof(h))
		return;
	memcpy(&h, k->tmp2.p, sizeof(h));
	v.proto = h.proto;
	v.start_ns = h.start_ns;
	if (k->explained)
		memset(k->explained, 0, explain_count);
	if (!k->set.raw || !k->set.session)
		put_title(k, &v, number, bytes_from(buf_bytes(&k->tmp2), sizeof(h)));
	n = transcript_list(k->transcript, d->chain, &records);
	for (size_t i = 0; i < n && !out_broken(k->set.out); i++)
		put_record(k, &v, records, n, i);
	show_lines_end(&v);
	if (v.body_open)
		buf_byte(&k->text, '\n');
	if (n == 0 && !k->set.raw)
		buf_str(&k->text, "  nothing of the dialogue is visible\n");
	free(records);
}

static int
show_finish(struct sink *sink, const struct run_info *run, struct err *e)
{
	struct show_sink *k = (struct show_sink *)sink;
	int r;

	if (k->n)
		qsort(k->list, k->n, sizeof(*k->list), by_flow);
	buf_clear(&k->text);
	if (k->set.explain)
		k->explained = mem_get(explain_count);
	if (k->set.session > k->n)
		return err_set(e, -ENOENT,
			"there is no session %" PRIu64
			": the input has %zu; see: mailsnoop sessions",
			k->set.session, k->n);
	for (size_t i = 0; i < k->n && !out_broken(k->set.out); i++)
		if (k->list[i].head && (!k->set.session || k->set.session == i + 1))
			put_dialogue(k, i + 1, &k->list[i]);
	flush(k, 0);
	r = out_flush(k->set.out, e);
	if (r == 0)
		r = transcript_err(k->transcript, e);
	return r == 0 ? spool_err(k->heads, e) : r;
}

static void
show_free(struct sink *sink)
{
	struct show_sink *k = (struct show_sink *)sink;

	transcript_free(&k->transcript);
	spool_free(&k->heads);
	buf_done(&k->text);
	buf_done(&k->tmp);
	buf_done(&k->tmp2);
	free(k->explained);
	free(k->list);
	free(k);
}

static const struct sink_ops show_ops = {.name = "show",
	.begin = show_begin,
	.event = show_event,
	.transaction = show_transaction,
	.transfer = show_transfer,
	.end = show_end,
	.finding = show_finding,
	.finish = show_finish,
	.free = show_free};

struct sink *
show_sink_new(const struct sink_settings *set, struct err *e)
{
	struct show_sink *k;

	if (set->format && strcmp(set->format, "text") != 0) {
		err_set(e, -EINVAL, "show: unknown format '%s'; it writes text", set->format);
		return NULL;
	}
	if (set->raw && set->hex) {
		err_set(e, -EINVAL, "show: --raw and --hex exclude each other");
		return NULL;
	}
	k = mem_get(sizeof(*k));
	k->sink = (struct sink){.ops = &show_ops,
		.wants = WANT_EVENT | WANT_TRANSACTION | WANT_TRANSFER | WANT_END |
			 WANT_FINDING};
	k->set = *set;
	k->heads = spool_new(set->spool_bytes ? set->spool_bytes : UINT64_C(4) << 30);
	buf_init(&k->text, SIZE_MAX);
	buf_init(&k->tmp, SIZE_MAX);
	buf_init(&k->tmp2, SIZE_MAX);
	return &k->sink;
}
