#include "model/secret.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/b64.h"
#include "base/digest.h"
#include "base/map.h"

#define LAST_BYTES 64

struct secrets {
	struct hmac *hmac;    /* with a random key of the run */
	struct map *ordinals; /* HMAC → number, as a pointer value */
	bool reveal;
	/* The secret that was asked for last, wiped with the next: a login and each of its
	 * findings ask for the same one. */
	uint8_t last[LAST_BYTES];
	size_t last_n;
	unsigned last_ordinal;
};

enum {
	KNOWN_MAX = 64,  /* secrets remembered of one connection; then the oldest goes */
	KNOWN_SHORT = 3, /* shorter ones are hidden only where they are the whole text */
};

/* One of them; oldest first. */
struct known_secrets {
	struct known_secrets *next;
	size_t n, base64_n; /* bytes of both, one behind the other */
	uint8_t data[];
};

struct secrets *
secrets_new(bool reveal, size_t max_secrets)
{
	struct secrets *s = mem_get(sizeof(*s));
	uint8_t key[SHA256_BYTES];

	random_fill(key, sizeof(key));
	s->hmac = hmac_new((struct bytes){key, sizeof(key)});
	wipe(key, sizeof(key));
	s->ordinals = map_new(max_secrets);
	s->reveal = reveal;
	return s;
}

void
secrets_free(struct secrets **s)
{
	if (!*s)
		return;
	wipe((*s)->last, sizeof((*s)->last));
	map_free(&(*s)->ordinals);
	hmac_free(&(*s)->hmac);
	free(*s);
	*s = NULL;
}

size_t
secrets_memory(const struct secrets *s)
{
	return map_memory(s->ordinals);
}

bool
secrets_reveal(const struct secrets *s)
{
	return s->reveal;
}

static void
keep_last(struct secrets *s, struct bytes secret, unsigned ordinal)
{
	wipe(s->last, s->last_n);
	s->last_n = secret.n <= LAST_BYTES ? secret.n : 0;
	memcpy(s->last, secret.p, s->last_n);
	s->last_ordinal = ordinal;
}

static unsigned
ordinal_of(struct secrets *s, struct bytes secret)
{
	uint8_t mac[SHA256_BYTES];
	void **place;

	hmac_sha256(s->hmac, secret, mac);
	place = map_put(s->ordinals, (struct bytes){mac, sizeof(mac)});
	if (!place)
		return 0;
	if (!*place)
		*place = (void *)(uintptr_t)map_count(s->ordinals);
	return (unsigned)(uintptr_t)*place;
}

unsigned
secrets_ordinal(struct secrets *s, struct bytes secret)
{
	if (!secret.n)
		return 0;
	if (!bytes_eq(secret, (struct bytes){s->last, s->last_n}))
		keep_last(s, secret, ordinal_of(s, secret));
	return s->last_ordinal;
}

static void
put_ordinal(struct secrets *s, struct buf *out, struct bytes secret)
{
	unsigned n = secrets_ordinal(s, secret);

	if (n)
		buf_fmt(out, "<secret#%u>", n);
	else
		buf_str(out, "<secret>");
}

void
secrets_put(struct secrets *s, struct buf *out, struct bytes secret)
{
	if (s->reveal)
		buf_add(out, secret);
	else
		put_ordinal(s, out, secret);
}

static struct bytes
plain_of(const struct known_secrets *k)
{
	return (struct bytes){k->data, k->n};
}

static struct bytes
base64_of(const struct known_secrets *k)
{
	return (struct bytes){k->data + k->n, k->base64_n};
}

static size_t
known_bytes(const struct known_secrets *k)
{
	return sizeof(*k) + k->n + k->base64_n;
}

static struct known_secrets *
known_new(struct bytes secret)
{
	size_t base64_n = (secret.n + 2) / 3 * 4;
	struct known_secrets *k = mem_get(sizeof(*k) + secret.n + base64_n + 1);
	/* A buffer that holds all of it from the start allocates nothing. */
	struct buf base64 = {.p = k->data + secret.n, .cap = base64_n + 1, .max = base64_n};

	k->n = secret.n;
	memcpy(k->data, secret.p, secret.n);
	b64_encode(secret, &base64);
	k->base64_n = base64.n;
	return k;
}

static void
known_drop_first(struct known_secrets **pk)
{
	struct known_secrets *k = *pk;

	*pk = k->next;
	wipe(k, known_bytes(k));
	free(k);
}

void
known_add(struct known_secrets **pk, struct bytes secret)
{
	struct known_secrets **end = pk;
	size_t n = 0;

	if (!secret.n)
		return;
	for (; *end; end = &(*end)->next, n++) {
		if (bytes_eq(plain_of(*end), secret))
			return;
	}
	*end = known_new(secret);
	if (n == KNOWN_MAX)
		known_drop_first(pk);
}

void
known_free(struct known_secrets **pk)
{
	while (*pk)
		known_drop_first(pk);
}

size_t
known_memory(const struct known_secrets *k)
{
	size_t n = 0;

	for (; k; k = k->next)
		n += known_bytes(k);
	return n;
}

static bool
word_byte(uint8_t c)
{
	return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') || c >= 0x80;
}

/* Does `needle` stand at in[at] as a word of its own? */
static bool
stands_alone(struct bytes in, size_t at, struct bytes needle)
{
	size_t end = at + needle.n;

	if (at && word_byte(in.p[at - 1]) && word_byte(needle.p[0]))
		return false;
	return end >= in.n || !word_byte(in.p[end]) || !word_byte(needle.p[needle.n - 1]);
}

/* Where `needle` first stands as a word of its own; SIZE_MAX: nowhere. */
static size_t
find_word(struct bytes in, struct bytes needle)
{
	size_t from = 0, at;

	if (needle.n < KNOWN_SHORT && !bytes_eq(needle, in))
		return SIZE_MAX;
	while (from + needle.n <= in.n) {
		at = bytes_search(bytes_from(in, from), needle);
		if (at == SIZE_MAX)
			break;
		if (stands_alone(in, from + at, needle))
			return from + at;
		from += at + 1;
	}
	return SIZE_MAX;
}

bool
known_in(const struct known_secrets *k, struct bytes text)
{
	for (; k; k = k->next) {
		if (k->n < KNOWN_SHORT || bytes_search(text, plain_of(k)) != SIZE_MAX ||
			bytes_search(text, base64_of(k)) != SIZE_MAX)
			return true;
	}
	return false;
}

/* The first known secret in `in`; SIZE_MAX when there is none. */
static size_t
find_known(const struct known_secrets *k, struct bytes in, struct bytes *ret_needle,
	struct bytes *ret_secret)
{
	size_t best = SIZE_MAX;

	for (; k; k = k->next) {
		struct bytes needles[] = {plain_of(k), base64_of(k)};

		for (size_t i = 0; i < 2; i++) {
			size_t at = find_word(in, needles[i]);

			if (at > best || at == SIZE_MAX ||
				(at == best && needles[i].n <= ret_needle->n))
				continue;
			best = at;
			*ret_needle = needles[i];
			*ret_secret = needles[0];
		}
	}
	return best;
}

/* Text between masks. */
static void
redact_known(struct secrets *s, const struct known_secrets *k, struct bytes in, struct buf *out)
{
	struct bytes needle = BYTES_NONE, secret = BYTES_NONE;
	size_t at;

	while ((at = find_known(k, in, &needle, &secret)) != SIZE_MAX) {
		buf_add(out, bytes_sub(in, 0, at));
		put_ordinal(s, out, secret);
		in = bytes_from(in, at + needle.n);
	}
	buf_add(out, in);
}

void
secrets_redact(struct secrets *s, const struct known_secrets *k, struct bytes in,
	const struct mask *masks, size_t n_masks, struct buf *out)
{
	size_t at = 0;

	if (s->reveal || (!k && !n_masks)) {
		buf_add(out, in);
		return;
	}
	for (size_t i = 0; i < n_masks; i++) {
		if (masks[i].off < at || masks[i].off > in.n)
			continue;
		redact_known(s, k, bytes_sub(in, at, masks[i].off - at), out);
		put_ordinal(s, out, masks[i].secret);
		at = (size_t)masks[i].off + masks[i].len;
	}
	redact_known(s, k, bytes_from(in, at), out);
}
