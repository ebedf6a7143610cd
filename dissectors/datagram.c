/* What goes by UDP: DNS answers. */
#include "dissectors/conn.h"
#include "dissectors/dns/dns.h"

/* Answers go from server to client. */
static struct flow
flow_of(const struct segment *seg)
{
	struct flow f = {.client = seg->dst,
		.server = seg->src,
		.n_vlan = seg->n_vlan,
		.first_ns = seg->ts_ns,
		.last_ns = seg->ts_ns,
		.first_packet = seg->packet,
		.last_packet = seg->packet,
		.first_input = seg->input,
		.last_input = seg->input};

	f.vlan[0] = seg->vlan[0];
	f.vlan[1] = seg->vlan[1];
	return f;
}

static void
say(struct driver *d, const struct segment *seg, struct event *e)
{
	struct flow f = flow_of(seg);

	e->at = (struct place){.ts_ns = seg->ts_ns,
		.packet = seg->packet,
		.acked = PLACE_NO_ACK,
		.len = (uint32_t)seg->payload.n,
		.input = seg->input,
		.dir = DIR_S2C};
	d->sink.loose(d->sink.user, &f, e);
}

void
driver_datagram(struct driver *d, const struct segment *seg)
{
	struct event e = {.type = EV_DNS};
	struct arena a;

	/* Of one that the snaplen cut nothing can be said. */
	if (!d->sink.loose || seg->src.port != DNS_PORT || seg->payload.n < seg->wire_len)
		return;
	arena_init(&a, 0);
	switch (dns_read(seg->payload, d->limits.dns_records, &a, &e.dns)) {
	case DNS_READ_ANSWER:
		say(d, seg, &e);
		break;
	case DNS_READ_MALFORMED:
		e = (struct event){.type = EV_ANOMALY,
			.anomaly = {.id = ANOMALY_DNS_MALFORMED,
				.detail = bytes_sub(e.dns.name, 0, 256)}};
		say(d, seg, &e);
		break;
	case DNS_READ_OTHER:
		break;
	}
	arena_done(&a);
}
