/* The report for people: what is wrong and what to do, who is concerned, what is fine, and what
 * could not be seen. */
#include "output/report_grid.h"
#include "base/clock.h"
#include "base/escape.h"
#include "output/style.h"
#include "output/text.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define LABEL 14             /* columns of the words before a text */
#define CASES 20             /* of one finding listed; the rest is counted */
#define LOGINS 500           /* in clear, listed */
#define EVIDENCE_COLUMNS 200 /* of one evidence text */

static void
heading(struct report *r, const char *text)
{
	size_t n = strlen(text) + 1;

	buf_byte(&r->out, '\n');
	style_on(&r->out, r->set.color, STYLE_HEAD);
	buf_fmt(&r->out, "%s ", text);
	for (; n < report_width(r); n++)
		buf_byte(&r->out, '-');
	style_off(&r->out, r->set.color, STYLE_HEAD);
	buf_str(&r->out, "\n\n");
	report_flush(r);
}

/* "Label         text …", wrapped. `indent` columns before it. */
static void
labelled(struct report *r, size_t indent, const char *label, const char *text)
{
	text_spaces(&r->out, indent);
	text_cell(&r->out, bytes_str(label), LABEL - 2, false);
	text_spaces(&r->out, 2);
	text_wrap(&r->out, bytes_str(text), indent + LABEL, indent + LABEL, report_width(r));
}

static void
paragraph(struct report *r, size_t indent, struct buf *text)
{
	text_spaces(&r->out, indent);
	text_wrap(&r->out, buf_bytes(text), indent, indent + 2, report_width(r));
	buf_clear(text);
}

static const char *
many(uint64_t n, const char *one, const char *more)
{
	return n == 1 ? one : more;
}

static void
put_inputs(struct report *r, struct buf *t)
{
	size_t n = r->run->source ? source_inputs(r->run->source) : 0;
	char number[TEXT_NUMBER];

	for (size_t i = 0; i < n; i++) {
		const struct source_input *in = source_input(r->run->source, i);

		escape_term(t, bytes_str(in->name));
		buf_fmt(t, " (%s packets", text_number(in->packets, number));
		if (in->broken)
			buf_str(t, ", ended early");
		buf_str(t, i + 1 < n ? "), " : ")");
	}
	if (n)
		labelled(r, 0, "Input", buf_text(t));
	buf_clear(t);
}

static void
put_time(struct report *r, struct buf *t)
{
	char from[CLOCK_TEXT], to[CLOCK_TEXT], span[CLOCK_TEXT];

	if (r->run->first_ns == 0 && r->run->last_ns == 0)
		return;
	clock_rfc3339(r->run->first_ns, from);
	clock_rfc3339(r->run->last_ns, to);
	buf_fmt(t, "%.10s %.8s to ", from, from + 11);
	if (strncmp(from, to, 10) != 0)
		buf_fmt(t, "%.10s ", to);
	buf_fmt(t, "%.8s UTC (%s)", to + 11,
		clock_span(r->run->last_ns - r->run->first_ns, span));
	labelled(r, 0, "Time", buf_text(t));
	buf_clear(t);
}

static void
put_decoded(struct report *r, struct buf *t)
{
	const struct run_stats *st = r->run->stats;
	char a[TEXT_NUMBER], b[TEXT_NUMBER];
	bool first = true;

	if (st)
		buf_fmt(t, "%s packets, %s connections, ", text_number(st->packets, a),
			text_number(st->flows, b));
	buf_fmt(t, "%s mail %s", text_number(r->seen.sessions - r->seen.protos[PROTO_OTHER], a),
		many(r->seen.sessions - r->seen.protos[PROTO_OTHER], "session", "sessions"));
	for (enum proto p = PROTO_SMTP; p <= PROTO_TLS; p++) {
		if (!r->seen.protos[p])
			continue;
		buf_fmt(t, "%s%s %s", first ? ": " : ", ", text_number(r->seen.protos[p], a),
			proto_name(p));
		first = false;
	}
	labelled(r, 0, "Seen", buf_text(t));
	buf_clear(t);
	buf_fmt(t, "%s %s", text_number(r->seen.logins, a),
		many(r->seen.logins, "login", "logins"));
	buf_fmt(t, ", %s %s", text_number(r->seen.messages, a),
		many(r->seen.messages, "message", "messages"));
	labelled(r, 0, "In them", buf_text(t));
	buf_clear(t);
}

static void
put_summary(struct report *r, struct buf *t)
{
	const struct report_seen *x = &r->seen;
	bool some = false;

	for (int sev = SEV_CRITICAL; sev >= SEV_INFO; sev--) {
		if (!x->severities[sev])
			continue;
		buf_fmt(t, "%s%" PRIu64 " %s", some ? ", " : "", x->severities[sev],
			severity_name((enum severity)sev));
		some = true;
	}
	if (!some)
		buf_str(t, "nothing wrong was found in what could be seen");
	if (x->observations)
		buf_fmt(t, "; %" PRIu64 " %s", x->observations,
			many(x->observations, "observation", "observations"));
	if (x->positives)
		buf_fmt(t, "; %" PRIu64 " good", x->positives);
	labelled(r, 0, "Findings", buf_text(t));
	buf_clear(t);
}

static void
put_head(struct report *r, struct buf *t)
{
	style_on(&r->out, r->set.color, STYLE_HEAD);
	buf_fmt(&r->out, "mailsnoop %s: report\n",
		r->run->program_version ? r->run->program_version : "");
	style_off(&r->out, r->set.color, STYLE_HEAD);
	buf_byte(&r->out, '\n');
	put_inputs(r, t);
	put_time(r, t);
	put_decoded(r, t);
	if (r->run->reveal)
		labelled(r, 0, "Secrets",
			"REVEALED: this report may show passwords (--reveal). Keep it safe.");
	else
		labelled(r, 0, "Secrets", "masked; equal numbers <secret#N> are equal secrets");
	put_summary(r, t);
}

/* "192.0.2.7 → 198.51.100.2:143 (imap), account bob, accepted, 3 times, 10:11:12 to 10:15:00"
 */
static void
put_case(struct report *r, const struct report_finding *f, struct buf *t)
{
	char a[CLOCK_TEXT], b[CLOCK_TEXT];

	report_ends(t, &f->client, &f->server);
	if (t->n == 0)
		buf_str(t, "this capture");
	if (f->proto != PROTO_UNKNOWN && f->proto != PROTO_OTHER)
		buf_fmt(t, " (%s)", proto_name(f->proto));
	if (f->account.n) {
		buf_str(t, ", account ");
		escape_term(t, f->account);
	}
	if (f->reason && *f->reason)
		buf_fmt(t, ", %s", f->reason);
	if (f->certainty != CERTAINTY_CONFIRMED)
		buf_fmt(t, ", %s", certainty_name(f->certainty));
	clock_rfc3339(f->first_ns, a);
	clock_rfc3339(f->last_ns, b);
	buf_fmt(t, ", %.10s %.8s", a, a + 11);
	if (f->count > 1)
		buf_fmt(t, " to %.8s, %" PRIu64 " times", b + 11, f->count);
	paragraph(r, 2, t);
	if (f->note.n) {
		escape_term(t, f->note);
		paragraph(r, 6, t);
	}
}

static void
put_evidence(struct report *r, const struct report_finding *f, struct buf *t)
{
	bool several = r->run->source && source_inputs(r->run->source) > 1;

	for (size_t i = 0; i < f->n_evidence; i++) {
		const struct report_evidence *v = &f->evidence[i];
		const char *file = report_input(r, v->input);

		if (!v->packet)
			continue;
		buf_fmt(t, "packet %" PRIu64, v->packet);
		if (several && file) {
			buf_str(t, " of ");
			escape_term(t, bytes_str(file));
		}
		if (v->text.n) {
			buf_fmt(t, ", %s: ", v->dir == DIR_C2S ? "client" : "server");
			text_wire(t, v->text, EVIDENCE_COLUMNS);
		}
		paragraph(r, 6, t);
	}
}

static void
put_title(struct report *r, const struct report_finding *f)
{
	enum style style = f->row->cls == CLASS_FINDING ? style_severity(f->severity)
							: STYLE_HEAD;
	const char *words[] = {[CLASS_FINDING] = NULL,
		[CLASS_OBSERVATION] = "observed",
		[CLASS_POSITIVE] = "good"};
	struct buf t;

	buf_init(&t, 512);
	if (words[f->row->cls]) {
		buf_str(&t, words[f->row->cls]);
	} else {
		buf_str(&t, severity_name(f->severity));
		for (size_t i = 0; i < t.n; i++)
			t.p[i] = (uint8_t)(t.p[i] >= 'a' && t.p[i] <= 'z' ? t.p[i] - 32
									  : t.p[i]);
	}
	buf_fmt(&t, ": %s [%s]", f->row->title, f->row->id);
	style_on(&r->out, r->set.color, style);
	text_wrap(&r->out, buf_bytes(&t), 0, 2, report_width(r));
	style_off(&r->out, r->set.color, style);
	buf_done(&t);
}

static void
put_advice(struct report *r, const struct finding_row *row, struct buf *t)
{
	if (row->explain && *row->explain)
		labelled(r, 2, "Why", row->explain);
	if (row->remedy && *row->remedy)
		labelled(r, 2, "What to do", row->remedy);
	for (size_t i = 0; row->refs && row->refs[i]; i++)
		buf_fmt(t, "%s%s", i ? "; " : "", row->refs[i]);
	if (t->n)
		labelled(r, 2, "See", buf_text(t));
	buf_clear(t);
}

/* Cases of one finding and severity stand together, so that its explanation comes once. Returns
 * how many there were. */
static size_t
put_group(struct report *r, size_t from, struct buf *t)
{
	const struct report_finding *first = r->findings.items[from];
	size_t n = 0;

	put_title(r, first);
	for (; from + n < r->findings.n; n++) {
		const struct report_finding *f = r->findings.items[from + n];

		if (f->row != first->row || f->severity != first->severity)
			break;
		if (n < CASES) {
			put_case(r, f, t);
			put_evidence(r, f, t);
		}
	}
	if (n > CASES)
		buf_fmt(&r->out, "  … and %zu more; --format csv lists them all\n", n - CASES);
	put_advice(r, first->row, t);
	report_flush(r);
	return n;
}

static bool
put_findings(struct report *r, enum finding_class cls, const char *title, struct buf *t)
{
	bool some = false;
	size_t i = 0;

	while (i < r->findings.n) {
		const struct report_finding *f = r->findings.items[i];

		if (f->row->cls != cls) {
			i++;
			continue;
		}
		if (!some)
			heading(r, title);
		else
			buf_byte(&r->out, '\n');
		some = true;
		i += put_group(r, i, t);
	}
	return some;
}

static bool
login_in_clear(const void *item)
{
	return ((const struct report_login *)item)->readable;
}

/* "PLAIN from 192.0.2.7 to 198.51.100.2:25 (smtp): accepted, password shown, 3 times, packets
 * 12 40 61" */
static void
put_login(struct report *r, const struct report_login *l, struct buf *t)
{
	size_t n = sizeof(l->packets) / sizeof(l->packets[0]);
	const char *file = report_input(r, l->input);
	char text[ENDPOINT_TEXT + 8];

	escape_term(t, l->mechanism);
	buf_fmt(t, " from %s", endpoint_addr(&l->client, text));
	buf_fmt(t, " to %s (%s): %s, ", endpoint_text(&l->server, text), proto_name(l->proto),
		report_results[l->result]);
	buf_fmt(t, "%s",
		l->exposure == EXPOSURE_NONE ? "only the name" : report_exposures[l->exposure]);
	if (l->exposure != EXPOSURE_NONE && l->secret_id)
		buf_fmt(t, " <secret#%u>", l->secret_id);
	if (l->count > 1)
		buf_fmt(t, ", %" PRIu64 " times", l->count);
	buf_str(t, l->count > 1 ? ", packets" : ", packet");
	for (size_t i = 0; i < n && i < l->count; i++)
		buf_fmt(t, " %" PRIu64, l->packets[i]);
	if (l->count > n)
		buf_str(t, " …");
	if (file && source_inputs(r->run->source) > 1) {
		buf_str(t, " of ");
		escape_term(t, bytes_str(file));
	}
	paragraph(r, 6, t);
}

static void
put_logins(struct report *r, struct buf *t)
{
	const struct report_login *last = NULL;
	uint64_t n = 0;

	for (size_t i = 0; i < r->logins.n; i++) {
		const struct report_login *l = r->logins.items[i];

		if (!login_in_clear(l) || ++n > LOGINS)
			continue;
		if (!last)
			heading(r, "Who logged in in clear");
		if (!last || !bytes_eq(last->user, l->user)) {
			escape_term(t, l->user.n ? l->user : BYTES("(account not shown)"));
			paragraph(r, 2, t);
		}
		last = l;
		put_login(r, l, t);
	}
	if (!last)
		return;
	if (n > LOGINS || r->logins.dropped)
		buf_fmt(&r->out,
			"  … and %" PRIu64 " more; --format json lists what is known\n",
			n - (n > LOGINS ? LOGINS : n) + r->logins.dropped);
	buf_str(t, "A password or token can be used at once by whoever saw it, a crackable "
		   "answer after guessing offline.");
	buf_byte(&r->out, '\n');
	paragraph(r, 2, t);
	report_flush(r);
}

static bool
any_server(const void *item)
{
	return true;
}

static void
put_verdicts(struct buf *out, const uint64_t verdicts[VERDICTS])
{
	bool some = false;

	for (int v = VERDICT_STRIPPED; v >= 0; v--) {
		if (!verdicts[v])
			continue;
		buf_fmt(out, "%s%s", some ? " " : "", verdict_name((enum verdict)v));
		if (verdicts[v] > 1)
			buf_fmt(out, "×%" PRIu64, verdicts[v]);
		some = true;
	}
}

static void
server_cell(struct report *r, void *item, size_t col, struct buf *out)
{
	const struct report_server *v = item;
	char text[ENDPOINT_TEXT + 8];

	switch (col) {
	case 0:
		buf_str(out, endpoint_text(&v->server, text));
		break;
	case 1:
		buf_str(out, v->service != SERVICE_UNKNOWN ? service_name(v->service)
							   : proto_name(v->proto));
		break;
	case 2:
		escape_term(out, v->name);
		break;
	case 3:
		buf_fmt(out, "%" PRIu64, v->sessions);
		break;
	case 4:
		buf_fmt(out, "%" PRIu64 "%%", v->tls * 100 / v->sessions);
		break;
	case 5:
		put_verdicts(out, v->verdicts);
		break;
	case 6:
		buf_str(out, v->worst ? severity_name((enum severity)v->worst) : "");
		break;
	}
}

static void
put_servers(struct report *r, struct buf *t)
{
	struct grid_column cols[] = {{"SERVER", 0}, {"SERVICE", 0}, {"NAME", 6},
		{"SEEN", 0, true}, {"TLS", 0, true}, {"STARTTLS", 10}, {"WORST", 0}};

	if (r->servers.n == 0)
		return;
	heading(r, "Servers");
	report_grid(r, &r->servers, any_server, cols, sizeof(cols) / sizeof(cols[0]),
		server_cell, t);
}

static void
fact(struct report *r, uint64_t n, const char *one, const char *more, const char *rest)
{
	char number[TEXT_NUMBER];
	struct buf t;

	if (n == 0)
		return;
	buf_init(&t, 1024);
	buf_fmt(&t, "- %s %s %s", text_number(n, number), many(n, one, more), rest);
	paragraph(r, 2, &t);
	buf_done(&t);
}

static void
put_fine(struct report *r, struct buf *t)
{
	const struct report_seen *x = &r->seen;
	uint64_t none = 0;

	if (x->positives == 0 && !x->verdicts[VERDICT_IMPLICIT] &&
		!x->verdicts[VERDICT_UPGRADED])
		return;
	heading(r, "Seen and fine");
	fact(r, x->verdicts[VERDICT_IMPLICIT], "session", "sessions",
		"in TLS from the first byte");
	fact(r, x->verdicts[VERDICT_UPGRADED], "session", "sessions",
		"upgraded to TLS before any login or mail");
	fact(r, x->logins_protected, "login", "logins", "inside TLS");
	for (size_t i = 0; i < r->findings.n; i++) {
		const struct report_finding *f = r->findings.items[i];

		if (f->row->cls != CLASS_POSITIVE)
			continue;
		if (++none > CASES)
			continue;
		buf_fmt(t, "- %s [%s]: ", f->row->title, f->row->id);
		report_ends(t, &f->client, &f->server);
		for (size_t k = 0; k < f->n_evidence && k < 1; k++)
			buf_fmt(t, ", packet %" PRIu64, f->evidence[k].packet);
		if (f->count > 1)
			buf_fmt(t, ", %" PRIu64 " times", f->count);
		paragraph(r, 2, t);
	}
	if (none > CASES)
		buf_fmt(&r->out, "  … and %" PRIu64 " more\n", none - CASES);
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
		paragraph(r, 2, t);
	}
}

static bool
all_seen(const struct report *r)
{
	const struct report_seen *x = &r->seen;
	const struct run_stats *st = r->run->stats;
	uint64_t lost = st ? st->kernel_drops + st->interface_drops + st->evictions +
					st->fragments_dropped + st->unknown_link
			   : 0;
	size_t n = r->run->source ? source_inputs(r->run->source) : 0;

	for (size_t i = 0; i < n; i++)
		if (source_input(r->run->source, i)->broken)
			return false;
	return !(x->midstream | x->one_sided | x->gapped | x->opaque | x->given_up |
		 x->sasl_layer | x->no_dialogue | lost | x->protos[PROTO_OTHER] |
		 x->protos[PROTO_UNKNOWN] | x->protos[PROTO_TLS] |
		 x->verdicts[VERDICT_NOT_OBSERVABLE]);
}

static void
put_unseen(struct report *r, struct buf *t)
{
	const struct report_seen *x = &r->seen;
	const struct run_stats *st = r->run->stats;
	char rest[128], number[TEXT_NUMBER];

	heading(r, "Not observable");
	if (all_seen(r)) {
		buf_str(t, x->sessions ? "Everything of these sessions could be read."
				       : "No mail session was seen.");
		paragraph(r, 2, t);
		return;
	}
	put_inputs_broken(r, t);
	fact(r, x->opaque > x->protos[PROTO_TLS] ? x->opaque : x->protos[PROTO_TLS], "session",
		"sessions",
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
	fact(r, x->given_up, "session", "sessions", "that could not be read to their end");
	fact(r, x->sasl_layer, "session", "sessions", "inside a SASL security layer");
	if (!st)
		return;
	fact(r, st->kernel_drops, "packet", "packets",
		"dropped by the kernel, so that findings may be missing");
	fact(r, st->interface_drops, "packet", "packets", "dropped by the interface");
	fact(r, st->evictions, "connection", "connections",
		"given up early for lack of memory (--memory)");
	fact(r, st->fragments_dropped, "IP fragment", "IP fragments",
		"that could not be put together");
	fact(r, st->unknown_link, "packet", "packets", "of a link type that is not read");
	fact(r, st->syn_only, "connection", "connections", "that nobody answered");
}

void
report_text(struct report *r)
{
	struct buf t;

	buf_init(&t, SIZE_MAX);
	put_head(r, &t);
	if (!put_findings(r, CLASS_FINDING, "What is wrong", &t)) {
		heading(r, "What is wrong");
		buf_str(&t, "Nothing, in what could be seen. What could not be seen is listed "
			    "at the end.");
		paragraph(r, 2, &t);
	}
	if (r->findings.dropped)
		buf_fmt(&r->out, "\n… and %" PRIu64 " findings that there was no room for\n",
			r->findings.dropped);
	put_logins(r, &t);
	put_servers(r, &t);
	put_findings(r, CLASS_OBSERVATION, "Also noticed", &t);
	put_fine(r, &t);
	put_unseen(r, &t);
	buf_done(&t);
}
