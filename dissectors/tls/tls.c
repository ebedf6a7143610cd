#include "dissectors/dissector.h"

#include "dissectors/tls/record.h"

struct tls {
	struct {
		bool started;
		uint32_t skip;
	} side[2];
};

static int
tls_probe(enum dir d, struct bytes head, bool whole_stream)
{
	bool more = false;

	if (tls_record_start(head, &more))
		return PROBE_CERTAIN;
	return more ? PROBE_MORE : PROBE_NO;
}

static enum dis_next
tls_feed(void *st, enum dir d, struct bytes in, size_t *used, struct events *out)
{
	struct tls *t = st;

	while (*used < in.n) {
		size_t left = in.n - *used, n = t->side[d].skip < left ? t->side[d].skip : left;
		struct event e = {.type = EV_TLS, .tls = {.stage = TLS_RECORDS}};
		struct tls_record r;

		*used += n;
		t->side[d].skip -= (uint32_t)n;
		if (t->side[d].skip || *used == in.n)
			break;
		switch (tls_record_read(bytes_from(in, *used), &r)) {
		case TLS_FRAMING_MORE:
			return DIS_MORE;
		case TLS_FRAMING_NO:
			return DIS_STOP;
		case TLS_FRAMING_OK:
			break;
		}
		e.tls.version = r.version;
		if (!t->side[d].started)
			events_say(out, &e, *used, TLS_RECORD_HEADER);
		t->side[d].started = true;
		*used += TLS_RECORD_HEADER;
		t->side[d].skip = r.len;
	}
	return DIS_MORE;
}

static void
tls_gap(void *st, enum dir d, uint64_t lost, struct events *out)
{
	struct tls *t = st;

	t->side[d].skip = lost < t->side[d].skip ? t->side[d].skip - (uint32_t)lost : 0;
}

static void
tls_end(void *st, enum dir d, struct events *out)
{
}

static void
tls_done(void *st)
{
}

const struct dissector tls_dissector = {
	.name = "tls",
	.proto = PROTO_TLS,
	.ports = (const uint16_t[]){465, 993, 995, 0},
	.state_size = sizeof(struct tls),
	.probe = tls_probe,
	.feed = tls_feed,
	.gap = tls_gap,
	.end = tls_end,
	.done = tls_done,
};
