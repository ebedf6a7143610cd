/* DNS over TCP: messages behind their length, RFC 1035 4.2.2. */
#include "dissectors/dissector.h"
#include "dissectors/dns/check.h"
#include "dissectors/dns/dns.h"

enum {
	LENGTH_BYTES = 2
};

struct dns_stream {
	uint64_t lost; /* octets missing: where the next message begins is not known */
};

static size_t
message_bytes(struct bytes in)
{
	return (size_t)in.p[0] << 8 | in.p[1];
}

static int
probe(enum dir d, struct bytes head, bool whole_stream)
{
	struct dns_head h;

	if (!whole_stream || !dns_library())
		return PROBE_NO;
	if (head.n < LENGTH_BYTES + DNS_HEADER_BYTES)
		return PROBE_MORE;
	dns_head_read(bytes_from(head, LENGTH_BYTES), &h);
	if (message_bytes(head) < DNS_HEADER_BYTES || h.questions != 1 ||
		dns_head_answers(&h) != (d == DIR_S2C))
		return PROBE_NO;
	return PROBE_LIKELY;
}

static void
message(struct events *out, struct bytes in, size_t from, size_t n)
{
	struct event e = {.type = EV_DNS};
	struct arena a;

	arena_init(&a, 0);
	switch (dns_read(bytes_sub(in, from, n), events_limits(out)->dns_records, &a, &e.dns)) {
	case DNS_READ_ANSWER:
		e.dns.flags |= DNS_TCP;
		events_say(out, &e, from, n);
		break;
	case DNS_READ_MALFORMED:
		events_anomaly(out, ANOMALY_DNS_MALFORMED, from, n, e.dns.name);
		break;
	case DNS_READ_OTHER:
		break;
	}
	arena_done(&a);
}

static enum dis_next
feed(void *st, enum dir d, struct bytes in, size_t *used, struct events *out)
{
	struct dns_stream *s = st;
	size_t at = 0, n;

	if (d == DIR_C2S) {
		*used = in.n;
		return DIS_MORE;
	}
	if (s->lost)
		return DIS_STOP;
	while (in.n - at >= LENGTH_BYTES) {
		n = message_bytes(bytes_from(in, at));
		if (in.n - at - LENGTH_BYTES < n)
			break;
		message(out, in, at + LENGTH_BYTES, n);
		at += LENGTH_BYTES + n;
	}
	*used = at;
	return DIS_MORE;
}

static void
gap(void *st, enum dir d, uint64_t lost, struct events *out)
{
	struct dns_stream *s = st;

	if (d == DIR_S2C)
		s->lost += lost;
}

static void
end(void *st, enum dir d, struct events *out)
{
}

static void
done(void *st)
{
}

static const uint16_t ports[] = {DNS_PORT, 0};

const struct dissector dns_dissector = {
	.name = "dns",
	.proto = PROTO_OTHER,
	.ports = ports,
	.ports_only = true,
	.no_session = true,
	.state_size = sizeof(struct dns_stream),
	.probe = probe,
	.feed = feed,
	.gap = gap,
	.end = end,
	.done = done,
};
