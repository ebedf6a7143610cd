/* The last chapters of the report: what is fine, and what could not be seen. */
#include "output/report_page.h"
#include "base/escape.h"
#include "output/text.h"

#include <inttypes.h>
#include <stdio.h>

#define LISTED 20 /* good findings named; the rest is counted */

static void
fact(struct report *r, uint64_t n, const char *one, const char *more, const char *rest)
{
	char number[TEXT_NUMBER];
	struct buf t;

	if (n == 0)
		return;
	buf_init(&t, 1024);
	buf_fmt(&t, "- %s %s %s", text_number(n, number), report_many(n, one, more), rest);
	report_paragraph(r, 2, &t);
	buf_done(&t);
}

void
report_fine(struct report *r, struct buf *t)
{
	const struct report_seen *x = &r->seen;
	uint64_t none = 0;

	if (x->positives == 0 && !x->implicit && !x->verdicts[VERDICT_UPGRADED])
		return;
	report_heading(r, "Seen and fine");
	fact(r, x->implicit, "session", "sessions", "in TLS from the first byte");
	fact(r, x->verdicts[VERDICT_UPGRADED], "session", "sessions",
		"upgraded to TLS before any login or mail");
	fact(r, x->logins_protected, "login", "logins", "inside TLS");
	for (size_t i = 0; i < r->findings.n; i++) {
		const struct report_finding *f = r->findings.items[i];

		if (f->row->cls != CLASS_POSITIVE)
			continue;
		if (++none > LISTED)
			continue;
		buf_fmt(t, "- %s [%s]: ", f->row->title, f->row->id);
		report_ends(t, &f->client, &f->server);
		report_via(t, &f->via);
		for (size_t k = 0; k < f->n_evidence && k < 1; k++)
			buf_fmt(t, ", packet %" PRIu64, f->evidence[k].packet);
		if (f->count > 1)
			buf_fmt(t, ", %" PRIu64 " times", f->count);
		report_paragraph(r, 2, t);
	}
	if (none > LISTED)
		buf_fmt(&r->out, "  … and %" PRIu64 " more\n", none - LISTED);
}

static void
put_inputs_broken(struct report *r, struct buf *t)
{
	size_t n = r->run->source ? source_inputs(r->run->source) : 0;

	for (size_t i = 0; i < n; i++) {
		const struct source_input *in = source_input(r->run->source, i);

		if (!in->broken)
			continue;
		buf_str(t, "- the input ended early: ");
		escape_term(t, bytes_str(in->text));
		report_paragraph(r, 2, t);
	}
}

static bool
all_seen(const struct report *r)
{
	const struct report_seen *x = &r->seen;
	const struct run_stats *st = r->run->stats;
	uint64_t lost = st ? st->kernel_drops + st->interface_drops + st->program_drops +
					st->evictions + st->fragments_dropped +
					st->unknown_link + st->broken_stamps
			   : 0;
	size_t n = r->run->source ? source_inputs(r->run->source) : 0;

	for (size_t i = 0; i < n; i++)
		if (source_input(r->run->source, i)->broken)
			return false;
	return !(x->midstream | x->one_sided | x->gapped | x->opaque | x->given_up |
		 x->sasl_layer | x->no_dialogue | lost | x->protos[PROTO_OTHER] |
		 x->protos[PROTO_UNKNOWN] | x->verdicts[VERDICT_NOT_OBSERVABLE]);
}

void
report_unseen(struct report *r, struct buf *t)
{
	const struct report_seen *x = &r->seen;
	const struct run_stats *st = r->run->stats;
	char rest[128], number[TEXT_NUMBER];

	report_heading(r, "Not observable");
	if (all_seen(r)) {
		buf_str(t, x->sessions ? "Everything of these sessions could be read."
				       : "No mail session was seen.");
		report_paragraph(r, 2, t);
		return;
	}
	put_inputs_broken(r, t);
	fact(r, x->opaque, "session", "sessions",
		"in TLS: what was said inside, logins too, cannot be judged without the keys");
	fact(r, x->verdicts[VERDICT_NOT_OBSERVABLE], "session", "sessions",
		"in which it cannot be told whether TLS was offered: the capabilities were "
		"never asked for, or not captured");
	fact(r, x->midstream, "session", "sessions", "whose beginning was not captured");
	fact(r, x->one_sided, "session", "sessions",
		"of which only one direction was captured: replies or commands are unknown");
	snprintf(rest, sizeof(rest), "with bytes missing in the capture, %s bytes in all",
		text_number(x->gap_bytes, number));
	fact(r, x->gapped, "session", "sessions", rest);
	fact(r, x->no_dialogue, "session", "sessions",
		"on mail ports without a command or reply");
	fact(r, x->protos[PROTO_OTHER], "connection", "connections",
		"on mail ports that did not speak mail, or could not be told");
	fact(r, x->given_up, "session", "sessions",
		"of which only the beginning could be read");
	fact(r, x->sasl_layer, "session", "sessions", "inside a SASL security layer");
	if (!st)
		return;
	fact(r, st->kernel_drops, "packet", "packets",
		"dropped by the kernel, so that findings may be missing");
	fact(r, st->interface_drops, "packet", "packets", "dropped by the interface");
	fact(r, st->program_drops, "packet", "packets",
		"left out, because findings and output did not keep up");
	fact(r, st->evictions, "connection", "connections",
		"given up early for lack of memory (--memory)");
	fact(r, st->fragments_dropped, "IP fragment", "IP fragments",
		"that could not be put together");
	fact(r, st->unknown_link, "packet", "packets", "of a link type that is not read");
	fact(r, st->broken_stamps, "packet", "packets",
		"whose time stamp is of another age: not taken for the time of the capture");
	fact(r, st->syn_only, "connection", "connections", "that nobody answered");
}
