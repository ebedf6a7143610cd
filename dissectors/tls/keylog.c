#include "dissectors/tls/keylog_int.h"

#include <stdlib.h>

#include "base/arena.h"
#include "base/digest.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

enum {
	CHUNK = 2048,       /* entries allocated at a time */
	SLOTS_FIRST = 4096, /* a power of two, at least 4/3 of CHUNK */
};

static const struct label_row {
	const char *name;
	enum keylog_label label;
	uint8_t key; /* octets; 0: a line that is of no use here */
} labels[] = {
	{"CLIENT_RANDOM", KEYLOG_MASTER, KEYLOG_KEY},
	{"CLIENT_HANDSHAKE_TRAFFIC_SECRET", KEYLOG_HANDSHAKE_CLIENT, KEYLOG_KEY},
	{"SERVER_HANDSHAKE_TRAFFIC_SECRET", KEYLOG_HANDSHAKE_SERVER, KEYLOG_KEY},
	{"CLIENT_TRAFFIC_SECRET_0", KEYLOG_TRAFFIC_CLIENT, KEYLOG_KEY},
	{"SERVER_TRAFFIC_SECRET_0", KEYLOG_TRAFFIC_SERVER, KEYLOG_KEY},
	{"CLIENT_EARLY_TRAFFIC_SECRET", KEYLOG_EARLY, KEYLOG_KEY},
	{"RSA", KEYLOG_RSA, KEYLOG_RSA_KEY},
	{"PMS_CLIENT_RANDOM", KEYLOG_PREMASTER, KEYLOG_KEY},
	{"EXPORTER_SECRET", KEYLOG_LABELS, 0},
	{"EARLY_EXPORTER_SECRET", KEYLOG_LABELS, 0},
	{"ECH_SECRET", KEYLOG_LABELS, 0},
	{"ECH_CONFIG", KEYLOG_LABELS, 0},
};

struct keylog *
keylog_new(size_t bytes)
{
	struct keylog *k = mem_get(sizeof(*k));
	size_t each = CHUNK * (sizeof(struct keylog_entry) + 2 * sizeof(uint32_t));

	pthread_mutex_init(&k->lock, NULL);
	k->max_chunks = bytes / each ? bytes / each : 1;
	if (k->max_chunks > UINT32_MAX / CHUNK / 2)
		k->max_chunks = UINT32_MAX / CHUNK / 2;
	k->chunks = mem_get(k->max_chunks * sizeof(k->chunks[0]));
	random_fill(&k->seed, sizeof(k->seed));
	k->file.fd = -1;
	return k;
}

void
keylog_free(struct keylog **pk)
{
	struct keylog *k = *pk;

	if (!k)
		return;
	for (size_t i = 0; i < k->n_chunks; i++) {
		wipe(k->chunks[i], CHUNK * sizeof(struct keylog_entry));
		free(k->chunks[i]);
	}
	free(k->chunks);
	free(k->slots);
	keylog_file_done(&k->file);
	pthread_mutex_destroy(&k->lock);
	free(k);
	*pk = NULL;
}

static struct keylog_entry *
entry_at(const struct keylog *k, size_t i)
{
	return &k->chunks[i / CHUNK][i % CHUNK];
}

/* The slot where an entry of this key and label is, or the free one where it belongs. */
static size_t
locate(const struct keylog *k, const struct keylog_entry *e)
{
	size_t mask = k->n_slots - 1;
	size_t i = XXH3_64bits_withSeed(e, offsetof(struct keylog_entry, n), k->seed) & mask;

	for (; k->slots[i]; i = (i + 1) & mask) {
		if (!memcmp(entry_at(k, k->slots[i] - 1), e, offsetof(struct keylog_entry, n)))
			break;
	}
	return i;
}

static void
grow_slots(struct keylog *k)
{
	free(k->slots);
	k->n_slots = k->n_slots ? 2 * k->n_slots : SLOTS_FIRST;
	k->slots = mem_get(k->n_slots * sizeof(k->slots[0]));
	for (size_t i = 0; i < k->count; i++)
		k->slots[locate(k, entry_at(k, i))] = (uint32_t)i + 1;
}

/* Closes the hole by moving back what was pushed past its home. */
static void
free_slot(struct keylog *k, size_t hole)
{
	size_t mask = k->n_slots - 1;

	for (size_t j = (hole + 1) & mask; k->slots[j]; j = (j + 1) & mask) {
		const struct keylog_entry *e = entry_at(k, k->slots[j] - 1);
		size_t home = XXH3_64bits_withSeed(
				      e, offsetof(struct keylog_entry, n), k->seed) &
			      mask;

		if (((j - home) & mask) < ((j - hole) & mask))
			continue;
		k->slots[hole] = k->slots[j];
		hole = j;
	}
	k->slots[hole] = 0;
}

/* The number of an entry to fill: a new one, or the oldest. */
static size_t
make_room(struct keylog *k)
{
	size_t i = k->next, limit = k->max_chunks * CHUNK;

	k->next = (k->next + 1) % limit;
	if (k->count == limit) {
		free_slot(k, locate(k, entry_at(k, i)));
		k->counts.forgotten++;
		return i;
	}
	if (i / CHUNK == k->n_chunks)
		k->chunks[k->n_chunks++] = mem_get(CHUNK * sizeof(struct keylog_entry));
	if ((k->count + 1) * 4 > k->n_slots * 3)
		grow_slots(k);
	k->count++;
	k->held = sizeof(*k) + k->n_chunks * CHUNK * sizeof(struct keylog_entry) +
		  k->n_slots * sizeof(k->slots[0]);
	return i;
}

static void
put(struct keylog *k, const struct keylog_entry *e)
{
	size_t slot = k->n_slots ? locate(k, e) : 0, i;

	if (k->n_slots && k->slots[slot]) {
		*entry_at(k, k->slots[slot] - 1) = *e;
	} else {
		i = make_room(k);
		*entry_at(k, i) = *e;
		k->slots[locate(k, e)] = (uint32_t)i + 1;
	}
	k->counts.secrets++;
	if (e->label == KEYLOG_RSA)
		k->rsa = true;
	k->active = true;
}

static int
nibble(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Octets, or 0: not hexadecimal, or more than max. */
static size_t
unhex(struct bytes in, uint8_t *out, size_t max)
{
	if (in.n % 2 || in.n / 2 > max)
		return 0;
	for (size_t i = 0; i < in.n / 2; i++) {
		int hi = nibble(in.p[2 * i]), lo = nibble(in.p[2 * i + 1]);

		if (hi < 0 || lo < 0)
			return 0;
		out[i] = (uint8_t)(hi << 4 | lo);
	}
	return in.n / 2;
}

/* "CLIENT_TRAFFIC_SECRET_1" and later come of _0 by KeyUpdate. */
static bool
is_later_secret(struct bytes word)
{
	return bytes_starts(word, "CLIENT_TRAFFIC_SECRET_") ||
	       bytes_starts(word, "SERVER_TRAFFIC_SECRET_");
}

static const struct label_row *
label_of(struct bytes word)
{
	static const struct label_row later = {.label = KEYLOG_LABELS};

	for (size_t i = 0; i < sizeof(labels) / sizeof(labels[0]); i++) {
		if (bytes_is(word, labels[i].name))
			return &labels[i];
	}
	return is_later_secret(word) ? &later : NULL;
}

static void
take_line(struct keylog *k, struct bytes line)
{
	struct bytes rest = bytes_chomp(line), word = bytes_word(&rest);
	struct bytes key = bytes_word(&rest), secret = bytes_word(&rest);
	const struct label_row *row;
	struct keylog_entry e = {0};

	if (!word.n || word.p[0] == '#')
		return;
	row = label_of(word);
	if (row && !row->key) {
		k->counts.ignored++;
		return;
	}
	if (row) {
		e.label = (uint8_t)row->label;
		e.n = (uint8_t)unhex(secret, e.secret, KEYLOG_SECRET);
	}
	if (e.n && !bytes_word(&rest).n && unhex(key, e.key, row->key) == row->key)
		put(k, &e);
	else
		k->counts.junk++;
	wipe(&e, sizeof(e));
}

void
keylog_lines(struct keylog *k, struct bytes text)
{
	while (text.n) {
		size_t n = bytes_find(text, '\n');

		take_line(k, bytes_sub(text, 0, n));
		text = bytes_from(text, n + 1);
	}
}

void
keylog_text(struct keylog *k, struct bytes text)
{
	pthread_mutex_lock(&k->lock);
	keylog_lines(k, text);
	pthread_mutex_unlock(&k->lock);
}

size_t
keylog_get(
	struct keylog *k, enum keylog_label label, struct bytes key, uint8_t ret[KEYLOG_SECRET])
{
	struct keylog_entry e = {.label = (uint8_t)label};
	uint32_t found = 0;
	size_t n = 0;

	if (key.n > KEYLOG_KEY || !k->active)
		return 0;
	if (key.n)
		memcpy(e.key, key.p, key.n);
	pthread_mutex_lock(&k->lock);
	if (k->n_slots)
		found = k->slots[locate(k, &e)];
	if (found) {
		const struct keylog_entry *at = entry_at(k, found - 1);

		n = at->n;
		memcpy(ret, at->secret, n);
	}
	pthread_mutex_unlock(&k->lock);
	return n;
}

bool
keylog_has(struct keylog *k, struct bytes client_random)
{
	struct keylog_entry e = {.n = 0};
	bool found = k->rsa;

	if (client_random.n != KEYLOG_KEY)
		return found;
	memcpy(e.key, client_random.p, KEYLOG_KEY);
	pthread_mutex_lock(&k->lock);
	for (int i = 0; i < KEYLOG_LABELS && k->n_slots && !found; i++) {
		e.label = (uint8_t)i;
		found = k->slots[locate(k, &e)] != 0;
	}
	pthread_mutex_unlock(&k->lock);
	return found;
}

bool
keylog_active(const struct keylog *k)
{
	return k->active || k->file.live;
}

bool
keylog_has_rsa(const struct keylog *k)
{
	return k->rsa || k->file.live;
}

size_t
keylog_memory(const struct keylog *k)
{
	return k->held;
}

struct keylog_counts
keylog_counts(struct keylog *k)
{
	struct keylog_counts ret;

	pthread_mutex_lock(&k->lock);
	ret = k->counts;
	ret.bytes = k->held;
	pthread_mutex_unlock(&k->lock);
	return ret;
}
