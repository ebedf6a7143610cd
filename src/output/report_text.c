/* The report for people: what is wrong and what to do, who is concerned, what is fine, and what
 * could not be seen. */
#include "output/report_page.h"
#include "base/clock.h"
#include "base/escape.h"
#include "output/style.h"
#include "output/text.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define LABEL 14             /* columns of the words before a text */
#define CASES 20             /* of one finding listed; the rest is counted */
#define DETAILED 5           /* of them with their evidence; the others name its packets */
#define LOGINS 100           /* in clear, listed */
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

/* Evidence in one line: ", packets 12 40 of day.pcap" */
static void
put_packets(struct report *r, const struct report_finding *f, struct buf *t)
{
	const char *file = f->n_evidence ? report_input(r, f->evidence[0].input) : NULL;

	for (size_t i = 0; i < f->n_evidence; i++)
		buf_fmt(t, "%s %" PRIu64,
			i == 0 ? f->n_evidence > 1 ? ", packets" : ", packet" : "",
			f->evidence[i].packet);
	if (file && source_inputs(r->run->source) > 1) {
		buf_str(t, " of ");
		escape_term(t, bytes_str(file));
	}
}

/* "192.0.2.7 → 198.51.100.2:143 (imap), account bob, accepted, 3 times, 10:11:12 to 10:15:00"
 */
static void
put_case(struct report *r, const struct report_finding *f, bool short_form, struct buf *t)
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
	if (short_form)
		put_packets(r, f, t);
	report_paragraph(r, 2, t);
	if (f->note.n && !short_form) {
		escape_term(t, f->note);
		report_paragraph(r, 6, t);
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
		report_paragraph(r, 6, t);
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
			put_case(r, f, n >= DETAILED, t);
			if (n < DETAILED)
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
	size_t n = sizeof(l->packets) / sizeof(l->packets[0]);
	const char *file = report_input(r, l->input);

	escape_term(t, l->mechanism);
	buf_byte(t, ' ');
	report_ends(t, &l->client, &l->server);
	buf_fmt(t, " %s: %s, %s", proto_name(l->proto), report_results[l->result],
		l->exposure == EXPOSURE_NONE ? "only the name" : report_exposures[l->exposure]);
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
		   "answer after guessing offline.");
	buf_byte(&r->out, '\n');
	report_paragraph(r, 2, t);
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
	if (!put_findings(r, CLASS_FINDING, "What is wrong", &t)) {
		report_heading(r, "What is wrong");
		buf_str(&t, "Nothing, in what could be seen. What could not be seen is listed "
			    "at the end.");
		report_paragraph(r, 2, &t);
	}
	if (r->findings.dropped)
		buf_fmt(&r->out, "\n… and %" PRIu64 " findings that there was no room for\n",
			r->findings.dropped);
	put_logins(r, &t);
	put_servers(r, &t);
	put_findings(r, CLASS_OBSERVATION, "Also noticed", &t);
	report_fine(r, &t);
	report_unseen(r, &t);
	buf_done(&t);
}
