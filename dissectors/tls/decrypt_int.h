/* What decrypt.c and decrypt_handshake.c share. */
#ifndef MS_DISSECTORS_TLS_DECRYPT_INT_H
#define MS_DISSECTORS_TLS_DECRYPT_INT_H

#include "base/buf.h"
#include "dissectors/tls/decrypt.h"
#include "dissectors/tls/keys.h"

/* Which keys are in use. Before TLS 1.3 there are two: none, and TRAFFIC. */
enum epoch {
	EPOCH_CLEAR,
	EPOCH_EARLY,
	EPOCH_HANDSHAKE,
	EPOCH_TRAFFIC,
};

enum early {
	EARLY_NONE,
	EARLY_OFFERED,
	EARLY_ACCEPTED,
	EARLY_REFUSED,
};

struct decrypt_side {
	struct cipher *now; /* of the epoch; NULL: not set up yet */
	uint64_t seq;       /* of the next record */
	uint32_t hunt; /* bytes are missing: the next record has one of the numbers seq … seq +
			  hunt */
	uint32_t message_left;      /* octets of a handshake message to pass over */
	struct buf message;         /* one that is read, as far as it has come */
	uint8_t secret[HASH_BYTES]; /* TLS 1.3: of the epoch */
	uint8_t secret_n;
	uint8_t epoch; /* enum epoch */
	bool found;    /* the key log had a secret */
	bool verified; /* a record was opened with these keys */
	bool no_wait, lost;
};

struct decrypt {
	struct keylog *keylog;
	struct decrypt_side side[2];
	uint8_t client_random[KEYLOG_KEY], server_random[KEYLOG_KEY];
	uint8_t encrypted_premaster[KEYLOG_RSA_KEY];
	struct buf transcript; /* messages up to ClientKeyExchange: only where an RSA line may
				  need it */
	struct suite suite;
	const char *why;
	uint32_t passed;  /* records that nobody reads, or that need a secret which is not there
			   */
	uint16_t version; /* 0: the server has not answered */
	uint8_t state;    /* enum tls_keys */
	uint8_t early;    /* enum early */
	bool client_known; /* its random was seen */
	bool suite_known, ems, etm, has_encrypted_premaster, transcript_done;
};

/* From the next record on with the keys of this epoch; s->now is set up when they are needed.
 */
void decrypt_enter(struct decrypt_side *s, enum epoch epoch);
/* decrypt_handshake.c: content of handshake records, in clear or decrypted. */
void decrypt_messages(struct decrypt *x, enum dir d, struct bytes in);

#endif
