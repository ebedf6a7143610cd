#include "ui/values.h"
#include "base/escape.h"
#include "ui/cells.h"

#include <stddef.h>
#include <stdlib.h>

#define LOOKED_AT 20000u /* of the newest sessions */
#define OFFERED 64u      /* different values */
#define LONGEST 100u     /* bytes of one */

enum kind {
	OF_TEXT, /* number of a text */
	OF_HOST, /* address of an endpoint */
	OF_PORT,
};

#define AT(field) offsetof(struct feed_session, field)
static const struct {
	const char *field;
	enum kind kind;
	size_t at;
} fields[] = {{"user", OF_TEXT, AT(user)}, {"banner", OF_TEXT, AT(banner)},
	{"server_name", OF_TEXT, AT(server_name)}, {"client_name", OF_TEXT, AT(client_name)},
	{"name", OF_TEXT, AT(dns_name)}, {"name", OF_TEXT, AT(server_name)},
	{"host", OF_TEXT, AT(dns_name)}, {"host", OF_TEXT, AT(server_name)},
	{"host", OF_TEXT, AT(client_name)}, {"software", OF_TEXT, AT(software)},
	{"software", OF_TEXT, AT(client_software)}, {"mailbox", OF_TEXT, AT(mailbox)},
	{"client", OF_HOST, AT(client)}, {"server", OF_HOST, AT(server)},
	{"address", OF_HOST, AT(client)}, {"address", OF_HOST, AT(server)},
	{"port", OF_PORT, AT(server)}, {"client_port", OF_PORT, AT(client)}};

struct found {
	char *v[OFFERED];
	size_t n;
};

static void
put_value(const struct snapshot *s, enum kind kind, const void *at, struct buf *out)
{
	const struct endpoint *e = at;
	uint32_t text;

	switch (kind) {
	case OF_TEXT:
		memcpy(&text, at, sizeof(text));
		buf_add(out, texts_get(s->feed->texts, text));
		break;
	case OF_HOST:
		cells_addr(e, out);
		break;
	case OF_PORT:
		buf_u64(out, e->port);
		break;
	}
}

/* Nothing that a prompt cannot hold: no controls, no invalid UTF-8. */
static bool
can_be_typed(struct bytes v)
{
	struct bytes rest = v;

	if (!v.n || v.n > LONGEST)
		return false;
	while (rest.n) {
		uint32_t cp;
		size_t n = utf8_next(rest, &cp);

		if (!n || cp < 0x20 || (cp >= 0x7f && cp < 0xa0))
			return false;
		rest = bytes_from(rest, n);
	}
	return true;
}

static void
take(struct found *f, struct bytes v, struct bytes typed)
{
	if (f->n == OFFERED || !can_be_typed(v) || !bytes_ieq(bytes_sub(v, 0, typed.n), typed))
		return;
	for (size_t i = 0; i < f->n; i++)
		if (bytes_is(v, f->v[i]))
			return;
	f->v[f->n++] = strndup((const char *)v.p, v.n);
}

static int
by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void
offer(const char *value, bool quoted, struct buf *out)
{
	if (quoted || value[strcspn(value, "()!=<>~&|\" \\")])
		cells_quote(bytes_str(value), "", out);
	else
		buf_str(out, value);
	buf_byte(out, '\0');
}

static void
look(const struct snapshot *s, const char *field, struct bytes typed, struct found *f)
{
	size_t from = s->sessions > LOOKED_AT ? s->sessions - LOOKED_AT : 0;
	struct buf value;

	buf_init(&value, TEXTS_LONGEST);
	for (size_t i = from; i < s->sessions; i++) {
		struct feed_session r;

		rows_get(&s->feed->sessions, i, &r);
		for (size_t k = 0; k < sizeof(fields) / sizeof(fields[0]); k++) {
			if (strcmp(fields[k].field, field) != 0)
				continue;
			buf_clear(&value);
			put_value(s, fields[k].kind, (const char *)&r + fields[k].at, &value);
			take(f, buf_bytes(&value), typed);
		}
	}
	buf_done(&value);
}

void
values_offer(const struct snapshot *s, const char *field, struct bytes typed, struct buf *out)
{
	bool quoted = typed.n && typed.p[0] == '"';
	struct found f = {.n = 0};

	look(s, field, quoted ? bytes_from(typed, 1) : typed, &f);
	if (f.n)
		qsort(f.v, f.n, sizeof(*f.v), by_text);
	for (size_t i = 0; i < f.n; i++) {
		offer(f.v[i], quoted, out);
		free(f.v[i]);
	}
}
