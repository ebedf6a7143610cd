#include "ui/cells.h"
#include "base/clock.h"
#include "base/escape.h"
#include "dissectors/tls/names.h"
#include "output/text.h"

#include <inttypes.h>

#define DAYS_SOON 14 /* a certificate that ends then is marked */

const char *
cells_protocol(const struct feed_session *r)
{
	if (r->proto == PROTO_OTHER)
		return r->guess ? r->guess : "other";
	if (r->service == SERVICE_SUBMISSION)
		return "subm";
	if (r->service != SERVICE_UNKNOWN)
		return service_name((enum service)r->service);
	return proto_name((enum proto)r->proto);
}

static const struct {
	const char *sign;
	char letter;
	enum ink ink;
} verdicts[] = {
	[VERDICT_NOT_OBSERVABLE] = {"?", '-', INK_DIM},
	[VERDICT_IMPLICIT] = {"✓", 'I', INK_GOOD},
	[VERDICT_UPGRADED] = {"✓", 'U', INK_GOOD},
	[VERDICT_UPGRADED_AFTER_USE] = {"!", 'A', INK_HIGH},
	[VERDICT_OFFERED_UNUSED] = {"!", 'O', INK_MEDIUM},
	[VERDICT_NOT_OFFERED] = {"!", 'N', INK_MEDIUM},
	[VERDICT_REFUSED] = {"✗", 'R', INK_HIGH},
	[VERDICT_FAILED] = {"✗", 'F', INK_HIGH},
	[VERDICT_STRIPPED] = {"✗", 'S', INK_CRITICAL},
};

void
cells_verdict(const struct snapshot *s, unsigned verdict, struct buf *out)
{
	buf_str(out, verdicts[verdict].sign);
	buf_byte(out, (uint8_t)verdicts[verdict].letter);
}

enum ink
cells_verdict_ink(unsigned verdict)
{
	return verdicts[verdict].ink;
}

char
cells_verdict_letter(unsigned verdict)
{
	return verdicts[verdict].letter;
}

const char *
cells_tls_version(uint16_t version)
{
	switch (version) {
	case 0x0002:
		return "SSL2";
	case 0x0300:
		return "SSL3";
	case 0x0301:
		return "1.0";
	case 0x0302:
		return "1.1";
	case 0x0303:
		return "1.2";
	case 0x0304:
		return "1.3";
	default:
		return "";
	}
}

bool
cells_tls(const struct snapshot *s, uint32_t tls, struct tls_info *ret)
{
	return tls_info_read(texts_get(s->feed->texts, tls), ret);
}

void
cells_cipher(const struct snapshot *s, uint32_t tls, struct buf *out)
{
	char number[TLS_NUMBER];
	struct tls_info t;

	if (cells_tls(s, tls, &t) && t.h.cipher)
		buf_str(out, tls_suite_text(t.h.version, t.h.cipher, number));
}

void
cells_subject(const struct snapshot *s, uint32_t cert, struct buf *out)
{
	struct tls_info_cert c;

	if (tls_info_read_cert(texts_get(s->feed->texts, cert), &c))
		escape_term(out, c.subject);
}

enum ink
cells_trust(const struct snapshot *s, uint32_t tls, struct buf *out)
{
	struct tls_info t;

	if (!cells_tls(s, tls, &t))
		return INK_DIM;
	buf_add(out, t.judged);
	if (t.h.trust == TRUST_UNKNOWN)
		return INK_DIM;
	return bytes_is(t.judged, "trusted") ? INK_GOOD : INK_MEDIUM;
}

static bool
days_left(const struct snapshot *s, uint32_t cert, int64_t ns, int64_t *ret)
{
	struct tls_info_cert c;

	if (!tls_info_read_cert(texts_get(s->feed->texts, cert), &c) || c.times_bad)
		return false;
	*ret = cert_days(ns / NS_PER_S, c.not_after_s);
	return true;
}

enum ink
cells_put_days(const struct snapshot *s, uint32_t cert, int64_t ns, struct buf *out)
{
	int64_t days;

	if (!days_left(s, cert, ns, &days))
		return INK_DIM;
	buf_fmt(out, "%" PRId64, days);
	return days < 0 ? INK_HIGH : days < DAYS_SOON ? INK_MEDIUM : INK_PLAIN;
}

struct list_key
cells_days_key(const struct snapshot *s, uint32_t cert, int64_t ns)
{
	int64_t days;

	return (struct list_key){.n = days_left(s, cert, ns, &days) ? days : INT64_MAX};
}

void
cells_number(uint64_t n, struct buf *out)
{
	char text[TEXT_NUMBER];

	if (n)
		buf_str(out, text_number(n, text));
}

void
cells_size(uint64_t bytes, struct buf *out)
{
	static const char units[] = "BkMGT";
	double v = (double)bytes;
	size_t u = 0;

	while (v >= 1000 && units[u + 1]) {
		v /= 1024;
		u++;
	}
	buf_fmt(out, u && v < 9.95 ? "%.1f%c" : "%.0f%c", v, units[u]);
}

void
cells_text(const struct snapshot *s, uint32_t text, struct buf *out)
{
	escape_term(out, bytes_sub(texts_get(s->feed->texts, text), 0, 512));
}

void
cells_addr(const struct endpoint *e, struct buf *out)
{
	char text[ENDPOINT_TEXT];

	if (e->family)
		buf_str(out, endpoint_addr(e, text));
}

void
cells_endpoint(const struct endpoint *e, struct buf *out)
{
	char text[ENDPOINT_TEXT + 8];

	if (e->family)
		buf_str(out, e->port ? endpoint_text(e, text) : endpoint_addr(e, text));
}

void
cells_quote(struct bytes text, const char *lead, struct buf *out)
{
	buf_str(out, lead);
	buf_byte(out, '"');
	for (size_t i = 0; i < text.n; i++) {
		if (text.p[i] == '"' || text.p[i] == '\\')
			buf_byte(out, '\\');
		buf_byte(out, text.p[i]);
	}
	buf_byte(out, '"');
}

struct list_key
cells_addr_key(const struct endpoint *e)
{
	uint64_t n = e->family == 6;

	for (size_t i = 0; i < 7; i++)
		n = n << 8 | e->addr[i];
	return (struct list_key){.n = (int64_t)n};
}

struct list_key
cells_number_key(uint64_t n)
{
	return (struct list_key){.n = (int64_t)n};
}

struct list_key
cells_text_key(const struct snapshot *s, uint32_t text)
{
	return (struct list_key){.text = texts_get(s->feed->texts, text)};
}
