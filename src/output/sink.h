/*
 * A consumer of what was found out: text, NDJSON, CSV … One file each. A sink says what it
 * wants, so that what nobody asked for costs nothing. All arguments are loans for the call.
 * Sinks may ask; they never decide.
 */
#ifndef MS_OUTPUT_SINK_H
#define MS_OUTPUT_SINK_H

#include "base/err.h"
#include "findings/findings.h"
#include "capture/source.h"

struct run_stats {                 /* `stats` events and report footers */
	int64_t ts_ns;             /* packet time */
	int64_t first_ns, last_ns; /* of the packets; 0: none came yet */
	uint64_t broken_stamps;    /* packets whose time is not of that span: capture/span.h */
	int64_t elapsed_ns;        /* wall time since the start */
	uint64_t packets, bytes, kernel_drops, interface_drops;
	uint64_t program_drops; /* packets that were read, and left out for lack of time */
	uint64_t flows, flows_now, mail_sessions, evictions, forgotten, timeouts, gaps,
		gap_bytes, syn_only;
	uint64_t fragments_dropped, malformed, unknown_link;
	uint64_t memory_bytes, spool_bytes;
	uint64_t logins, messages, anomalies, alerts;
	/* Those of run_info.source as they were then, when they go on meanwhile; else NULL. A
	 * loan for the call. */
	const struct source_input *inputs;
};

struct run_info {
	const char *program_version;
	const char *command_line; /* for the report header */
	bool reveal;
	bool live;
	const struct source *source; /* inputs by index: source_input() */
	struct secrets *secrets;
	const struct run_stats *stats; /* kept up to date */
	int64_t first_ns, last_ns;     /* of the packets; kept up to date with stats */
};

enum {
	WANT_EVENT = 1,
	WANT_LOGIN = 2,
	WANT_TRANSACTION = 4,
	WANT_TRANSFER = 8,
	WANT_END = 16,
	WANT_FINDING = 32,
	WANT_STATS = 64,
	WANT_ANOMALY = 128, /* EV_ANOMALY and EV_GAP only, through event() */
	WANT_JUDGED = 256,  /* reads what findings say of a session: worst, findings */
	WANT_TLS = 1024,    /* EV_TLS only, through event() */
	WANT_DNS = 2048,    /* EV_DNS, through loose() */
	WANT_TICK = 512,    /* shows things while the run goes on */
};

struct sink;
struct sink_ops {
	const char *name;
	int (*begin)(struct sink *k, const struct run_info *run, struct err *e);
	void (*event)(struct sink *k, struct session *s, const struct event *e);
	/* What belongs to no session, as driver_sink has it. */
	void (*loose)(struct sink *k, const struct flow *f, const struct event *e);
	void (*login)(struct sink *k, struct session *s, const struct login *l,
		const struct place *at);
	void (*transaction)(struct sink *k, struct session *s, const struct transaction *t);
	void (*transfer)(struct sink *k, struct session *s, const struct message *m);
	void (*end)(struct sink *k, struct session *s); /* a session ended */
	void (*finding)(
		struct sink *k, struct session *s, const struct finding *f, bool repeat);
	void (*stats)(struct sink *k, const struct run_stats *st);
	/* Some 20 times a second of wall time, also while no packet comes. */
	void (*tick)(struct sink *k, const struct run_stats *st);
	/* The end of input. Negative errno with text when the output could not be written
	 * (-EPIPE: quietly), -ENOENT when it was asked for what is not there. */
	int (*finish)(struct sink *k, const struct run_info *run, struct err *e);
	void (*free)(struct sink *k);
};
struct sink { /* first member of each sink's own struct */
	const struct sink_ops *ops;
	unsigned wants;
};

/* Where a sink writes: buffered, counts errors, never ends the program (SIGPIPE is ignored). */
struct out;
struct out *out_new(int fd, bool own_fd);
/* What follows is text for a terminal that knows ASCII only: other characters are replaced by
 * one as wide, where there is none that resembles it by '?'. */
void out_ascii(struct out *o);
void out_free(struct out **o);
void out_add(struct out *o, struct bytes in);
int out_flush(struct out *o,
	struct err *e); /* 0 or negative errno (-EPIPE, -ENOSPC …); the first error stays */
bool out_broken(const struct out *o);

struct sink_settings {
	struct out *out;             /* borrowed */
	const struct filter *filter; /* -F, or NULL */
	bool color;
	bool flush_each;        /* live: lines do not wait for the end of their session */
	const char *format;     /* "text" "json" "csv" … */
	const char *columns;    /* --columns, or NULL */
	uint64_t session;       /* show --session N, 0 all */
	bool explain, raw, hex; /* show */
	unsigned event_types;   /* log: bits by enum log_type, 0 all */
	size_t spool_bytes;     /* transcripts on disk at most. 4 GiB */
	int width;              /* columns of the terminal, 0: 80 */
};

/* Makers; each returns NULL with the text in e when the settings are wrong (unknown column,
 * format). */
struct sink *log_sink_new(
	const struct sink_settings *set, struct err *e); /* NDJSON events, CONTRACT.md */
struct sink *report_sink_new(
	const struct sink_settings *set, struct err *e); /* text, json, csv */
struct sink *sessions_sink_new(
	const struct sink_settings *set, struct err *e); /* table, csv, json */
struct sink *show_sink_new(const struct sink_settings *set, struct err *e); /* dialogues */

#endif
