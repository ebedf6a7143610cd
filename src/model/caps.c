#include "model/session.h"

#include <string.h>

/* The first word of an item, and for IMAP also what stands before '='. */
static bool
item_is(struct bytes item, const char *name)
{
	struct bytes rest = item, word = bytes_word(&rest);

	return bytes_iis(word, name) ||
	       bytes_iis(bytes_sub(word, 0, bytes_find(word, '=')), name);
}

const struct bytes *
caps_find(const struct caps *c, const char *name)
{
	for (size_t i = 0; c->known && i < c->n; i++) {
		if (item_is(c->items[i], name))
			return &c->items[i];
	}
	return NULL;
}

static bool
words_have(struct bytes rest, const char *word)
{
	struct bytes w;

	while ((w = bytes_word(&rest)).n) {
		if (bytes_iis(w, word))
			return true;
	}
	return false;
}

/* Is `mech` named by this line? SMTP: "AUTH A B" and the old "AUTH=A B"; POP3: "SASL A B";
 * IMAP: "AUTH=A". */
static bool
item_offers(struct bytes item, enum proto p, const char *mech)
{
	struct bytes rest = item;

	switch (p) {
	case PROTO_POP3:
		return bytes_iis(bytes_word(&rest), "SASL") && words_have(rest, mech);
	case PROTO_IMAP:
		return bytes_istarts(item, "AUTH=") && bytes_iis(bytes_from(item, 5), mech);
	case PROTO_SMTP:
	case PROTO_LMTP:
		if (bytes_istarts(item, "AUTH="))
			return words_have(bytes_from(item, 5), mech);
		return bytes_iis(bytes_word(&rest), "AUTH") && words_have(rest, mech);
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
	for (size_t i = 0; c->known && i < c->n; i++) {
		if (item_offers(c->items[i], p, mech))
			return true;
	}
	return false;
}

bool
caps_starttls(const struct caps *c, enum proto p)
{
	return caps_find(c, p == PROTO_POP3 ? "STLS" : "STARTTLS") != NULL;
}
