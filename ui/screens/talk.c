#include "ui/screens/dialogue.h"
#include "base/clock.h"
#include "base/escape.h"
#include "dissectors/tls/names.h"
#include "output/show.h"

#include <stdlib.h>

#define MESSAGES 32 /* ends of messages of which something may become known later */

struct pending { /* of REC_MESSAGE */
	uint64_t packet, offset;
	uint8_t dir;
	size_t entry;
};

bool
talk_record(struct dialogue *d, size_t entry, struct record *ret)
{
	return transcript_read(d->transcript, d->entries[entry].at, ret);
}

static void
add_info(struct dialogue *d, struct pending *p, const struct record *r, uint64_t at)
{
	for (size_t i = 0; i < MESSAGES; i++) {
		if (!p[i].packet || p[i].packet != r->h.packet || p[i].offset != r->h.offset ||
			p[i].dir != r->h.dir)
			continue;
		d->entries[p[i].entry].info = at;
		p[i].packet = 0;
	}
}

/* The handshake has come to its end: of its steps, the last one is enough at first. */
static void
fold_handshake(struct dialogue *d, size_t from)
{
	for (size_t i = from; i < d->n_entries; i++)
		if (d->entries[i].kind == REC_TLS)
			d->entries[i].folded = true;
}

bool
talk_folded(const struct dialogue *d, const struct entry *e)
{
	return !d->unfolded && (e->kind == REC_BODY || e->folded);
}

static void
load_one(struct dialogue *d, size_t talk)
{
	struct pending pending[MESSAGES] = {{0}};
	size_t n_pending = 0;
	uint64_t *list;
	size_t n = transcript_list(d->transcript, d->talks[talk].chain, &list);
	size_t handshake = d->n_entries;
	bool tls = false;

	d->entries = mem_grow(d->entries, (d->n_entries + n + 1) * sizeof(*d->entries));
	for (size_t i = 0; i < n && d->n_entries < ENTRIES; i++) {
		struct entry *e = &d->entries[d->n_entries];
		struct record r;

		if (!transcript_read(d->transcript, list[i], &r))
			continue;
		if (r.h.kind == REC_INFO) {
			add_info(d, pending, &r, list[i]);
			continue;
		}
		if (r.h.kind == REC_MESSAGE)
			pending[n_pending++ % MESSAGES] = (struct pending){.packet = r.h.packet,
				.offset = r.h.offset,
				.dir = r.h.dir,
				.entry = d->n_entries};
		*e = (struct entry){.at = list[i],
			.ts_ns = r.h.ts_ns,
			.packet = r.h.packet,
			.talk = (uint8_t)talk,
			.kind = r.h.kind,
			.tls = tls || r.h.flags & REC_ENCRYPTED,
			.severity = r.h.kind == REC_FINDING ? (uint8_t)r.h.code : 0};
		if (r.h.kind == REC_FINDING && r.h.reply_kind == CLASS_POSITIVE)
			e->severity = SEV_NONE;
		if (r.h.kind == REC_TLS && strcmp(r.h.verb, "established") == 0) {
			fold_handshake(d, handshake);
			handshake = d->n_entries + 1;
			tls = true;
		}
		d->n_entries++;
	}
	free(list);
}

static int
by_time(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;

	if (x->ts_ns != y->ts_ns && x->talk != y->talk)
		return x->ts_ns < y->ts_ns ? -1 : 1;
	return (x->at > y->at) - (x->at < y->at);
}

/* Several dialogues on one ladder: merged by time, each staying in its own order. */
static void
merge(struct dialogue *d)
{
	for (size_t i = 1; i < d->n_entries; i++) /* no record is earlier than the one before */
		if (d->entries[i].talk == d->entries[i - 1].talk &&
			d->entries[i].ts_ns < d->entries[i - 1].ts_ns)
			d->entries[i].ts_ns = d->entries[i - 1].ts_ns;
	qsort(d->entries, d->n_entries, sizeof(*d->entries), by_time);
}

static bool
anything_new(struct dialogue *d)
{
	bool some = false;

	for (size_t i = 0; i < d->n_talks; i++) {
		struct talk *t = &d->talks[i];

		rows_get(&d->feed->sessions, t->index, &t->s);
		d->wanted[i] = t->s.chain;
		some |= t->s.chain != t->chain;
	}
	return some;
}

bool
talk_load(struct dialogue *d)
{
	int64_t begin = clock_mono_ns();

	if (!d->asked) {
		if (begin < d->next_ns || !anything_new(d))
			return false;
		d->asked = feed_ask(d->feed);
	}
	if (!feed_ready(d->feed, d->asked))
		return false;
	d->asked = 0;
	if (!d->transcript && d->feed->transcript)
		d->transcript = transcript_view(d->feed->transcript);
	if (!d->transcript)
		return false;
	transcript_show(d->transcript, atomic_load(&d->feed->bytes));
	d->n_entries = 0;
	d->cache.entry = 0;
	for (size_t i = 0; i < d->n_talks; i++) {
		d->talks[i].chain = d->wanted[i];
		load_one(d, i);
	}
	if (d->n_talks > 1 && d->n_entries)
		merge(d);
	d->loaded = true;
	d->next_ns = clock_mono_ns() + NS_PER_S / 10 + 5 * (clock_mono_ns() - begin);
	return true;
}

enum line_side
talk_side(const struct entry *e, const struct record *r)
{
	switch ((enum record_kind)e->kind) {
	case REC_COMMAND:
	case REC_REPLY:
	case REC_CAPS:
	case REC_BODY:
	case REC_LINE:
		return r->h.dir == DIR_C2S ? SIDE_CLIENT : SIDE_SERVER;
	case REC_MESSAGE:
	case REC_INFO:
	case REC_LOGIN:
	case REC_TLS:
	case REC_GAP:
	case REC_ANOMALY:
	case REC_FINDING:
	case REC_NOTE:
		break;
	}
	return SIDE_NOTE;
}

/* Wire text, line by line. */
static void
put_wire(struct buf *out, struct bytes rest)
{
	bool first = true;

	do {
		if (!first)
			buf_byte(out, '\n');
		escape_term(out, bytes_line(&rest));
		first = false;
	} while (rest.n);
}

/* What the handshake came to, on a line of its own. */
static void
put_handshake(const struct dialogue *d, const struct entry *e, struct buf *out)
{
	const struct feed_session *r = &d->talks[e->talk].s;
	const struct snapshot s = {.feed = d->feed};
	char name[TLS_NUMBER];
	struct tls_info t;

	if (!cells_tls(&s, r->tls, &t) || !t.h.version)
		return;
	buf_fmt(out, "\n %s", tls_version_text(t.h.version, name));
	if (t.h.cipher)
		buf_fmt(out, ", %s", tls_suite_text(t.h.version, t.h.cipher, name));
	if (t.h.group)
		buf_fmt(out, ", %s", tls_group_text(t.h.group, name));
	if (t.sni.n) {
		buf_str(out, ", for ");
		escape_term(out, t.sni);
	}
	if (r->cert) {
		buf_str(out, ", certificate ");
		cells_subject(&s, r->cert, out);
		buf_fmt(out, " (%.*s)", BYTES_FMT(t.judged));
	}
}

/* Ours, in the words of `show`, on one line. */
static void
put_note(struct dialogue *d, const struct entry *e, const struct record *r, struct buf *out)
{
	struct record info = {0};
	struct show_view v = {.out = &d->tmp,
		.tmp = &d->tmp2,
		.width = SIZE_MAX,
		.line_width = SIZE_MAX,
		.proto = (enum proto)d->talks[e->talk].s.proto};
	bool known = false;
	struct bytes text;

	buf_clear(&d->tmp);
	if (e->info && transcript_read(d->transcript, e->info, &info)) {
		buf_clear(&d->info);
		buf_add(&d->info, info.text);
		buf_add(&d->info, info.extra);
		info.extra = bytes_from(buf_bytes(&d->info), info.text.n);
		info.text = bytes_sub(buf_bytes(&d->info), 0, info.text.n);
		known = true;
	}
	if (transcript_read(d->transcript, e->at, (struct record *)r))
		show_text(&v, r, known ? &info : NULL);
	text = bytes_trim(bytes_chomp(buf_bytes(&d->tmp)));
	buf_add(out, text);
	if (r->h.kind == REC_TLS && strcmp(r->h.verb, "established") == 0)
		put_handshake(d, e, out);
}

struct bytes
talk_text(struct dialogue *d, size_t entry)
{
	const struct entry *e = &d->entries[entry];
	struct record r;

	if (d->cache.entry == entry + 1)
		return buf_bytes(&d->cache.text);
	buf_clear(&d->cache.text);
	d->cache.entry = entry + 1;
	if (!talk_record(d, entry, &r))
		return BYTES_NONE;
	if (talk_side(e, &r) == SIDE_NOTE)
		put_note(d, e, &r, &d->cache.text);
	else
		put_wire(&d->cache.text, r.text);
	return buf_bytes(&d->cache.text);
}

/* May stand between the pieces of a message. */
static bool
is_aside(const struct entry *e)
{
	return e->kind == REC_BODY || e->kind == REC_FINDING || e->kind == REC_ANOMALY ||
	       e->kind == REC_GAP || e->kind == REC_NOTE;
}

bool
talk_message(struct dialogue *d, size_t entry, struct buf *out, bool *ret_complete)
{
	size_t end = entry, from;
	struct record r;
	uint8_t talk;

	while (end < d->n_entries && d->entries[end].kind != REC_MESSAGE)
		end++;
	if (end >= d->n_entries || !talk_record(d, end, &r))
		return false;
	*ret_complete = (r.h.flags & REC_COMPLETE) != 0;
	talk = d->entries[end].talk;
	for (from = end; from; from--)
		if (d->entries[from - 1].talk == talk && !is_aside(&d->entries[from - 1]))
			break;
	for (size_t i = from; i < end; i++)
		if (d->entries[i].talk == talk && d->entries[i].kind == REC_BODY &&
			talk_record(d, i, &r))
			buf_add(out, r.text);
	return out->n > 0;
}

static void
add_line(struct dialogue *d, struct dline line)
{
	if (d->n_lines == d->cap_lines) {
		d->cap_lines = d->cap_lines ? 2 * d->cap_lines : 256;
		d->lines = mem_grow(d->lines, d->cap_lines * sizeof(*d->lines));
	}
	d->lines[d->n_lines++] = line;
}

/* How much of one line of text goes on this line of the screen: to a space, if there is a good
 * one. */
static size_t
piece(struct bytes text, int width)
{
	int used;
	size_t n = canvas_fit(text, width, &used), space;

	if (n >= text.n || n == 0)
		return n ? n : text.n;
	for (space = n; space > n / 2; space--)
		if (text.p[space] == ' ')
			return space;
	return n;
}

static void
cut_entry(struct dialogue *d, size_t i, enum line_side side, int width)
{
	struct bytes text = talk_text(d, i);
	size_t at = 0, lines = 0;

	do {
		size_t end = at + bytes_find(bytes_from(text, at), '\n');

		do {
			size_t n = piece(bytes_sub(text, at, end - at), width);

			add_line(d, (struct dline){.entry = (uint32_t)i,
					    .from = (uint32_t)at,
					    .len = (uint32_t)n,
					    .side = (uint8_t)side,
					    .first = lines++ == 0});
			at += n;
			while (at < end && text.p[at] == ' ')
				at++;
		} while (at < end && lines < ENTRY_LINES);
		at = end + 1;
	} while (at < text.n && lines < ENTRY_LINES);
}

void
talk_cut(struct dialogue *d, const struct ladder_shape *s)
{
	size_t listed = 0;

	d->n_lines = 0;
	d->width = s->area.cols;
	for (size_t i = 0; i < replay_entries(d); i++) {
		struct entry *e = &d->entries[i];
		struct record r;
		enum line_side side;

		e->line = (uint32_t)d->n_lines;
		listed = e->kind == REC_LINE ? listed + 1 : 0;
		if (talk_folded(d, e) || (!d->unfolded && listed > SHOW_LINES)) {
			if (d->n_lines)
				e->line--;
			continue;
		}
		if (!talk_record(d, i, &r))
			continue;
		side = talk_side(e, &r);
		cut_entry(d, i, side,
			side == SIDE_CLIENT   ? s->client
			: side == SIDE_SERVER ? s->server
					      : s->client + s->net + s->server -
							(e->kind == REC_TLS ? LADDER_BAR : 0));
	}
}
