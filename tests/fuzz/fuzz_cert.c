/* A certificate: what is read of it must hang together, whatever the bytes are. */
#include <assert.h>

#include "dissectors/tls/cert.h"

static const struct cert_limits small = {
	.chain = 4, .cert_bytes = 8192, .chain_bytes = 16384, .names = 8, .name_bytes = 64};

static void
read_it(struct bytes in, const struct cert_limits *lim)
{
	char key[CERT_KEY_TEXT], sha1[CERT_SHA1_TEXT], time[CERT_TIME_TEXT];
	const struct cert *c;
	struct arena a;

	arena_init(&a, 0);
	c = cert_read(in, lim, &a);
	if (c) {
		assert(c->n_dns <= lim->names && c->n_ips <= lim->names);
		assert(c->subject.n <= lim->name_bytes && c->cn.n <= lim->name_bytes);
		assert(!c->self_signed || c->self_issued);
		assert(bytes_eq(c->der, in));
		cert_key_text(c, key);
		cert_colons((struct bytes){c->sha1, sizeof(c->sha1)}, sha1);
		cert_time_text(c->not_before_s, time);
		cert_time_text(c->not_after_s, time);
		assert(cert_days(c->not_before_s, c->not_before_s) == 0);
	}
	arena_done(&a);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	read_it((struct bytes){data, size}, &cert_limits_default);
	read_it((struct bytes){data, size}, &small);
	return 0;
}
