/* The report for people: what is wrong and what to do, who is concerned, what is fine, and what
 * could not be seen. */
#include "output/report_page.h"
#include "output/report_tls.h"
#include "output/report_cert.h"
#include "base/clock.h"
#include "base/escape.h"
#include "output/style.h"
#include "output/text.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define LABEL 14   /* columns of the words before a text */
#define CASES 20   /* of one finding listed; the rest is counted */
#define DETAILED 5 /* of them with their evidence; the others name its packets */
#define LOGINS 100 /* in clear, listed */
#define INPUTS 5   /* listed; of more, the first INPUTS_FIRST */
#define INPUTS_FIRST 3
#define EVIDENCE_COLUMNS 200 /* of one evidence text */

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
put_inputs(struct report *r, struct buf *t)
{
	size_t n = r->run->source ? source_inputs(r->run->source) : 0;
	size_t shown = n > INPUTS ? INPUTS_FIRST : n;
	char number[TEXT_NUMBER];

	for (size_t i = 0; i < shown; i++) {
		const struct source_input *in = source_input(r->run->source, i);

		escape_term(t, bytes_str(in->name));
		buf_fmt(t, " (%s %s%s)%s", text_number(in->packets, number),
			report_many(in->packets, "packet", "packets"),
			in->broken ? ", ended early" : "", i + 1 < n ? "," : "");
		labelled(r, 0, i ? "" : "Input", buf_text(t));
		buf_clear(t);
	}
	if (n > shown) {
		buf_fmt(t, "and %s more", text_number(n - shown, number));
		labelled(r, 0, "", buf_text(t));
	}
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
		buf_fmt(t, "%s %s, %s %s, ", text_number(st->packets, a),
			report_many(st->packets, "packet", "packets"),
			text_number(st->flows, b),
			report_many(st->flows, "connection", "connections"));
	buf_fmt(t, "%s mail %s", text_number(r->seen.sessions - r->seen.protos[PROTO_OTHER], a),
		report_many(
			r->seen.sessions - r->seen.protos[PROTO_OTHER], "session", "sessions"));
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
		report_many(r->seen.logins, "login", "logins"));
	if (r->seen.logins_exposed)
		buf_fmt(t, " (%s with a password or token in clear)",
			text_number(r->seen.logins_exposed, a));
	buf_fmt(t, ", %s %s", text_number(r->seen.messages, a),
		report_many(r->seen.messages, "message", "messages"));
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
			report_many(x->observations, "observation", "observations"));
	if (x->positives)
		buf_fmt(t, "; %" PRIu64 " good", x->positives);
	labelled(r, 0, "Findings", buf_text(t));
	buf_clear(t);
}

static void
put_head(struct report *r, struct buf *t)
{
	style_on(&r->out, r->set.color, STYLE_HEAD);
	buf_fmt(&r->out, "mailsnoop %s report\n",
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

/* " of day.pcap", where there are several inputs. */
static void
put_file(struct report *r, uint16_t input, const char *word, struct buf *t)
{
	const char *file = report_input_short(r, input);

	if (!file)
		return;
	buf_fmt(t, " %s ", word);
	escape_term(t, bytes_str(file));
}

/* One of several: ", packet 12 40 of day.pcap, 7 of night.pcap"; next: input of the one behind
 * it, -1 the last. */
static void
put_packet(struct report *r, uint64_t packet, uint16_t input, size_t i, int next, struct buf *t)
{
	buf_fmt(t, "%s %" PRIu64, i ? "" : next < 0 ? ", packet" : ", packets", packet);
	if (next == input)
		return;
	put_file(r, input, "of", t);
	if (next >= 0 && report_input_short(r, input))
		buf_byte(t, ',');
}

/* Evidence in one line. */
static void
put_packets(struct report *r, const struct report_finding *f, struct buf *t)
{
	for (size_t i = 0; i < f->n_evidence; i++)
		put_packet(r, f->evidence[i].packet, f->evidence[i].input, i,
			i + 1 < f->n_evidence ? f->evidence[i + 1].input : -1, t);
}

/* "2026-11-22 17:42:20 to 17:50:11, 3 times" */
static void
put_when(const struct report_finding *f, struct buf *t)
{
	char a[CLOCK_TEXT], b[CLOCK_TEXT];

	clock_rfc3339(f->first_ns, a);
	clock_rfc3339(f->last_ns, b);
	buf_fmt(t, "%.10s %.8s", a, a + 11);
	if (strncmp(a, b, 10) != 0)
		buf_fmt(t, " to %.10s %.8s", b, b + 11);
	else if (strncmp(a, b, 19) != 0)
		buf_fmt(t, " to %.8s", b + 11);
	if (f->count > 1)
		buf_fmt(t, ", %" PRIu64 " times", f->count);
}

/* Where the note below says the same, it stays out. */
static void
put_reason(const struct report_finding *f, bool noted, struct buf *t)
{
	if (!f->reason || !*f->reason ||
		(noted && bytes_isearch(f->note, bytes_str(f->reason)) != SIZE_MAX))
		return;
	buf_str(t, ": ");
	text_token(t, f->reason);
}

/* "192.0.2.7 → 198.51.100.2:143 (imap), account bob: plain accepted", and below it when, what
 * there is to say, and in which input. */
static void
put_case(struct report *r, const struct report_finding *f, bool short_form, struct buf *t)
{
	report_ends(t, &f->client, &f->server);
	report_via(t, &f->via);
	if (t->n == 0)
		buf_str(t, "this capture");
	if (f->proto != PROTO_UNKNOWN && f->proto != PROTO_OTHER)
		buf_fmt(t, " (%s)", proto_name(f->proto));
	if (f->account.n) {
		buf_str(t, ", account ");
		escape_term(t, f->account);
	}
	put_reason(f, !short_form, t);
	if (f->certainty != CERTAINTY_CONFIRMED)
		buf_fmt(t, ", %s", certainty_name(f->certainty));
	if (short_form) {
		buf_str(t, ", ");
		put_when(f, t);
		put_packets(r, f, t);
	}
	report_paragraph(r, 2, t);
	if (short_form)
		return;
	put_when(f, t);
	if (f->n_evidence)
		put_file(r, f->evidence[0].input, "in", t);
	report_paragraph(r, 6, t);
	if (f->note.n) {
		escape_term(t, f->note);
		report_paragraph(r, 6, t);
	}
}

static bool
same_words(const struct report_evidence *a, const struct report_evidence *b)
{
	return a->packet && b->packet && a->input == b->input && a->dir == b->dir &&
	       bytes_eq(a->text, b->text);
}

/* "packets 8 33, server: EHLO reply: …": what was said again stands once. */
static void
put_words(struct report *r, const struct report_finding *f, size_t i, struct buf *t)
{
	const struct report_evidence *v = &f->evidence[i];
	size_t n = 0;

	for (size_t k = i; k < f->n_evidence; k++)
		n += same_words(v, &f->evidence[k]);
	buf_str(t, n > 1 ? "packets" : "packet");
	for (size_t k = i; k < f->n_evidence; k++)
		if (same_words(v, &f->evidence[k]))
			buf_fmt(t, " %" PRIu64, f->evidence[k].packet);
	if (v->input != f->evidence[0].input)
		put_file(r, v->input, "of", t);
	if (v->text.n) {
		buf_fmt(t, ", %s: ", v->dir == DIR_C2S ? "client" : "server");
		text_wire(t, v->text, EVIDENCE_COLUMNS);
	}
	report_paragraph(r, 6, t);
}

static void
put_evidence(struct report *r, const struct report_finding *f, struct buf *t)
{
	for (size_t i = 0; i < f->n_evidence; i++) {
		bool told = f->evidence[i].packet == 0;

		for (size_t k = 0; k < i && !told; k++)
			told = same_words(&f->evidence[i], &f->evidence[k]);
		if (!told)
			put_words(r, f, i, t);
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
	buf_fmt(&t, ": %s [%s]", finding_case(f->row, f->reason).title, f->row->id);
	style_on(&r->out, r->set.color, style);
	text_wrap(&r->out, buf_bytes(&t), 0, 2, report_width(r));
	style_off(&r->out, r->set.color, style);
	buf_done(&t);
}

static void
put_advice(struct report *r, const struct report_finding *f, struct buf *t)
{
	const struct finding_row *row = f->row;
	struct finding_case told = finding_case(row, f->reason);

	if (told.explain && *told.explain)
		labelled(r, 2, "Why", told.explain);
	if (told.remedy && *told.remedy)
		labelled(r, 2, "What to do", told.remedy);
	for (size_t i = 0; row->refs && row->refs[i]; i++)
		buf_fmt(t, "%s%s", i ? "; " : "", row->refs[i]);
	if (t->n)
		labelled(r, 2, "See", buf_text(t));
	buf_clear(t);
}

static bool
is_told_alike(const struct report_finding *a, const struct report_finding *b)
{
	return a->row == b->row && strcmp(finding_case(a->row, a->reason).title,
					   finding_case(b->row, b->reason).title) == 0;
}

/* Was this finding explained further up, with a higher severity? */
static bool
is_explained(const struct report *r, size_t from)
{
	const struct report_finding *f = r->findings.items[from];

	for (size_t i = 0; i < from; i++)
		if (is_told_alike(r->findings.items[i], f))
			return true;
	return false;
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

		if (!is_told_alike(f, first) || f->severity != first->severity)
			break;
		if (n < CASES) {
			put_case(r, f, n >= DETAILED, t);
			if (n < DETAILED)
				put_evidence(r, f, t);
		}
	}
	if (n > CASES)
		buf_fmt(&r->out, "  … and %zu more; --format csv lists them all\n", n - CASES);
	if (is_explained(r, from))
		labelled(r, 2, "What to do", "As above.");
	else
		put_advice(r, first, t);
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
			report_heading(r, title);
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

/* "PLAIN 192.0.2.7 → 198.51.100.2:25 smtp: accepted, password, 3 times, packets 12 40 61" */
static void
put_login(struct report *r, const struct report_login *l, struct buf *t)
{
	size_t max = sizeof(l->packets) / sizeof(l->packets[0]);
	size_t n = l->count < max ? (size_t)l->count : max;

	escape_term(t, l->mechanism);
	buf_byte(t, ' ');
	report_ends(t, &l->client, &l->server);
	report_via(t, &l->via);
	buf_fmt(t, " %s: %s, %s", proto_name(l->proto), report_results[l->result],
		l->exposure == EXPOSURE_NONE ? "only the name" : report_exposures[l->exposure]);
	if (l->count > 1)
		buf_fmt(t, ", %" PRIu64 " times", l->count);
	for (size_t i = 0; i < n; i++)
		put_packet(r, l->packets[i], l->inputs[i], i, i + 1 < n ? l->inputs[i + 1] : -1,
			t);
	if (l->count > max)
		buf_str(t, " …");
	report_paragraph(r, 4, t);
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
			report_heading(r, "Who logged in in clear");
		if (!last || !bytes_eq(last->user, l->user)) {
			escape_term(t, l->user.n ? l->user : BYTES("(account not shown)"));
			report_paragraph(r, 2, t);
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
		   "answer after guessing offline. What to do about each stands below.");
	buf_byte(&r->out, '\n');
	text_spaces(&r->out, 2);
	text_wrap(&r->out, buf_bytes(t), 2, 2, report_width(r));
	buf_clear(t);
	report_flush(r);
}

static bool
any_server(const void *item)
{
	return true;
}

/* A number only where there are several verdicts. */
static void
put_verdicts(struct buf *out, const struct report_server *v)
{
	bool some = false;

	for (int i = VERDICT_STRIPPED; i >= 0; i--) {
		if (!v->verdicts[i])
			continue;
		buf_fmt(out, "%s%s", some ? " " : "", verdict_name((enum verdict)i));
		if (v->verdicts[i] != v->sessions)
			buf_fmt(out, "×%" PRIu64, v->verdicts[i]);
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
		buf_str(out, v->worst ? severity_name((enum severity)v->worst) : "");
		break;
	case 1:
		buf_str(out, endpoint_text(&v->server, text));
		break;
	case 2:
		buf_str(out, v->service != SERVICE_UNKNOWN ? service_name(v->service)
							   : proto_name(v->proto));
		break;
	case 3:
		buf_fmt(out, "%" PRIu64, v->sessions);
		break;
	case 4:
		escape_term(out, v->name);
		break;
	case 5:
		put_verdicts(out, v);
		break;
	}
}

static void
put_servers(struct report *r, struct buf *t)
{
	struct grid_column cols[] = {{"WORST", 0}, {"SERVER", 0}, {"SERVICE", 0},
		{"SEEN", 0, true}, {"NAME", 4}, {"STARTTLS", 18}};

	if (r->servers.n == 0)
		return;
	report_heading(r, "Servers");
	report_grid(r, &r->servers, any_server, cols, sizeof(cols) / sizeof(cols[0]),
		server_cell, t);
}

void
report_text(struct report *r)
{
	struct buf t;

	buf_init(&t, SIZE_MAX);
	put_head(r, &t);
	put_logins(r, &t);
	if (!put_findings(r, CLASS_FINDING, "What is wrong", &t)) {
		report_heading(r, "What is wrong");
		buf_str(&t, "Nothing, in what could be seen. What could not be seen is listed "
			    "at the end.");
		report_paragraph(r, 2, &t);
	}
	if (r->findings.dropped)
		buf_fmt(&r->out, "\n… and %" PRIu64 " findings that there was no room for\n",
			r->findings.dropped);
	put_servers(r, &t);
	report_tls_text(r, &t);
	report_cert_text(r, &t);
	put_findings(r, CLASS_OBSERVATION, "Also noticed", &t);
	report_fine(r, &t);
	report_unseen(r, &t);
	buf_done(&t);
}
