/*
 * What the octets of a message break, RFC 5321 2.3.8, 4.1.1.4 and 4.5.3.1.6: line ends that are
 * none, NUL, lines that are too long, and dot lines that some servers take for its end. All but
 * the lines show by a bare LF, a bare CR or a NUL, so most bytes are looked at many at a time.
 */
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "dissectors/smtp/smtp.h"

enum {
	LINE_MAX = 1000, /* octets, CRLF included: RFC 5321 4.5.3.1.6 */
	EMPTY_MAX = 2,   /* octets of an empty line */
	TAIL = 8         /* octets of the longest sequence and one before it */
};

/* Octets as smtp_scan.tail holds them, the newest lowest. */
#define O2(a, b) ((uint64_t)(a) << 8 | (b))
#define O3(a, b, c) (O2(a, b) << 8 | (c))
#define O4(a, b, c, d) (O3(a, b, c) << 8 | (d))
#define O5(a, b, c, d, e) (O4(a, b, c, d) << 8 | (e))
#define O6(a, b, c, d, e, f) (O5(a, b, c, d, e) << 8 | (f))
#define O7(a, b, c, d, e, f, g) (O6(a, b, c, d, e, f) << 8 | (g))

enum {
	CR = '\r',
	LF = '\n',
	DOT = '.',
	NUL = 0
};

/* A sequence that somebody's server was seen to take for the end of data. */
struct sequence {
	const char *name;
	uint64_t octets;
	uint8_t n;
	bool bare_left; /* it begins with an LF that no CR stands before */
	bool then_text; /* … and is seen at the octet behind it, which is no LF */
	bool not_cr;    /* … and no CR */
};

/* clang-format off */
/* A longer one before what it ends with. */
static const struct sequence sequences[] = {
	{"CR CR LF . CR CR LF", O7(CR, CR, LF, DOT, CR, CR, LF), 7, false, false, false},
	{"CRLF NUL . CRLF", O6(CR, LF, NUL, DOT, CR, LF), 6, false, false, false},
	{"CRLF . NUL CRLF", O6(CR, LF, DOT, NUL, CR, LF), 6, false, false, false},
	{"CRLF . LF", O4(CR, LF, DOT, LF), 4, false, false, false},
	{"CRLF . CR", O4(CR, LF, DOT, CR), 4, false, true, true},
	{"LF . CRLF", O4(LF, DOT, CR, LF), 4, true, false, false},
	{"LF . LF", O3(LF, DOT, LF), 3, true, false, false},
	{"LF . CR", O3(LF, DOT, CR), 3, true, true, false},
	{"CR . CRLF", O4(CR, DOT, CR, LF), 4, false, false, false},
	{"CR . LF", O3(CR, DOT, LF), 3, false, false, false},
	{"CR . CR", O3(CR, DOT, CR), 3, false, true, false},
};

/* What a smuggled letter goes on with: a beginning, or a whole line. */
static const struct {
	const char *start;
	bool whole;
} commands[] = {
	{"MAIL FROM:", false}, {"RCPT TO:", false}, {"EHLO ", false}, {"HELO ", false}, {"BDAT ", false},
	{"AUTH ", false}, {"DATA", true}, {"RSET", true},
};
/* clang-format on */
#define N_SEQUENCES (sizeof(sequences) / sizeof(sequences[0]))
#define N_COMMANDS (sizeof(commands) / sizeof(commands[0]))

void
smtp_scan_begin(struct smtp *s)
{
	s->look = (struct smtp_scan){.tail = 0};
}

/* What follows is somewhere inside of a line. */
void
smtp_scan_gap(struct smtp *s)
{
	s->look = (struct smtp_scan){
		.tail = 'x', .lost = true, .gap = true, .body = s->look.body};
}

bool
smtp_scan_variant(const struct smtp *s)
{
	return s->odd && s->odd->kind;
}

static struct smtp_odd *
odd_of(struct smtp *s)
{
	if (!s->odd)
		s->odd = mem_get(sizeof(*s->odd));
	return s->odd;
}

static void
found(struct smtp *s, enum smtp_oddity what, size_t at, struct events *out)
{
	struct smtp_odd *o = odd_of(s);

	if (!o->first[what].packet)
		o->first[what] = events_place(out, at, 1);
}

static void
found_nul(struct smtp *s, size_t at, bool in_body, struct events *out)
{
	if (!odd_of(s)->first[ODD_NUL].packet)
		s->odd->nul_in_body = in_body;
	found(s, ODD_NUL, at, out);
}

/* lines */

static void
line_over(struct smtp *s, size_t at, struct events *out)
{
	struct smtp_odd *o;

	if (s->look.line <= LINE_MAX || s->look.lost)
		return;
	o = odd_of(s);
	if (!o->first[ODD_LINE].packet) {
		struct place *p = &o->first[ODD_LINE];

		*p = events_place(out, at, 1);
		p->offset -= s->look.line - 1;
		p->len = s->look.line < UINT32_MAX ? (uint32_t)s->look.line : UINT32_MAX;
	}
	if (s->look.line > o->longest)
		o->longest = s->look.line;
}

static void
line_end(struct smtp *s, size_t at, struct events *out)
{
	line_over(s, at, out);
	s->look.line = 0;
	s->look.lost = false;
}

/* Line by line, until the empty one. Returns what is behind it, or the end. */
static size_t
scan_header(struct smtp *s, struct bytes in, size_t at, size_t end, struct events *out)
{
	const uint8_t *lf;

	while (at < end && (lf = memchr(in.p + at, LF, end - at))) {
		s->look.line += (size_t)(lf - in.p) + 1 - at;
		at = (size_t)(lf - in.p) + 1;
		s->look.body = s->look.line <= EMPTY_MAX && !s->look.lost;
		line_end(s, at - 1, out);
		if (s->look.body)
			return at;
	}
	s->look.line += end - at;
	return end;
}

/* Of each stretch in which a line must end, only the last end is looked for. */
static void
scan_lines(struct smtp *s, struct bytes in, size_t at, size_t end, struct events *out)
{
	while (at < end) {
		size_t room = s->look.line < LINE_MAX ? LINE_MAX - s->look.line : 0;
		bool last = end - at <= room;
		const uint8_t *lf = memrchr(in.p + at, LF, last ? end - at : room);

		if (lf) {
			s->look.line = 0;
			s->look.lost = false;
		} else if (!last) {
			/* One that is too long. */
			lf = memchr(in.p + at + room, LF, end - at - room);
			if (!lf)
				break;
			s->look.line += (size_t)(lf - in.p) + 1 - at;
			line_end(s, (size_t)(lf - in.p), out);
		}
		if (lf)
			at = (size_t)(lf - in.p) + 1;
		if (last)
			break;
	}
	s->look.line += end - at;
}

/* Octets over 127 where none were announced; `body`: where the header has ended. */
static void
scan_8bit(
	struct smtp *s, struct bytes in, size_t from, size_t n, size_t body, struct events *out)
{
	bool header = !s->tx.utf8, text = !s->tx.eight;

	if (!s->tx.declared || (!header && !text))
		return;
	for (size_t at = from; at < from + n; at++) {
		if (in.p[at] <= 127)
			continue;
		if (at < body ? header : text)
			found(s, at < body ? ODD_8BIT_HEADER : ODD_8BIT_BODY, at, out);
		if (at >= body)
			return;
		header = false;
	}
}

/* octets */

enum {
	HAS_ODD = 1,  /* an LF not behind a CR, a CR not before an LF, or a NUL */
	HAS_8BIT = 2, /* an octet over 127 */
};

/* What is among these; `last` stood before them. Written so that a compiler makes vectors of
 * it. */
static unsigned
kinds_of(const uint8_t *p, size_t n, uint8_t last)
{
	uint8_t odd = (uint8_t)((p[0] == LF) ^ (last == CR)) | (p[0] == 0), all = p[0];

	for (size_t i = 1; i < n; i++) {
		odd |= (uint8_t)((p[i] == LF) ^ (p[i - 1] == CR)) | (p[i] == 0);
		all |= p[i];
	}
	return (odd ? HAS_ODD : 0) | (all > 127 ? HAS_8BIT : 0);
}

static bool
is_sequence(const struct sequence *q, uint64_t tail, uint8_t newest)
{
	unsigned bits = q->n * 8u;

	if (q->then_text) {
		if (newest == LF || (q->not_cr && newest == CR))
			return false;
		tail >>= 8;
	}
	if ((tail & ((UINT64_C(1) << bits) - 1)) != q->octets)
		return false;
	return !q->bare_left || (uint8_t)(tail >> bits) != CR;
}

/* Line ends that are part of a sequence are no news beside it. */
static void
forget_within(struct smtp_odd *o, const struct place *sequence)
{
	for (int i = 0; i <= ODD_NUL; i++) {
		if (o->first[i].packet && o->first[i].offset >= sequence->offset)
			o->first[i] = (struct place){.packet = 0};
	}
}

static void
find_sequence(struct smtp *s, uint8_t c, size_t at, struct events *out)
{
	for (size_t i = 0; i < N_SEQUENCES; i++) {
		const struct sequence *q = &sequences[i];
		struct place p;

		if (!is_sequence(q, s->look.tail, c))
			continue;
		p = events_place(out, at, 1);
		p.offset -= q->n - 1u + q->then_text;
		p.len = q->n;
		if (!odd_of(s)->kind) {
			s->odd->kind = q->name;
			s->odd->sequence = p;
		}
		forget_within(s->odd, &p);
		return;
	}
}

static bool
is_command(const struct smtp_odd *o)
{
	struct bytes line = {o->after, o->n_after};

	for (size_t i = 0; i < N_COMMANDS; i++) {
		size_t n = strlen(commands[i].start);

		if (bytes_istarts(line, commands[i].start) &&
			(!commands[i].whole || line.n == n))
			return true;
	}
	return false;
}

/* Behind a sequence, lines end in any way. */
static void
read_after(struct smtp_odd *o, uint8_t c)
{
	if (o->whole)
		return;
	if (c != LF && c != CR) {
		if (o->n_after < AFTER_MAX)
			o->after[o->n_after++] = c;
		return;
	}
	o->command = o->whole = is_command(o);
	if (!o->whole)
		o->n_after = 0;
}

static void
scan_octets(
	struct smtp *s, struct bytes in, size_t from, size_t n, size_t body, struct events *out)
{
	for (size_t at = from; at < from + n; at++) {
		uint8_t c = in.p[at], last = (uint8_t)s->look.tail;
		bool known = smtp_scan_variant(s);

		if (c == LF && last != CR)
			found(s, ODD_LF, at, out);
		if (c != LF && last == CR)
			found(s, ODD_CR, at, out);
		if (c == NUL)
			found_nul(s, at, at >= body, out);
		s->look.tail = s->look.tail << 8 | c;
		find_sequence(s, c, at, out);
		if (known)
			read_after(s->odd, c);
	}
}

static bool
tail_is_odd(uint64_t tail)
{
	uint8_t end[TAIL];

	for (size_t i = 0; i < TAIL; i++)
		end[i] = (uint8_t)(tail >> (8 * (TAIL - 1 - i)));
	return kinds_of(end + 1, TAIL - 1, end[0]) & HAS_ODD;
}

static uint64_t
tail_of(uint64_t tail, const uint8_t *p, size_t n)
{
	for (size_t i = n > TAIL ? n - TAIL : 0; i < n; i++)
		tail = tail << 8 | p[i];
	return tail;
}

void
smtp_scan(struct smtp *s, struct bytes in, size_t from, size_t n, struct events *out)
{
	unsigned kinds;
	size_t body;

	if (n && s->look.gap) {
		s->look.gap = false;
		/* What stands before an LF was not seen. */
		n -= in.p[from] == LF;
		s->look.lost = in.p[from] != LF;
		from += in.p[from] == LF;
	}
	if (!n)
		return;
	kinds = kinds_of(in.p + from, n, (uint8_t)s->look.tail);
	body = s->look.body ? from : scan_header(s, in, from, from + n, out);
	if (s->look.body)
		scan_lines(s, in, body, from + n, out);
	if (kinds & HAS_8BIT)
		scan_8bit(s, in, from, n, body, out);
	if (kinds & HAS_ODD || s->look.odd || smtp_scan_variant(s)) {
		scan_octets(s, in, from, n, body, out);
		s->look.odd = tail_is_odd(s->look.tail);
	} else {
		s->look.tail = tail_of(s->look.tail, in.p + from, n);
	}
}

/* saying it */

static void
say(const struct smtp_odd *o, enum smtp_oddity what, struct events *out)
{
	static const struct {
		enum anomaly_id id;
		const char *kind;
	} said[] = {
		[ODD_LF] = {ANOMALY_MSG_BARE_LF, NULL},
		[ODD_CR] = {ANOMALY_MSG_BARE_CR, NULL},
		[ODD_NUL] = {ANOMALY_MSG_NUL, "header"},
		[ODD_LINE] = {ANOMALY_MSG_LINE, NULL},
		[ODD_8BIT_HEADER] = {ANOMALY_MSG_8BIT, "header"},
		[ODD_8BIT_BODY] = {ANOMALY_MSG_8BIT, "body"},
	};
	struct event e = {.type = EV_ANOMALY, .anomaly = {.id = said[what].id}};

	e.anomaly.kind = what == ODD_NUL && o->nul_in_body ? "body" : said[what].kind;
	e.anomaly.octets = what == ODD_LINE ? o->longest : 0;
	if (o->first[what].packet)
		events_say_at(out, &e, &o->first[what]);
}

static void
say_sequence(const struct smtp_odd *o, struct events *out)
{
	struct event e = {
		.type = EV_ANOMALY, .anomaly = {.id = ANOMALY_DOT_VARIANT, .kind = o->kind}};
	struct bytes after = {o->after, o->n_after};

	/* Behind AUTH stands what nobody is to see. */
	if (bytes_istarts(after, "AUTH "))
		after.n = strlen("AUTH");
	if (o->command)
		e.anomaly.detail = after;
	events_say_at(out, &e, &o->sequence);
}

void
smtp_scan_end(struct smtp *s, struct events *out)
{
	struct smtp_odd *o = s->odd;

	s->odd = NULL;
	smtp_scan_begin(s);
	if (!o)
		return;
	o->command |= is_command(o);
	if (o->kind)
		say_sequence(o, out);
	for (int i = 0; i < ODDITIES; i++)
		say(o, (enum smtp_oddity)i, out);
	free(o);
}
