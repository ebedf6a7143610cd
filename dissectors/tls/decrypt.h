/*
 * One TLS connection whose keys the user may hold: follows its handshake, takes its secrets
 * from the key log, opens its records. Knows no events and no places: unwrap.c does.
 *
 * Records are shown in their order within each direction. A direction that cannot be read any
 * more does not hinder the other.
 */
#ifndef MS_DISSECTORS_TLS_DECRYPT_H
#define MS_DISSECTORS_TLS_DECRYPT_H

#include "base/bytes.h"
#include "dissectors/tls/keylog.h"
#include "event/endpoint.h"
#include "event/tls.h"

enum opened {
	OPENED_CLEAR,        /* it was not encrypted */
	OPENED_INSIDE,       /* *ret is what was inside */
	OPENED_PASSED,       /* encrypted, and meant for nobody: early data that was refused */
	OPENED_WAITS_SECRET, /* show it again when the key log may have grown */
	OPENED_WAITS_PEER,   /* show it again when the other direction has moved */
	OPENED_NOT,          /* it cannot be read; while hunting: no record begins here */
};

struct inside {
	uint8_t type; /* enum tls_content */
	struct bytes content;
};

struct decrypt;
struct decrypt *decrypt_new(struct keylog *k);
/* Wipes all secrets. */
void decrypt_free(struct decrypt **x);
/* One whole record with its header. `room` has place for TLS_RECORD_MAX octets; *ret points
 * there. */
enum opened decrypt_record(
	struct decrypt *x, enum dir d, struct bytes record, uint8_t *room, struct inside *ret);
/* An SSL 2 CLIENT-HELLO stands before the records (RFC 5246 E.2). */
void decrypt_sslv2_hello(struct decrypt *x, struct bytes record);
/* A record that was not seen whole was passed over: octets of its fragment, and what was seen
 * of its end. */
void decrypt_skip(struct decrypt *x, enum dir d, size_t n, struct bytes tail);
/* `bytes` are missing, and it is not known where the next record begins. False: records of
 * these keys cannot be found again. */
bool decrypt_hunt(struct decrypt *x, enum dir d, uint64_t bytes);
bool decrypt_hunting(const struct decrypt *x, enum dir d);
/* The secret, or the other direction, is not waited for any more. */
void decrypt_no_wait(struct decrypt *x, enum dir d);
/* What became of it so far; *ret_why: static, or NULL. */
enum tls_keys decrypt_state(const struct decrypt *x, const char **ret_why);
/* Nothing of this direction can be read any more. */
bool decrypt_lost(const struct decrypt *x, enum dir d);
void decrypt_give_up(struct decrypt *x, enum dir d, enum tls_keys state, const char *why);
/* Number of the next record of direction d under its keys. */
uint64_t decrypt_number(const struct decrypt *x, enum dir d);
/* Octets of content in so many octets of so many records on the wire; with CBC about so many,
 * for their padding is not known. */
uint64_t decrypt_content(const struct decrypt *x, uint64_t bytes, uint64_t records);
size_t decrypt_memory(const struct decrypt *x);

#endif
