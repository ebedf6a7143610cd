#include "dissectors/tls/decrypt_int.h"

#include <stdlib.h>

#include "base/arena.h"
#include "base/digest.h"
#include "dissectors/tls/names.h"
#include "dissectors/tls/prf.h"

enum {
	EXPLICIT_NONCE = 8,
	CONTENT_MAX = 16384,
	HUNT_MAX = 256,    /* records tried behind a hole: sequence numbers that it may have */
	RECORD_LEAST = 30, /* octets of a short record on the wire */
	PASSED = 64,       /* records passed over, of early data or a handshake */
};

struct decrypt *
decrypt_new(struct keylog *k)
{
	struct decrypt *x = mem_get(sizeof(*x));

	x->keylog = k;
	return x;
}

static void
forget_cipher(struct decrypt_side *s)
{
	cipher_free(&s->now);
	wipe(s->secret, sizeof(s->secret));
	s->secret_n = 0;
}

void
decrypt_enter(struct decrypt_side *s, enum epoch epoch)
{
	forget_cipher(s);
	s->epoch = (uint8_t)epoch;
	s->seq = 0;
	s->hunt = 0;
	s->verified = s->found = false;
}

void
decrypt_free(struct decrypt **px)
{
	struct decrypt *x = *px;

	if (!x)
		return;
	for (int d = 0; d < 2; d++) {
		forget_cipher(&x->side[d]);
		buf_wipe(&x->side[d].message);
	}
	buf_done(&x->transcript);
	wipe(x, sizeof(*x));
	free(x);
	*px = NULL;
}

size_t
decrypt_memory(const struct decrypt *x)
{
	return sizeof(*x) + cipher_memory(x->side[0].now) + cipher_memory(x->side[1].now) +
	       x->side[0].message.cap + x->side[1].message.cap + x->transcript.cap;
}

static struct bytes
client_random(const struct decrypt *x)
{
	return (struct bytes){x->client_random, sizeof(x->client_random)};
}

static struct bytes
server_random(const struct decrypt *x)
{
	return (struct bytes){x->server_random, sizeof(x->server_random)};
}

void
decrypt_give_up(struct decrypt *x, enum dir d, enum tls_keys state, const char *why)
{
	struct decrypt_side *s = &x->side[d];

	s->lost = true;
	s->hunt = 0;
	forget_cipher(s);
	x->state = state;
	x->why = why;
}

bool
decrypt_lost(const struct decrypt *x, enum dir d)
{
	return x->side[d].lost;
}

enum tls_keys
decrypt_state(const struct decrypt *x, const char **ret_why)
{
	*ret_why = x->why;
	return x->state;
}

void
decrypt_no_wait(struct decrypt *x, enum dir d)
{
	x->side[d].no_wait = true;
}

bool
decrypt_hunting(const struct decrypt *x, enum dir d)
{
	return x->side[d].hunt > 0;
}

/* Does a record need the end of the one before? */
static bool
is_chained(const struct decrypt *x)
{
	return x->suite.kind == SEAL_CBC && x->version < TLS_1_1;
}

uint64_t
decrypt_number(const struct decrypt *x, enum dir d)
{
	return x->side[d].seq;
}

/* What a record has beside its content. */
static size_t
overhead(const struct decrypt *x)
{
	const struct suite *s = &x->suite;

	switch (s->kind) {
	case SEAL_NULL:
	case SEAL_STREAM:
		return s->mac_n;
	case SEAL_CBC:
		return (x->version >= TLS_1_1 ? s->iv : 0) + (size_t)s->mac_n + 1;
	case SEAL_GCM:
	case SEAL_CCM:
		return s->tag + (x->version >= TLS_1_3 ? 1 : EXPLICIT_NONCE);
	case SEAL_CHACHA:
		return s->tag + (x->version >= TLS_1_3 ? 1 : 0);
	}
	return 0;
}

uint64_t
decrypt_content(const struct decrypt *x, uint64_t bytes, uint64_t records)
{
	uint64_t each = TLS_RECORD_HEADER + overhead(x), n = records * each;

	n = bytes > n ? bytes - n : 0;
	/* Padding is less than a block; full records are the most likely. */
	if (x->suite.kind == SEAL_CBC && n > records * CONTENT_MAX)
		n -= n - records * CONTENT_MAX < records * x->suite.iv
			     ? n - records * CONTENT_MAX
			     : 0;
	return n;
}

static bool
can_decrypt(const struct decrypt *x)
{
	return x->version && x->suite_known && (x->version >= TLS_1_3) == x->suite.tls13;
}

/* RSA lines of the key log: the premaster secret is found by its encrypted form. */
static size_t
premaster_of(struct decrypt *x, uint8_t *premaster)
{
	size_t n = 0;

	if (x->has_encrypted_premaster)
		n = keylog_get(x->keylog, KEYLOG_RSA,
			(struct bytes){x->encrypted_premaster, KEYLOG_RSA_KEY}, premaster);
	return n ? n : keylog_get(x->keylog, KEYLOG_PREMASTER, client_random(x), premaster);
}

static bool
find_master(struct decrypt *x, uint8_t master[KEYLOG_SECRET])
{
	uint8_t premaster[KEYLOG_SECRET];
	size_t n = keylog_get(x->keylog, KEYLOG_MASTER, client_random(x), master);
	bool good = n == MASTER_BYTES;

	if (good)
		return true;
	n = premaster_of(x, premaster);
	/* Resumed with the extended master secret, there is nothing to make it of. */
	if (n && (!x->ems || x->transcript.n))
		good = keys_master(x->version, &x->suite, (struct bytes){premaster, n},
			client_random(x), server_random(x),
			x->ems ? buf_bytes(&x->transcript) : BYTES_NONE, master);
	wipe(premaster, sizeof(premaster));
	return good;
}

/* SSL 3 to TLS 1.2: the keys of both directions come of one secret. */
static bool
load_block(struct decrypt *x, enum dir d, struct cipher **ret)
{
	uint8_t master[KEYLOG_SECRET];
	struct cipher_keys keys[2];
	bool found = find_master(x, master);

	if (found && keys_block(x->version, &x->suite, (struct bytes){master, MASTER_BYTES},
			     client_random(x), server_random(x), keys))
		*ret = cipher_new(&x->suite, x->version, x->etm, &keys[d]);
	wipe(master, sizeof(master));
	wipe(keys, sizeof(keys));
	return found;
}

static struct cipher *
traffic_cipher(const struct decrypt *x, struct bytes secret)
{
	struct cipher_keys keys;
	struct cipher *c = NULL;

	if (keys_traffic(&x->suite, secret, &keys))
		c = cipher_new(&x->suite, x->version, false, &keys);
	wipe(&keys, sizeof(keys));
	return c;
}

static enum keylog_label
label_of(enum dir d, enum epoch epoch)
{
	switch (epoch) {
	case EPOCH_EARLY:
		return KEYLOG_EARLY;
	case EPOCH_HANDSHAKE:
		return d == DIR_C2S ? KEYLOG_HANDSHAKE_CLIENT : KEYLOG_HANDSHAKE_SERVER;
	case EPOCH_CLEAR:
	case EPOCH_TRAFFIC:
		break;
	}
	return d == DIR_C2S ? KEYLOG_TRAFFIC_CLIENT : KEYLOG_TRAFFIC_SERVER;
}

/* TLS 1.3: each direction and epoch has a secret of its own. It is left in s->secret. */
static bool
load_traffic(struct decrypt *x, enum dir d, enum epoch epoch, struct cipher **ret)
{
	struct decrypt_side *s = &x->side[d];
	size_t n = keylog_get(x->keylog, label_of(d, epoch), client_random(x), s->secret);

	s->secret_n = (uint8_t)n;
	if (!n)
		return false;
	if (n == x->suite.prf_n)
		*ret = traffic_cipher(x, (struct bytes){s->secret, n});
	return true;
}

/* The keys that records of direction d need now. True: s->now is there. */
static bool
load(struct decrypt *x, enum dir d)
{
	struct decrypt_side *s = &x->side[d];

	if (s->now)
		return true;
	keylog_look(x->keylog);
	s->found = x->version >= TLS_1_3 ? load_traffic(x, d, s->epoch, &s->now)
					 : load_block(x, d, &s->now);
	return s->now != NULL;
}

/* Tries the sequence numbers that the record may have. Octets of the content, or -1. */
static ssize_t
try_open(struct decrypt_side *s, struct bytes record, uint8_t *room)
{
	struct bytes fragment = bytes_from(record, TLS_RECORD_HEADER);

	for (uint32_t i = 0; i <= s->hunt; i++) {
		ssize_t n = cipher_open(s->now, s->seq + i, record.p, fragment, room);

		if (n < 0)
			continue;
		s->seq += i + 1;
		s->hunt = 0;
		s->verified = true;
		return n;
	}
	return -1;
}

/* TLS 1.3: the next keys may be in use already, when those of the handshake are not known or
 * its end was lost. */
static ssize_t
try_traffic(struct decrypt *x, enum dir d, struct bytes record, uint8_t *room)
{
	struct decrypt_side *s = &x->side[d];
	struct decrypt_side next = {.hunt = s->hunt, .epoch = EPOCH_TRAFFIC};
	ssize_t n = -1;

	if (x->version < TLS_1_3 || s->epoch >= EPOCH_TRAFFIC || s->epoch == EPOCH_EARLY)
		return -1;
	next.secret_n = (uint8_t)keylog_get(
		x->keylog, label_of(d, EPOCH_TRAFFIC), client_random(x), next.secret);
	if (next.secret_n == x->suite.prf_n)
		next.now = traffic_cipher(x, (struct bytes){next.secret, next.secret_n});
	if (next.now)
		n = try_open(&next, record, room);
	if (n >= 0) {
		decrypt_enter(s, EPOCH_TRAFFIC);
		s->now = next.now;
		s->secret_n = next.secret_n;
		memcpy(s->secret, next.secret, sizeof(s->secret));
		s->seq = next.seq;
		s->verified = true;
		next.now = NULL;
	}
	forget_cipher(&next);
	return n;
}

/* Why nothing could be read, said once a direction. */
static enum opened
fail(struct decrypt *x, enum dir d, struct bytes record)
{
	struct decrypt_side *s = &x->side[d];

	if (s->hunt && s->now && is_chained(x)) {
		/* It may have failed for that only. */
		cipher_skip(s->now, record.n - TLS_RECORD_HEADER,
			bytes_from(record, TLS_RECORD_HEADER));
		s->hunt += s->hunt < HUNT_MAX;
		return OPENED_PASSED;
	}
	if (s->hunt)
		return OPENED_NOT;
	if (!x->version || !x->client_known)
		decrypt_give_up(x, d, TLS_KEYS_LOST, "the handshake was not seen whole");
	else if (!can_decrypt(x))
		decrypt_give_up(x, d, TLS_KEYS_UNSUPPORTED,
			"the cipher suite or version is not one that is decrypted");
	else if (s->now && s->verified)
		decrypt_give_up(x, d, TLS_KEYS_LOST, "a record does not verify");
	else if (s->now)
		decrypt_give_up(x, d, TLS_KEYS_WRONG_SECRET,
			"the secret of the key log does not fit this session");
	else if (s->found)
		decrypt_give_up(x, d, TLS_KEYS_UNSUPPORTED,
			"libcrypto has not this cipher, or the secret is of another length");
	else
		decrypt_give_up(
			x, d, TLS_KEYS_NO_SECRET, "the key log has no secret of this session");
	return OPENED_NOT;
}

/* RFC 8446 5.2: the type stands behind the content, and zeros behind it. */
static bool
unpad(struct inside *in)
{
	size_t n = in->content.n;

	while (n && in->content.p[n - 1] == 0)
		n--;
	if (!n)
		return false;
	in->type = in->content.p[n - 1];
	in->content.n = n - 1;
	return true;
}

static enum opened
inside(struct decrypt *x, enum dir d, struct bytes record, uint8_t *room, ssize_t n,
	struct inside *ret)
{
	*ret = (struct inside){.type = record.p[0], .content = {room, (size_t)n}};
	if (x->version >= TLS_1_3 && !unpad(ret)) {
		decrypt_give_up(x, d, TLS_KEYS_LOST, "a record without a content type");
		return OPENED_NOT;
	}
	if (x->state == TLS_KEYS_NONE) {
		x->state = TLS_KEYS_DECRYPTED;
		x->why = NULL;
	}
	if (ret->type == TLS_HANDSHAKE)
		decrypt_messages(x, d, ret->content);
	else if (ret->type == TLS_CHANGE_CIPHER_SPEC && x->version < TLS_1_3)
		decrypt_enter(&x->side[d], EPOCH_TRAFFIC);
	return OPENED_INSIDE;
}

/* A key log that has the secrets of the data but not those of the handshake. */
static bool
has_traffic(struct decrypt *x, enum dir d)
{
	uint8_t secret[KEYLOG_SECRET];
	size_t n = keylog_get(x->keylog, label_of(d, EPOCH_TRAFFIC), client_random(x), secret);

	wipe(secret, sizeof(secret));
	return n > 0;
}

/* The keys are not there (yet). */
static enum opened
no_keys(struct decrypt *x, enum dir d, struct bytes record)
{
	struct decrypt_side *s = &x->side[d];

	if (can_decrypt(x) && x->client_known && !s->found && !s->no_wait && !s->hunt &&
		keylog_growing(x->keylog))
		return OPENED_WAITS_SECRET;
	if (can_decrypt(x) && x->version >= TLS_1_3 && s->epoch == EPOCH_HANDSHAKE &&
		has_traffic(x, d) && ++x->passed <= PASSED)
		return OPENED_PASSED;
	return fail(x, d, record);
}

static enum opened
open_sealed(
	struct decrypt *x, enum dir d, struct bytes record, uint8_t *room, struct inside *ret)
{
	struct decrypt_side *s = &x->side[d];
	ssize_t n = -1;
	bool loaded;

	if (!can_decrypt(x))
		return fail(x, d, record);
	loaded = load(x, d);
	if (loaded)
		n = try_open(s, record, room);
	if (n < 0)
		n = try_traffic(x, d, record, room);
	if (n >= 0)
		return inside(x, d, record, room, n, ret);
	return loaded ? fail(x, d, record) : no_keys(x, d, record);
}

/*
 * RFC 8446 4.2.10: what the client sends before the server has spoken. Only with the server's
 * answer it is known whether anybody reads it; and with which suite it was sealed.
 */
static enum opened
open_early(
	struct decrypt *x, enum dir d, struct bytes record, uint8_t *room, struct inside *ret)
{
	struct decrypt_side *s = &x->side[d];
	ssize_t n = -1;

	if (x->early == EARLY_OFFERED && !s->no_wait && !x->side[!d].lost)
		return OPENED_WAITS_PEER;
	if (x->early != EARLY_REFUSED && can_decrypt(x) && load(x, d))
		return open_sealed(x, d, record, room, ret);
	if (x->version >= TLS_1_3 && can_decrypt(x)) {
		struct decrypt_side was = *s;

		decrypt_enter(s, EPOCH_HANDSHAKE);
		if (load(x, d))
			n = try_open(s, record, room);
		if (n < 0) {
			forget_cipher(s);
			*s = was;
		}
	}
	if (n >= 0)
		return inside(x, d, record, room, n, ret);
	return ++x->passed <= PASSED ? OPENED_PASSED : fail(x, d, record);
}

/* Behind a hole that may have taken the ChangeCipherSpec. */
static bool
may_be_sealed(const struct decrypt *x, const struct decrypt_side *s)
{
	return s->epoch == EPOCH_CLEAR && s->hunt && x->version && x->version < TLS_1_3;
}

static enum opened
open_clear(
	struct decrypt *x, enum dir d, struct bytes record, uint8_t *room, struct inside *ret)
{
	struct decrypt_side *s = &x->side[d];
	struct bytes content = bytes_from(record, TLS_RECORD_HEADER);

	if (may_be_sealed(x, s)) {
		enum opened got;

		s->epoch = EPOCH_TRAFFIC;
		got = open_sealed(x, d, record, room, ret);
		if (got != OPENED_NOT || record.p[0] == TLS_APPLICATION_DATA)
			return got;
		s->epoch = EPOCH_CLEAR;
	}
	s->hunt = 0;
	if (record.p[0] == TLS_CHANGE_CIPHER_SPEC && x->version && x->version < TLS_1_3)
		decrypt_enter(s, EPOCH_TRAFFIC);
	else if (record.p[0] == TLS_HANDSHAKE)
		decrypt_messages(x, d, content);
	else if (record.p[0] == TLS_APPLICATION_DATA)
		return fail(x, d, record);
	return OPENED_CLEAR;
}

enum opened
decrypt_record(
	struct decrypt *x, enum dir d, struct bytes record, uint8_t *room, struct inside *ret)
{
	struct decrypt_side *s = &x->side[d];

	if (s->lost)
		return OPENED_NOT;
	/* RFC 8446 5.1: only application data is sealed; D.4: ChangeCipherSpec means nothing.
	 */
	if (s->epoch != EPOCH_CLEAR && x->version >= TLS_1_3 &&
		record.p[0] != TLS_APPLICATION_DATA)
		return OPENED_CLEAR;
	if (s->epoch == EPOCH_EARLY) {
		if (record.p[0] == TLS_APPLICATION_DATA)
			return open_early(x, d, record, room, ret);
		return open_clear(x, d, record, room, ret);
	}
	return s->epoch == EPOCH_CLEAR ? open_clear(x, d, record, room, ret)
				       : open_sealed(x, d, record, room, ret);
}

void
decrypt_skip(struct decrypt *x, enum dir d, size_t n, struct bytes tail)
{
	struct decrypt_side *s = &x->side[d];

	buf_done(&s->message);
	s->message_left = 0;
	if (s->epoch == EPOCH_CLEAR || s->lost)
		return;
	if (load(x, d))
		cipher_skip(s->now, n, tail);
	s->seq++;
}

bool
decrypt_hunt(struct decrypt *x, enum dir d, uint64_t bytes)
{
	struct decrypt_side *s = &x->side[d];
	uint64_t more = bytes / RECORD_LEAST + 1;

	buf_done(&s->message);
	s->message_left = 0;
	if (s->lost)
		return false;
	if (!x->version || (s->epoch != EPOCH_CLEAR && x->suite.kind == SEAL_STREAM)) {
		decrypt_give_up(x, d, TLS_KEYS_LOST,
			"bytes are missing that the next records depend on");
		return false;
	}
	s->hunt += (uint32_t)(more < HUNT_MAX ? more : HUNT_MAX);
	if (s->hunt > HUNT_MAX)
		s->hunt = HUNT_MAX;
	return true;
}
