#include "model/caps.h"

#include <string.h>

const struct caps caps_unknown = {.known = false};

/* Does the first word of an item read `name`, or for IMAP what stands of it before '='? */
static bool
item_is(struct bytes item, const char *name)
{
	size_t n = strlen(name);
	uint8_t next;

	while (item.n && (item.p[0] == ' ' || item.p[0] == '\t'))
		item = bytes_from(item, 1);
	if (item.n < n || !bytes_iis(bytes_sub(item, 0, n), name))
		return false;
	next = item.n > n ? item.p[n] : ' ';
	return next == ' ' || next == '\t' || next == '=';
}

/* FINDINGS.md starttls.mangled (a): a keyword blacked out in place, X{3,} and perhaps one more
 * letter, as long as STARTTLS. */
static bool
mangled_starttls(struct bytes item)
{
	struct bytes w = bytes_word(&item);
	size_t x = 0;

	while (x < w.n && w.p[x] == 'X')
		x++;
	if (w.n != strlen("STARTTLS") || x < w.n - 1)
		return false;
	return x == w.n || (w.p[x] >= 'A' && w.p[x] <= 'Z');
}

static const char *
starttls_word(const struct caps *c)
{
	return c->proto == PROTO_POP3 ? "STLS" : "STARTTLS";
}

static bool
is_smtp(const struct caps *c)
{
	return c->proto == PROTO_SMTP || c->proto == PROTO_LMTP;
}

/* mechanisms */

/* Is this the line that names them? */
static bool
mechanism_list(const struct caps *c, struct bytes item, struct bytes *rest)
{
	if (c->proto != PROTO_POP3 && bytes_istarts(item, "AUTH=")) {
		*rest = bytes_from(item, 5); /* SMTP: as old servers say it */
		return true;
	}
	*rest = item;
	return c->proto != PROTO_IMAP &&
	       bytes_iis(bytes_word(rest), c->proto == PROTO_POP3 ? "SASL" : "AUTH");
}

bool
caps_mechanism(const struct caps *c, size_t *pos, struct bytes *rest, struct bytes *ret)
{
	for (;;) {
		*ret = bytes_word(rest);
		if (ret->n)
			return true;
		if (*pos >= c->n)
			return false;
		if (!mechanism_list(c, c->items[(*pos)++], rest))
			*rest = BYTES_NONE;
	}
}

static const struct {
	const char *name;
	enum caps_bit bit;
} mechs[] = {
	{"PLAIN", CAPS_PLAIN},
	{"LOGIN", CAPS_LOGIN},
	{"XOAUTH2", CAPS_XOAUTH2},
	{"OAUTHBEARER", CAPS_OAUTHBEARER},
	{"CRAM-MD5", CAPS_CRAM_MD5},
	{"DIGEST-MD5", CAPS_DIGEST_MD5},
	{"NTLM", CAPS_NTLM},
	{"KERBEROS_V4", CAPS_KERBEROS_V4},
	{"SKEY", CAPS_SKEY},
	{"OTP", CAPS_OTP},
	{"SECURID", CAPS_SECURID},
	{"GSSAPI", CAPS_GSSAPI},
};

const char *
caps_mechanism_name(enum caps_bit bit)
{
	for (size_t i = 0; i < sizeof(mechs) / sizeof(mechs[0]); i++)
		if (mechs[i].bit == bit)
			return mechs[i].name;
	return NULL;
}

static uint32_t
mechanism_bits(struct bytes mech)
{
	if (bytes_istarts(mech, "SCRAM-"))
		return CAPS_MECH | CAPS_SCRAM |
		       (bytes_iis(bytes_from(mech, mech.n - 5), "-PLUS") ? CAPS_SCRAM_PLUS : 0);
	for (size_t i = 0; i < sizeof(mechs) / sizeof(mechs[0]); i++)
		if (bytes_iis(mech, mechs[i].name))
			return CAPS_MECH | mechs[i].bit;
	return CAPS_MECH;
}

static uint32_t
smtp_bits(struct bytes item)
{
	uint32_t bits = item_is(item, "XCLIENT") || item_is(item, "XFORWARD") ? CAPS_XCLIENT
									      : 0;

	bits |= item_is(item, "PIPELINING") ? CAPS_PIPELINING : 0;
	return bits | (item_is(item, "CHUNKING") ? CAPS_CHUNKING : 0);
}

static uint32_t
bits_of(const struct caps *c)
{
	struct bytes rest = BYTES_NONE, mech;
	uint32_t bits = 0;
	size_t pos = 0;

	for (size_t i = 0; i < c->n; i++) {
		struct bytes item = c->items[i];

		bits |= item_is(item, starttls_word(c)) ? CAPS_STARTTLS : 0;
		bits |= item_is(item, "LOGINDISABLED") ? CAPS_LOGINDISABLED : 0;
		bits |= item_is(item, "USER") ? CAPS_USER : 0;
		bits |= item_is(item, "AUTH") ? CAPS_AUTH : 0;
		bits |= is_smtp(c) ? smtp_bits(item) : 0;
		bits |= is_smtp(c) && mangled_starttls(item) ? CAPS_MANGLED : 0;
	}
	while (caps_mechanism(c, &pos, &rest, &mech))
		bits |= mechanism_bits(mech);
	return bits;
}

static bool
has_word(struct bytes list, struct bytes word)
{
	while (list.n) {
		size_t n = bytes_find(list, ' ');

		if (bytes_ieq(bytes_sub(list, 0, n), word))
			return true;
		list = bytes_from(list, n + 1);
	}
	return false;
}

/* Each once: some servers say AUTH= beside AUTH, for old clients. There is room for all of them
 * at `to`. */
static struct bytes
list_mechanisms(const struct caps *c, uint8_t *to)
{
	struct bytes rest = BYTES_NONE, mech, list = {to, 0};
	size_t pos = 0;

	while (caps_mechanism(c, &pos, &rest, &mech)) {
		if (has_word(list, mech))
			continue;
		if (list.n)
			to[list.n++] = ' ';
		memcpy(to + list.n, mech.p, mech.n);
		list.n += mech.n;
	}
	return list;
}

/* FNV-1a: only to compare lists with each other. */
#define FNV_FIRST UINT64_C(0xcbf29ce484222325)
#define FNV_PRIME UINT64_C(0x100000001b3)

static uint64_t
fnv(uint64_t h, struct bytes in)
{
	for (size_t i = 0; i < in.n; i++)
		h = (h ^ in.p[i]) * FNV_PRIME;
	return h;
}

static void
digest(struct caps *c)
{
	c->order = FNV_FIRST;
	for (size_t i = 0; i < c->n; i++) {
		if (bytes_iis(c->items[i], starttls_word(c)))
			continue;
		c->rest += fnv(FNV_FIRST, c->items[i]);
		c->order = fnv(fnv(c->order, c->items[i]), BYTES("\n"));
	}
}

/* making: the key is what the struct begins with, then each item with its length before it */

struct key_head {
	uint32_t n;
	uint8_t proto, cover, preauth;
};

static size_t
room_of(const struct ev_caps *e, size_t n)
{
	size_t room = n * sizeof(struct bytes);

	/* Once for the text and once for the mechanisms. */
	for (size_t i = 0; i < n; i++)
		room += 2 * (e->items[i].n + strlen(", "));
	return room;
}

static void
caps_make(void *thing, struct bytes key)
{
	struct caps *c = thing;
	struct bytes *items = (struct bytes *)(c + 1);
	struct key_head head;
	uint8_t *text;

	memcpy(&head, key.p, sizeof(head));
	key = bytes_from(key, sizeof(head));
	*c = (struct caps){.known = true,
		.preauth = head.preauth,
		.cover = head.cover,
		.proto = head.proto,
		.items = items,
		.n = head.n};
	c->text.p = text = (uint8_t *)(items + c->n);
	for (size_t i = 0; i < c->n; i++) {
		uint32_t n;

		memcpy(&n, key.p, sizeof(n));
		items[i] = bytes_sub(key, sizeof(n), n);
		key = bytes_from(key, sizeof(n) + n);
		if (i)
			text = mempcpy(text, ", ", 2);
		text = mempcpy(text, items[i].p, n);
	}
	c->text.n = (size_t)(text - c->text.p);
	c->mechs = list_mechanisms(c, text);
	c->bits = bits_of(c);
	digest(c);
}

struct shared *
caps_table(size_t kept_bytes)
{
	return shared_new(sizeof(struct caps), kept_bytes, caps_make);
}

static void
put_raw(struct buf *key, const void *p, size_t n)
{
	buf_add(key, (struct bytes){p, n});
}

const struct caps *
caps_get(struct shared *table, struct buf *key, const struct ev_caps *e, size_t max,
	enum proto p, enum cover cover, bool preauth)
{
	struct key_head head;

	memset(&head, 0, sizeof(head));
	head.n = (uint32_t)(e->n < max ? e->n : max);
	head.proto = (uint8_t)p;
	head.cover = (uint8_t)cover;
	head.preauth = preauth;
	buf_clear(key);
	put_raw(key, &head, sizeof(head));
	for (size_t i = 0; i < head.n; i++) {
		uint32_t n = (uint32_t)e->items[i].n;

		put_raw(key, &n, sizeof(n));
		buf_add(key, e->items[i]);
	}
	return shared_get(table, buf_bytes(key), room_of(e, head.n));
}
