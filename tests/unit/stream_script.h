/* A small scripted conversation, and a sink that writes down what it is told. */
#ifndef MS_TESTS_STREAM_SCRIPT_H
#define MS_TESTS_STREAM_SCRIPT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/buf.h"
#include "base/clock.h"
#include "stream/stream.h"

static const uint16_t mail_ports[] = {25, 110, 143, 587, 0};

/* One scene: packets are made from what each side has sent so far. */
struct script {
	struct streams *s;
	struct buf log;    /* what the sink was told */
	bool ignore, swap; /* to be done in the next data() */
	bool quiet;        /* only sums are kept */
	uint64_t opened, closed;
	struct flow *last;
	uint32_t seq[2]; /* next sequence number of client, server */
	uint32_t isn[2];
	int64_t now_ns;
	uint64_t packet;
	struct endpoint end[2];
};

static struct endpoint
endpoint4(uint8_t last, uint16_t port)
{
	return (struct endpoint){.addr = {192, 0, 2, last}, .port = port, .family = 4};
}

static void
say_open(void *user, struct flow *f)
{
	struct script *sc = user;

	sc->opened++;
	sc->last = f;
	if (!sc->quiet)
		buf_fmt(&sc->log, "open%s\n", f->midstream ? " midstream" : "");
}

static char
who(enum dir d)
{
	return d == DIR_C2S ? 'C' : 'S';
}

static void
say_data(void *user, struct flow *f, enum dir d, struct bytes in, const struct stream_at *at)
{
	struct script *sc = user;

	assert_true(in.n > 0);
	if (sc->quiet)
		return;
	buf_fmt(&sc->log, "%c@%llu %.*s\n", who(d), (unsigned long long)at->offset, (int)in.n,
		(const char *)in.p);
	if (sc->ignore)
		flow_ignore(f);
	if (sc->swap)
		flow_swap(f);
	sc->ignore = sc->swap = false;
}

static void
say_gap(void *user, struct flow *f, enum dir d, uint64_t n, enum gap_why why, bool acked,
	const struct stream_at *at)
{
	static const char *const names[] = {"lost", "snaplen", "held", "joined"};
	struct script *sc = user;

	if (!sc->quiet)
		buf_fmt(&sc->log, "%c@%llu gap %llu %s%s\n", who(d),
			(unsigned long long)at->offset, (unsigned long long)n, names[why],
			acked ? " acked" : "");
}

static void
say_note(void *user, struct flow *f, enum dir d, enum stream_note what, struct bytes first,
	struct bytes second, const struct stream_at *at)
{
	static const char *const names[] = {"overlap", "syn", "limit"};
	struct script *sc = user;

	buf_fmt(&sc->log, "%c note %s", who(d), names[what]);
	if (what == NOTE_OVERLAP_DIFFERS)
		buf_fmt(&sc->log, "@%llu %.*s|%.*s", (unsigned long long)at->offset,
			BYTES_FMT(first), BYTES_FMT(second));
	buf_str(&sc->log, "\n");
}

static void
say_fin(void *user, struct flow *f, enum dir d, const struct stream_at *at)
{
	struct script *sc = user;

	if (!sc->quiet)
		buf_fmt(&sc->log, "%c@%llu fin\n", who(d), (unsigned long long)at->offset);
}

static void
say_close(void *user, struct flow *f)
{
	struct script *sc = user;

	sc->closed++;
	if (!sc->quiet)
		buf_fmt(&sc->log, "close %s\n", flow_reason_name(f->reason));
}

static const struct stream_sink say_sink = {
	.open = say_open,
	.data = say_data,
	.gap = say_gap,
	.note = say_note,
	.fin = say_fin,
	.close = say_close,
};

static void
script_ports(struct script *sc, uint32_t isn_c, uint32_t isn_s)
{
	sc->isn[0] = isn_c;
	sc->isn[1] = isn_s;
	sc->seq[0] = isn_c + 1;
	sc->seq[1] = isn_s + 1;
}

static void
script_init(struct script *sc, const struct stream_settings *set)
{
	struct stream_sink sink = say_sink;

	memset(sc, 0, sizeof(*sc));
	sink.user = sc;
	buf_init(&sc->log, SIZE_MAX);
	sc->s = streams_new(set, mail_ports, &sink);
	sc->now_ns = 1000 * NS_PER_S;
	sc->end[0] = endpoint4(1, 40000);
	sc->end[1] = endpoint4(2, 143);
	script_ports(sc, 1000, 5000);
}

/* One packet, a millisecond after the last; side 0 is the client. Its numbers are what the
 * caller says. */
static void
script_raw(struct script *sc, int side, unsigned flags, uint32_t seq, uint32_t ack,
	struct bytes data, uint32_t wire_len)
{
	struct segment seg = {
		.src = sc->end[side],
		.dst = sc->end[1 - side],
		.seq = seq,
		.ack = ack,
		.flags = (uint8_t)flags,
		.ip_proto = 6,
		.ttl = 64,
		.payload = data,
		.wire_len = wire_len,
		.frame_len = 54 + wire_len,
		.ts_ns = sc->now_ns += NS_PER_MS,
		.packet = ++sc->packet,
	};

	/* a copy of exactly its size, so that the sanitizer sees a read behind it */
	uint8_t *copy = malloc(data.n + 1);
	if (data.n)
		memcpy(copy, data.p, data.n);
	seg.payload.p = copy;
	streams_add(sc->s, &seg);
	free(copy);
}

/*
 * Lines, one packet each, times and order as written:
 *   "C S"        SYN of the client; "S SA" SYN-ACK; "C R" RST; "C A" bare ACK; "C F" FIN
 *   "C hello"    data, acknowledging all that the server has sent in the script
 *   "-C hello"   the same, but the capture lost it: only the numbers move on
 *   "C @3 lo"    data at stream offset 3, numbers do not move; "@-1" works
 *   "C @3^0 lo"  … acknowledging the first 0 bytes of the server
 *   "C !5 he"    data of 5 bytes of which the snaplen left "he"
 *   "C bye$"     data and FIN in one
 *   "+2500"      milliseconds pass (streams_tick)
 *   "wait 2500"  the next packet comes so much later
 *   "isn 7 9"    a new connection of the same ports; ISNs 7 and 9
 *   "n 40"       forty bare ACKs of the client
 */
static bool
script_word(struct script *sc, int side, bool lost, const char *text)
{
	static const struct {
		const char *word;
		unsigned flags;
	} words[] = {{"S", TCP_SYN}, {"SA", TCP_SYN | TCP_ACK}, {"A", TCP_ACK}, {"R", TCP_RST},
		{"RA", TCP_RST | TCP_ACK}, {"F", TCP_FIN | TCP_ACK}};

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
		if (strcmp(text, words[i].word) != 0)
			continue;
		unsigned flags = words[i].flags;
		uint32_t seq = flags & TCP_SYN ? sc->isn[side] : sc->seq[side];
		uint32_t ack = flags & TCP_ACK ? sc->seq[1 - side] : 0;

		if (!lost)
			script_raw(sc, side, flags, seq, ack, BYTES_NONE, 0);
		if (flags & TCP_FIN)
			sc->seq[side]++;
		return true;
	}
	return false;
}

static void
script_data(struct script *sc, int side, bool lost, const char *text)
{
	uint32_t seq = sc->seq[side], ack = sc->seq[1 - side], wire = 0;
	bool move = *text != '@';

	if (*text == '@') {
		char *end;
		seq = sc->isn[side] + 1 + (uint32_t)strtol(text + 1, &end, 10);
		if (*end == '^')
			ack = sc->isn[1 - side] + 1 + (uint32_t)strtol(end + 1, &end, 10);
		text = *end ? end + 1 : end;
	}
	if (*text == '!' && text[1] >= '0' && text[1] <= '9') {
		char *end;
		wire = (uint32_t)strtoul(text + 1, &end, 10);
		text = *end ? end + 1 : end;
	}
	struct bytes data = bytes_str(text);
	bool fin = data.n && data.p[data.n - 1] == '$';
	data.n -= fin;
	if (!wire)
		wire = (uint32_t)data.n;
	if (!lost)
		script_raw(sc, side, TCP_ACK | TCP_PSH | (fin ? TCP_FIN : 0), seq, ack, data,
			wire);
	if (move)
		sc->seq[side] += wire + fin;
}

static void
script_line(struct script *sc, const char *line)
{
	unsigned a, b;

	if (*line == '+') {
		sc->now_ns += atoi(line + 1) * NS_PER_MS;
		streams_tick(sc->s, sc->now_ns);
	} else if (sscanf(line, "wait %u", &a) == 1) {
		sc->now_ns += a * NS_PER_MS;
	} else if (sscanf(line, "isn %u %u", &a, &b) == 2) {
		script_ports(sc, a, b);
	} else if (sscanf(line, "n %u", &a) == 1) {
		while (a--)
			script_word(sc, 0, false, "A");
	} else {
		bool lost = *line == '-';
		int side = line[lost] == 'S';

		assert_true(line[lost] == 'S' || line[lost] == 'C');
		assert_true(line[lost + 1] == ' ');
		if (!script_word(sc, side, lost, line + lost + 2))
			script_data(sc, side, lost, line + lost + 2);
	}
}

/* Lines parted by '\n'. */
static void
script_play(struct script *sc, const char *lines)
{
	char *copy = strdup(lines), *save = NULL;

	for (char *l = strtok_r(copy, "\n", &save); l; l = strtok_r(NULL, "\n", &save))
		script_line(sc, l);
	free(copy);
}

static void
script_done(struct script *sc)
{
	streams_free(&sc->s);
	assert_int_equal(sc->opened, sc->closed);
	buf_done(&sc->log);
}

#endif
