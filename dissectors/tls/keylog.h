/*
 * Secrets of TLS sessions that the user holds, in the format of SSLKEYLOGFILE (RFC 9850 names
 * it, NSS began it): lines "LABEL hex hex". They come from a file that is followed while it
 * grows, and from the decryption secrets blocks of pcapng. Compact and bounded: the oldest
 * secret makes room for the newest. All of it is wiped when it is freed. May be read and filled
 * by several threads.
 */
#ifndef MS_DISSECTORS_TLS_KEYLOG_H
#define MS_DISSECTORS_TLS_KEYLOG_H

#include "base/bytes.h"
#include "base/err.h"

enum keylog_label {
	KEYLOG_MASTER,           /* CLIENT_RANDOM: the master secret of SSL 3 to TLS 1.2 */
	KEYLOG_PREMASTER,        /* PMS_CLIENT_RANDOM: the premaster secret */
	KEYLOG_RSA,              /* RSA: the premaster secret, by the first 8 octets of its
				    encrypted form */
	KEYLOG_EARLY,            /* CLIENT_EARLY_TRAFFIC_SECRET */
	KEYLOG_HANDSHAKE_CLIENT, /* CLIENT_HANDSHAKE_TRAFFIC_SECRET */
	KEYLOG_HANDSHAKE_SERVER,
	KEYLOG_TRAFFIC_CLIENT, /* CLIENT_TRAFFIC_SECRET_0 */
	KEYLOG_TRAFFIC_SERVER,
	KEYLOG_LABELS
};

enum {
	KEYLOG_KEY = 32,    /* octets of a client random … */
	KEYLOG_RSA_KEY = 8, /* … and of what stands behind RSA */
	KEYLOG_SECRET = 48, /* octets of the longest secret */
};

struct keylog_counts {
	uint64_t secrets;   /* taken */
	uint64_t ignored;   /* known labels that decrypt nothing: EXPORTER_SECRET … */
	uint64_t junk;      /* lines that are none of all this */
	uint64_t forgotten; /* secrets that made room for later ones */
	size_t bytes;       /* held */
};

struct keylog;
/* bytes: the most that the secrets may take, at least one chunk of 256 KiB. */
struct keylog *keylog_new(size_t bytes);
void keylog_free(struct keylog **k);
/* Whole lines; the last one may lack its LF. */
void keylog_text(struct keylog *k, struct bytes text);
/* Copies a secret to `ret`; returns its octets, 0: there is none. `key` is the client random,
 * or for KEYLOG_RSA the first 8 octets of the encrypted premaster secret. */
size_t keylog_get(struct keylog *k, enum keylog_label label, struct bytes key,
	uint8_t ret[KEYLOG_SECRET]);
/* Is there a secret of this client random, or one for RSA, which may be of any connection? */
bool keylog_has(struct keylog *k, struct bytes client_random);
/* Something is or was in it, or may still come: connections must keep an eye on it. */
bool keylog_active(const struct keylog *k);
bool keylog_has_rsa(const struct keylog *k);
struct keylog_counts keylog_counts(struct keylog *k);
size_t keylog_memory(const struct keylog *k);

/*
 * keylog_file.c: reads `path` to its end. live: it may be missing still, and is looked at again
 * by keylog_look(). Returns 0 or a negative errno with the text in e, which ends with what can
 * be done.
 */
int keylog_open(struct keylog *k, const char *path, bool live, struct err *e);
/* Live: takes what was added since the last look; a file that was replaced or cut is read from
 * its beginning. Cheap: at most one stat() a millisecond. True: there are new secrets. */
bool keylog_look(struct keylog *k);
/* A secret that is not there may still come. */
bool keylog_growing(const struct keylog *k);

#endif
