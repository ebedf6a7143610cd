/*
 * Dialogues on disk: who said what, when, on which packet, already redacted (plain only when
 * revealing). One chain of records for each session; session.sink_state is ours. What does not
 * fit in the spool is lost and said.
 */
#ifndef MS_OUTPUT_TRANSCRIPT_H
#define MS_OUTPUT_TRANSCRIPT_H

#include "base/err.h"
#include "findings/finding.h"

struct transcript;

struct transcript_settings {
	uint64_t spool_bytes; /* 0: 4 GiB */
	bool bodies;          /* the bytes of messages too */
	bool bytes;           /* lines as bytes with their hidden ranges, for hex */
};

enum record_kind {
	REC_COMMAND,
	REC_REPLY,
	REC_CAPS, /* lines of a capability list that are not part of a reply's text; text: one a
		     line */
	REC_BODY, /* a piece of a message */
	REC_MESSAGE, /* its end: see size, complete … */
	REC_INFO,    /* what became known of a message later: same place; text: subject, extra:
			sha256 */
	REC_LOGIN,
	REC_TLS,     /* text says what; extra: of a hello, as in tls_hello.h (settings.bytes) */
	REC_GAP,     /* size: bytes missing */
	REC_ANOMALY, /* verb: its name; text: detail */
	REC_FINDING, /* verb: its id; text: title; extra: note; code: severity */
	REC_NOTE,    /* anything else that happened; text */
	REC_LINE,    /* of a list, as those of POP3 LIST and UIDL */
};
enum {
	REC_UNKNOWN = 1,
	REC_RESPONSE = 2,
	REC_UNSOLICITED = 4,
	REC_COMPLETE = 8,
	REC_ENCRYPTED = 16
};

struct hidden { /* bytes [off, off+len) of a record that nobody may see */
	uint32_t off, len;
};

struct record {
	struct record_head {
		uint8_t kind, dir, flags, reply_kind;
		uint16_t code, input;
		int64_t ts_ns;
		uint64_t packet, offset, size;
		uint32_t wire_len; /* bytes on the wire, with the line end */
		uint32_t spare;
		char verb[32]; /* ours: NUL-terminated */
	} h;
	struct bytes text;     /* redacted, not escaped */
	struct bytes extra;    /* replies: status, a space, response code; else see above */
	struct bytes enhanced; /* replies: 5.7.8 */
	struct bytes bytes;    /* settings.bytes: as on the wire, hidden ones zeroed */
	struct bytes decoded;  /* what the base64 in text says, or none; redacted */
	struct bytes hidden;   /* array of struct hidden, unaligned */
};

struct transcript *transcript_new(
	const struct transcript_settings *set, struct secrets *secrets);
void transcript_free(struct transcript **t);

/* To be called in the order of the listener. */
void transcript_event(struct transcript *t, struct session *s, const struct event *e);
void transcript_message(struct transcript *t, struct session *s, const struct message *m);
void transcript_finding(struct transcript *t, struct session *s, const struct finding *f);
/* The session is over: its chain, 0 when nothing was said. */
uint64_t transcript_end(struct transcript *t, struct session *s);

/* The chain as far as it is, while the session goes on; 0: nothing was said yet. */
uint64_t transcript_chain(const struct session *s);

/*
 * For a reader in another thread. A flush puts on disk what there is and says how much in
 * *ret_bytes; a view, made after the first flush, reads chains (transcript_list,
 * transcript_read) that were at most that long. 0 or negative errno.
 */
int transcript_flush(struct transcript *t, uint64_t *ret_bytes);
struct transcript *transcript_view(const struct transcript *t);
void transcript_show(struct transcript *view, uint64_t bytes);

/* The records of a chain in order; the array is to be freed by the caller. */
size_t transcript_list(struct transcript *t, uint64_t chain, uint64_t **ret);
/* *ret borrows from t until the next call. */
bool transcript_read(struct transcript *t, uint64_t at, struct record *ret);
/* 0, or negative errno and a text that says how much is missing and why. */
int transcript_err(const struct transcript *t, struct err *e);

/* Ranges of `in` to hide so that it shows no more than `redacted`, its redacted form: the part
 * between what both begin and end with. */
struct hidden transcript_hidden(struct bytes in, struct bytes redacted);

#endif
