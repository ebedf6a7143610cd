#include "dissectors/mime/headers.h"

#include <stdlib.h>

#include "base/buf.h"

const struct headers_settings headers_defaults = {
	.field_bytes = 16 * 1024,
	.section_bytes = 1024 * 1024,
	.fields_kept = 50,
};

enum state {
	LINE_START, /* the next octet tells: new field, more of the last one, or the empty line
		     */
	START_CR,   /* a CR stands first in the line: LF must follow, then it was the empty line
		     */
	NAME,
	NAME_SPACE, /* RFC 5322 4.5.3: white space before the colon was allowed once */
	VALUE,      /* kept when `field` says so */
	SKIP,       /* the rest of this line is of no use */
	DONE,
};

enum {
	NAME_BYTES = 32
}; /* no field that is kept has a longer name */

struct value {
	struct bytes text;
	struct value *next;
};

struct headers {
	const struct headers_settings *set;
	struct arena arena;
	struct {
		struct value *first, **end;
		size_t n;
	} kept[HDR_COUNT];
	struct buf text; /* value of the open field */
	size_t section;  /* octets read */
	enum state state;
	int field; /* enum header_field of the open field; -1: none, or not kept */
	uint8_t name[NAME_BYTES];
	size_t name_n; /* octets of the name, also those that did not fit */
	bool first_line;
	bool cut;
};

static const char *const names[HDR_COUNT] = {
	[HDR_FROM] = "From",
	[HDR_TO] = "To",
	[HDR_CC] = "Cc",
	[HDR_SUBJECT] = "Subject",
	[HDR_DATE] = "Date",
	[HDR_MESSAGE_ID] = "Message-ID",
	[HDR_RECEIVED] = "Received",
	[HDR_CONTENT_TYPE] = "Content-Type",
};

struct headers *
headers_new(const struct headers_settings *s)
{
	struct headers *h = mem_get(sizeof(*h));

	h->set = s ? s : &headers_defaults;
	h->field = -1;
	h->first_line = true;
	arena_init(&h->arena, 0);
	buf_init(&h->text, h->set->field_bytes);
	for (size_t f = 0; f < HDR_COUNT; f++)
		h->kept[f].end = &h->kept[f].first;
	return h;
}

void
headers_free(struct headers **h)
{
	if (!*h)
		return;
	arena_done(&(*h)->arena);
	buf_done(&(*h)->text);
	free(*h);
	*h = NULL;
}

/* The open field is whole. */
static void
field_close(struct headers *h)
{
	struct value *v;

	if (h->field < 0)
		return;
	if (h->text.cut)
		h->cut = true;
	if (h->kept[h->field].n < h->set->fields_kept) {
		v = arena_get(&h->arena, sizeof(*v));
		v->text = arena_copy(&h->arena, bytes_trim(buf_bytes(&h->text)));
		*h->kept[h->field].end = v;
		h->kept[h->field].end = &v->next;
		h->kept[h->field].n++;
	} else {
		h->cut = true;
	}
	h->field = -1;
}

static void
section_close(struct headers *h)
{
	field_close(h);
	buf_done(&h->text);
	h->state = DONE;
}

static int
field_of(struct bytes name)
{
	for (int f = 0; f < HDR_COUNT; f++)
		if (bytes_iis(name, names[f]))
			return f;
	return -1;
}

static struct bytes
name_bytes(const struct headers *h)
{
	return (struct bytes){h->name, h->name_n <= NAME_BYTES ? h->name_n : 0};
}

static void
name_add(struct headers *h, uint8_t c)
{
	if (h->name_n < NAME_BYTES)
		h->name[h->name_n] = c;
	if (h->name_n <= NAME_BYTES)
		h->name_n++;
}

/*
 * What cannot be a field name ends the section, as mail servers and readers do: a body that was
 * sent without the empty line is not searched for fields. The "From " line of a mailbox file in
 * front of the first field is passed over.
 */
static void
name_broken(struct headers *h, uint8_t c)
{
	struct bytes name = name_bytes(h);

	if (h->first_line && (bytes_is(name, "From") || bytes_is(name, ">From")))
		h->state = c == '\n' ? LINE_START : SKIP;
	else
		section_close(h);
}

static void
take_name(struct headers *h, uint8_t c)
{
	if (c == ':') {
		h->field = field_of(name_bytes(h));
		buf_clear(&h->text);
		h->text.cut = false;
		h->state = VALUE;
	} else if (c == ' ' || c == '\t') {
		h->state = NAME_SPACE;
	} else if (c > 32 && c < 127 && h->state == NAME) { /* RFC 5322 3.6.8 */
		name_add(h, c);
	} else {
		name_broken(h, c);
	}
}

static void
take_start(struct headers *h, uint8_t c)
{
	if (c == ' ' || c == '\t') { /* RFC 5322 2.2.3: the white space itself stays */
		if (h->field >= 0)
			buf_byte(&h->text, c);
		h->state = h->field >= 0 ? VALUE : SKIP;
	} else if (c == '\r') {
		h->state = START_CR;
	} else if (c == '\n') {
		section_close(h);
	} else {
		field_close(h);
		h->name_n = 0;
		h->state = NAME;
		take_name(h, c);
	}
}

/* A run of the line up to its LF, or all there is; the CR of the line end is taken off when the
 * LF shows it was one. */
static size_t
take_run(struct headers *h, struct bytes in)
{
	size_t n = bytes_find(in, '\n');

	if (h->state == VALUE && h->field >= 0)
		buf_add(&h->text, bytes_sub(in, 0, n));
	if (n == in.n)
		return n;
	if (h->state == VALUE && h->field >= 0 && h->text.n && h->text.p[h->text.n - 1] == '\r')
		h->text.n--;
	h->state = LINE_START;
	h->first_line = false;
	return n + 1;
}

/* Takes at least one octet. */
static size_t
take(struct headers *h, struct bytes in)
{
	switch (h->state) {
	case LINE_START:
		take_start(h, in.p[0]);
		return 1;
	case START_CR: /* a CR that stands alone there is no field either: the section is over
			  in both cases */
		section_close(h);
		return 1;
	case NAME:
	case NAME_SPACE:
		take_name(h, in.p[0]);
		return 1;
	case VALUE:
	case SKIP:
		return take_run(h, in);
	case DONE:
		break;
	}
	return in.n;
}

void
headers_feed(struct headers *h, struct bytes in)
{
	size_t room = h->set->section_bytes - h->section;

	if (h->state == DONE)
		return;
	if (in.n > room)
		in.n = room;
	h->section += in.n;
	for (size_t at = 0; at < in.n && h->state != DONE;)
		at += take(h, bytes_from(in, at));
	if (h->state != DONE && h->section == h->set->section_bytes) {
		h->cut = true;
		section_close(h);
	}
}

void
headers_gap(struct headers *h)
{
	if (h->state == DONE)
		return;
	h->field = -1;
	h->state = SKIP; /* the line behind the hole has no beginning */
}

void
headers_end(struct headers *h)
{
	if (h->state != DONE)
		section_close(h);
}

bool
headers_done(const struct headers *h)
{
	return h->state == DONE;
}

bool
headers_get(const struct headers *h, enum header_field f, size_t i, struct bytes *ret)
{
	const struct value *v = h->kept[f].first;

	for (; v && i > 0; i--)
		v = v->next;
	if (!v)
		return false;
	*ret = v->text;
	return true;
}

bool
headers_cut(const struct headers *h)
{
	return h->cut;
}

size_t
headers_memory(const struct headers *h)
{
	return sizeof(*h) + h->arena.used + h->text.cap;
}
