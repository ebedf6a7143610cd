/* Inside of the NDJSON sink: log.c has the sink, log_ends.c the common keys, log_mail.c what
 * sessions and messages say, log_list.c capability lists, log_alert.c findings, log_dns.c
 * answers of DNS. */
#ifndef MS_OUTPUT_LOG_H
#define MS_OUTPUT_LOG_H

#include "output/community.h"
#include "output/json.h"
#include "output/sink.h"
#include "output/spool.h"

struct log_sink {
	struct sink sink;
	struct sink_settings set;
	const struct run_info *run;
	struct buf line, text; /* text: redacted, before escaping */
	struct json json;
	struct sha1 *sha1;
	struct log_ends *ends;            /* of the connections seen last */
	const struct source_input *input; /* the one whose name is in input_text, or NULL */
	struct buf input_text;
	struct log_list *lists; /* capability lists as they were written */
	struct map *rows;       /* signature id → what its alerts have in common */
	/* -F over files: lines wait for the end of their session, when it is known whether it
	 * matches. */
	struct spool *spool;
	struct map *waiting; /* flow id → struct log_chain */
	struct buf matched;  /* a bit for each flow id */
};

/* Free text of the wire: redacted, then written as key. Left out when empty. */
void log_wire(struct log_sink *k, struct session *s, const char *key, struct bytes text);
/* May the text hold what is a secret of the session, and not to be shown? */
bool log_hides(const struct log_sink *k, const struct session *s, struct bytes text);
/* A capability list; left out when there was none. */
void log_list(struct log_sink *k, struct session *s, const char *key, const struct caps *c);
struct log_list *log_lists_new(void);
void log_lists_free(struct log_list **lists);
/* Addresses without <>, recipients and the like: typed fields, not redacted; left out when
 * empty. */
void log_address(struct log_sink *k, const char *key, struct bytes path);

/* Members of the open object: those that every event of a connection has, with the packet that
 * it is of (0: none). */
void log_put_session(
	struct log_sink *k, const struct session *s, uint64_t packet, uint16_t input);
/* … of what belongs to no session. */
void log_put_loose_ends(struct log_sink *k, const struct flow *f, const struct place *at);
/* … of a finding whose session is over: what the finding itself knows. */
void log_put_finding_ends(struct log_sink *k, const struct finding *f);
struct log_ends *log_ends_new(void);
void log_ends_free(struct log_ends **ends);

/* The objects behind the common keys. */
void log_put_flow(struct log_sink *k, struct session *s);
void log_put_login(struct log_sink *k, struct session *s, const struct login *l);
void log_put_transaction(struct log_sink *k, struct session *s, const struct transaction *t);
void log_put_transfer(struct log_sink *k, struct session *s, const struct message *m);
/* Does the event end the handshake: complete, refused, broken? Once for each session. */
bool log_tls_ends(const struct session *s, const struct event *e);
/* The session is over and its handshake is not. */
bool log_tls_open(const struct session *s);
void log_put_tls(struct log_sink *k, struct session *s);
/* Members of the open object: the server's certificate, if it was seen. */
void log_put_cert(struct log_sink *k, struct session *s);
void log_put_anomaly(struct log_sink *k, struct session *s, const struct event *e);
/* The answer, or what is wrong with it. */
void log_put_dns(struct log_sink *k, const struct event *e);
void log_put_alert(struct log_sink *k, const struct finding *f, bool repeat);
void log_rows_free(struct map **rows);
void log_put_stats(struct log_sink *k, const struct run_stats *st);

enum log_type {
	LOG_FLOW,
	LOG_LOGIN,
	LOG_SMTP,
	LOG_POP3,
	LOG_IMAP,
	LOG_TLS,
	LOG_ANOMALY,
	LOG_ALERT,
	LOG_STATS,
	LOG_DNS, /* only when it is asked for */
	LOG_TYPES
};
/* "flow" … */
const char *log_type_name(enum log_type t);

#endif
