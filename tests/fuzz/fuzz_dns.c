/* DNS messages: what is kept of them is within the limits, and of its shape. */
#include <assert.h>

#include "dissectors/dns/dns.h"

static void
check_record(const struct dns_record *r)
{
	assert(r->owner.n);
	switch (r->type) {
	case DNS_A:
		assert(r->data.n == 4);
		break;
	case DNS_AAAA:
		assert(r->data.n == 16);
		break;
	case DNS_CNAME:
	case DNS_PTR:
	case DNS_MX:
		assert(r->data.n);
		break;
	case DNS_TLSA:
		assert(r->data.n > 3);
		break;
	}
}

static void
read_it(struct bytes in, uint32_t max)
{
	struct event e = {.type = EV_DNS};
	struct arena a;
	struct buf b;

	arena_init(&a, 0);
	buf_init(&b, SIZE_MAX);
	if (dns_read(in, max, &a, &e.dns) == DNS_READ_ANSWER) {
		assert(e.dns.name.n);
		assert(e.dns.n <= max);
		for (size_t i = 0; i < e.dns.n; i++)
			check_record(&e.dns.records[i]);
		event_print(&b, &e, false);
	}
	assert(a.used < (1 << 20));
	buf_done(&b);
	arena_done(&a);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	read_it((struct bytes){data, size}, 256);
	read_it((struct bytes){data, size}, 3);
	return 0;
}
