#include "model/session.h"

/* Does the first word of an item read `name`, or for IMAP what stands of it before '='? */
static bool
item_is(struct bytes item, struct bytes name)
{
	uint8_t next;

	while (item.n && (item.p[0] == ' ' || item.p[0] == '\t'))
		item = bytes_from(item, 1);
	if (item.n < name.n || !bytes_ieq(bytes_sub(item, 0, name.n), name))
		return false;
	next = item.n > name.n ? item.p[name.n] : ' ';
	return next == ' ' || next == '\t' || next == '=';
}

const struct bytes *
caps_find(const struct caps *c, const char *name)
{
	struct bytes want = bytes_str(name);

	for (size_t i = 0; c->known && i < c->n; i++) {
		if (item_is(c->items[i], want))
			return &c->items[i];
	}
	return NULL;
}

static bool
words_have(struct bytes rest, struct bytes word)
{
	struct bytes w;

	while ((w = bytes_word(&rest)).n) {
		if (bytes_ieq(w, word))
			return true;
	}
	return false;
}

static struct bytes
after_word(struct bytes item)
{
	bytes_word(&item);
	return item;
}

/* Is `mech` named by this line? SMTP: "AUTH A B" and the old "AUTH=A B"; POP3: "SASL A B";
 * IMAP: "AUTH=A". */
static bool
item_offers(struct bytes item, enum proto p, struct bytes mech)
{
	switch (p) {
	case PROTO_POP3:
		return item_is(item, BYTES("SASL")) && words_have(after_word(item), mech);
	case PROTO_IMAP:
		return item.n == 5 + mech.n && bytes_istarts(item, "AUTH=") &&
		       bytes_ieq(bytes_from(item, 5), mech);
	case PROTO_SMTP:
	case PROTO_LMTP:
		if (!item_is(item, BYTES("AUTH")))
			return false;
		if (bytes_istarts(item, "AUTH="))
			return words_have(bytes_from(item, 5), mech);
		return words_have(after_word(item), mech);
	case PROTO_UNKNOWN:
	case PROTO_TLS:
	case PROTO_OTHER:
		return false;
	}
	return false;
}

bool
caps_offers(const struct caps *c, enum proto p, const char *mech)
{
	struct bytes want = bytes_str(mech);

	for (size_t i = 0; c->known && i < c->n; i++) {
		if (item_offers(c->items[i], p, want))
			return true;
	}
	return false;
}

bool
caps_starttls(const struct caps *c, enum proto p)
{
	return caps_find(c, p == PROTO_POP3 ? "STLS" : "STARTTLS") != NULL;
}
