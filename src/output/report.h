/*
 * Inside of the report: report.c gathers in bounded memory, report_text.c, report_json.c and
 * report_csv.c print. What does not fit is counted and said.
 */
#ifndef MS_OUTPUT_REPORT_H
#define MS_OUTPUT_REPORT_H

#include "base/map.h"
#include "output/sink.h"

#define REPORT_ITEMS 10000    /* findings, account rows, servers kept; each */
#define REPORT_EVIDENCE 4     /* of a finding */
#define REPORT_TEXT_BYTES 512 /* of a text kept */
#define VERDICTS (VERDICT_STRIPPED + 1)

struct report_evidence {
	uint64_t packet, offset;
	int64_t ts_ns;
	uint16_t input;
	uint8_t dir;
	struct bytes text;
};

struct report_finding {
	uint64_t number; /* of struct finding */
	const struct finding_row *row;
	const char *reason; /* or NULL */
	enum severity severity;
	enum certainty certainty;
	struct endpoint client, server, via; /* as in struct finding */
	enum proto proto;
	struct bytes account, note;
	int64_t first_ns, last_ns;
	uint64_t count, flow_id, last_flow_id;
	struct report_evidence evidence[REPORT_EVIDENCE];
	size_t n_evidence;
	struct arena arena;
};

struct report_login { /* logins of one account in one way */
	struct bytes user, mechanism;
	struct endpoint client, server, via; /* ports: server's only; via: as in struct finding
					      */
	enum proto proto;
	enum auth_exposure exposure, worst; /* worst: of the account, in clear */
	enum auth_result result;
	bool tls;
	bool readable; /* not inside TLS, or a SASL layer */
	unsigned secret_id;
	uint64_t count, packets[3]; /* the first ones */
	uint16_t inputs[3];
	int64_t first_ns, last_ns;
	struct arena arena;
};

struct report_server {
	struct endpoint server;
	enum service service;
	enum proto proto;
	struct bytes name, software;
	uint64_t sessions, tls, logins, exposed, messages;
	uint64_t verdicts[VERDICTS];
	uint8_t worst;
	struct report_tls *handshakes; /* report_tls.h; NULL: no TLS */
	struct report_cert *cert;      /* report_cert.h; NULL: none was seen */
	struct arena arena;
};

struct report_seen { /* over all sessions that match -F */
	uint64_t sessions, protos[PROTO_OTHER + 1], verdicts[VERDICTS];
	uint64_t midstream, one_sided, gapped, gap_bytes, implicit, opaque, given_up,
		sasl_layer, deflate, no_dialogue, evicted;
	uint64_t messages, logins, logins_protected, logins_exposed;
	uint64_t severities[SEV_CRITICAL + 1], observations, positives;
};

struct report_list { /* an array with a map of keys over it */
	struct map *map;
	void **items;
	size_t n, cap;
	uint64_t dropped;
};

struct report {
	struct sink sink;
	struct sink_settings set;
	const struct run_info *run;
	struct report_list findings, logins, servers;
	struct report_seen seen;
	struct map *waiting; /* -F: flow id → struct report_waiting, until the session's end
				says whether it matches */
	const char **names;  /* of the inputs, as short as they can be; at the end */
	struct buf matched;
	struct buf out, tmp;
};

/* The printers; they append to r->out and hand it over with report_flush(). */
void report_text(struct report *r);
void report_json(struct report *r);
void report_csv(struct report *r);
void report_flush(struct report *r);
/* Before any of them, at the end of the input: report_order.c. */
void report_settle(struct report *r);
/* Appends what tells endpoints apart in the maps. */
void report_key(struct buf *key, const struct endpoint *e, bool port);

/* Findings in the order of the report: worst first, then by id, then by time. Sorted once, at
 * the end. */
const char *report_input(const struct report *r, uint16_t input);
/* NULL where there is one input only: then its name says nothing. */
const char *report_input_short(const struct report *r, uint16_t input);
/* "192.0.2.1 → 198.51.100.2:25" or what there is of it. */
void report_ends(struct buf *out, const struct endpoint *client, const struct endpoint *server);
/* " through 10.0.0.5", or nothing when it is of no proxy. */
void report_via(struct buf *out, const struct endpoint *via);

extern const char *const report_results[]; /* by enum auth_result */
extern const char *const report_exposures[];

#endif
