#include "findings/engine.h"
#include "base/fmt.h"

#include <stddef.h>
#include <string.h>

void
hit_init(struct hit *h, const struct rule *r, struct session *s, const char *reason)
{
	/* Not the two kilobytes of text behind it. */
	memset(h, 0, offsetof(struct hit, note));
	h->note[0] = '\0';
	h->rule = r;
	h->session = s;
	h->reason = reason;
	if (r)
		h->severity = r->row->severity;
	if (!s)
		return;
	h->client = session_client(s);
	h->via = session_via(s);
	h->server = s->flow->server;
	h->proto = s->proto;
}

static struct clue *
clue_new(struct hit *h, const struct place *at)
{
	struct clue *c;

	if (!at || at->packet == 0 || h->n_clues == HIT_EVIDENCE)
		return NULL;
	c = &h->clues[h->n_clues++];
	c->at = *at;
	c->cut = false;
	c->n = 0;
	return c;
}

/* What is cut says so. */
static void
clue_cut(struct clue *c)
{
	static const char more[] = "…";

	if (c->cut)
		memcpy(c->text + c->n - (sizeof(more) - 1), more, sizeof(more) - 1);
}

void
hit_clue(struct hit *h, const struct place *at, const char *fmt, ...)
{
	struct clue *c = clue_new(h, at);
	va_list ap;
	int n;

	if (!c)
		return;
	va_start(ap, fmt);
	n = fmt_text(c->text, EVIDENCE_TEXT, fmt, ap);
	va_end(ap);
	c->cut = n >= EVIDENCE_TEXT;
	c->n = (uint16_t)(c->cut ? EVIDENCE_TEXT - 1 : n);
	clue_cut(c);
}

void
hit_wire(struct findings *f, struct hit *h, const struct place *at, const char *before,
	struct bytes wire, const struct mask *masks, size_t n_masks)
{
	struct clue *c = clue_new(h, at);
	struct buf out;

	if (!c)
		return;
	/* A buffer that holds all of it from the start allocates nothing. */
	out = (struct buf){
		.p = (uint8_t *)c->text, .cap = sizeof(c->text), .max = EVIDENCE_TEXT};
	if (before)
		buf_str(&out, before);
	secrets_redact(
		f->secrets, h->session ? h->session->known : NULL, wire, masks, n_masks, &out);
	c->cut = out.cut;
	c->n = (uint16_t)out.n;
	clue_cut(c);
}

void
hit_main(struct hit *h)
{
	if (h->n_clues < HIT_EVIDENCE)
		h->main = h->n_clues;
}

void
hit_note(struct hit *h, const char *fmt, ...)
{
	size_t room = sizeof(h->note) - h->note_n;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = fmt_text(h->note + h->note_n, room, fmt, ap);
	va_end(ap);
	h->note_n += n < 0 ? 0 : (size_t)n < room ? (size_t)n : room - 1;
}
