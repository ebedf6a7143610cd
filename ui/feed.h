/*
 * What the capture thread hands to the screens: a sink that keeps short records of sessions,
 * findings and logins, and their dialogues on disk. The thread that runs the sink writes and
 * never waits; screens read whenever they want. Texts are numbers of feed.texts: wire bytes,
 * redacted where they are free text, not escaped.
 */
#ifndef MS_UI_FEED_H
#define MS_UI_FEED_H

#include "output/sink.h"
#include "output/transcript.h"
#include "ui/rows.h"
#include "ui/texts.h"

enum { /* feed_session.flags */
	SESSION_TLS = 1,
	SESSION_ACCEPTED = 2, /* a login was */
	SESSION_EXPOSED = 4,  /* a secret went over the wire in clear */
	SESSION_MIDSTREAM = 8,
	SESSION_ONE_SIDED = 16,
	SESSION_DEFLATE = 32,
	SESSION_GIVEN_UP = 64,
	SESSION_ENDED = 128,
};

struct feed_session { /* of a connection, as it is now */
	uint64_t flow_id;
	uint64_t chain; /* of the transcript; 0: nothing was said */
	int64_t first_ns, last_ns;
	uint64_t bytes;
	const char *guess; /* what it is instead of mail; or NULL */
	struct endpoint client, server;
	uint32_t user, banner, server_name, client_name, software, client_software, mailbox;
	uint32_t dns_name;
	uint32_t proxied;              /* TEXT_PROXIED; see feed_client() */
	uint32_t caps_clear, caps_tls; /* items, one a line */
	uint32_t tls, cert;            /* ui/tls_info.h */
	uint32_t random;               /* of the ClientHello: by it, key logs know a session */
	uint32_t packets, gaps, gap_bytes;
	uint32_t commands, replies, logins, messages, transactions, anomalies, findings;
	uint32_t first_packet;
	uint16_t tls_version, flags, vlan[2];
	uint8_t proto, service, role, verdict, why, worst, reason, n_vlan;
};

#define FEED_EVIDENCE 4
struct feed_finding {
	uint64_t number, count, flow_id; /* flow_id: of the session that made it last; 0 none */
	int64_t first_ns, last_ns;
	const struct finding_row *row;
	const char *reason;
	struct endpoint client, server; /* family 0: not of one */
	uint32_t account, note;
	uint8_t severity, certainty, proto, n_evidence;
	struct feed_evidence {
		int64_t ts_ns;
		uint64_t packet;
		uint32_t text, input; /* input: name of the file or interface */
	} evidence[FEED_EVIDENCE];
};

struct feed_login {              /* logins of one account in one way */
	uint64_t count, flow_id; /* flow_id: of the last */
	int64_t first_ns, last_ns;
	struct endpoint client, server;
	uint32_t user, mechanism, secret_id;
	uint8_t proto, exposure, result, tls;
};

struct feed_stats { /* now and then */
	struct run_stats run;
	uint64_t read, total; /* bytes of the files; total 0: not known */
	uint64_t unlisted;    /* sessions for which the list had no room */
	int64_t first_ns;     /* of the packets */
	uint64_t live;
};

struct feed_settings {
	size_t sessions;      /* listed at most. 2,000,000 */
	size_t findings;      /* 200,000 */
	size_t logins;        /* different ones. 200,000 */
	size_t text_bytes;    /* 256 MiB */
	uint64_t spool_bytes; /* of dialogues on disk. 4 GiB */
};
extern const struct feed_settings feed_defaults;

struct feed {
	struct sink sink; /* first: feed_new() gives a sink */
	struct feed_settings set;
	struct rows sessions, findings, logins, stats; /* stats: one record */
	struct texts *texts;
	struct transcript *transcript;
	struct feed_writer *writer;    /* of the capture thread */
	atomic_uint_fast64_t asked;    /* by a screen: dialogues to be put on disk */
	atomic_uint_fast64_t done;     /* the last of these that was done */
	atomic_uint_fast64_t bytes;    /* of the spool, readable since then */
	atomic_bool finished;          /* the input has ended and everything was told */
	_Atomic(const char *) trouble; /* why dialogues are missing, or NULL */
};

struct feed *feed_new(const struct feed_settings *set);
void feed_free(struct feed **f);
/* The index of the session of a connection. False: it is not listed. */
bool feed_find(const struct feed *f, uint64_t flow_id, size_t *ret);
/* Who the session is for, by its PROXY header; without one its client. */
struct endpoint feed_client(const struct feed *f, const struct feed_session *r);
/* Asks that what was said until now can be read; done once feed_ready() of the number. */
uint64_t feed_ask(struct feed *f);
bool feed_ready(const struct feed *f, uint64_t number);

#endif
