/*
 * Inside of the SMTP dissector: RFC 5321, LMTP RFC 2033, AUTH RFC 4954, STARTTLS RFC 3207,
 * PIPELINING RFC 2920, CHUNKING RFC 3030. Commands wait in a queue; replies are matched by
 * count (RFC 2920 section 3.1) and judge the oldest.
 */
#ifndef MS_DISSECTORS_SMTP_H
#define MS_DISSECTORS_SMTP_H

#include "base/arena.h"
#include "base/buf.h"
#include "dissectors/line.h"
#include "dissectors/sasl.h"

struct smtp;
struct smtp_entry;
struct smtp_reply;

/* What the client's next bytes are. */
enum smtp_client {
	CL_COMMAND,
	CL_DATA_WAIT, /* behind DATA, before its reply */
	CL_BODY,
	CL_CHUNK,     /* octets of BDAT */
	CL_BDAT_WAIT, /* behind a BDAT whose size makes no sense */
	CL_AUTH_WAIT,
	CL_AUTH_ANSWER,
	CL_TLS_WAIT, /* behind STARTTLS */
};

/* How far the server is: where a command is allowed. */
enum smtp_stage {
	AT_START = 1,
	AT_READY = 2,
	AT_MAIL = 4,
	AT_RCPT = 8
};
#define AT_ANY (AT_START | AT_READY | AT_MAIL | AT_RCPT)

enum smtp_args {
	ARGS_ANY,
	ARGS_NONE,
	ARGS_SOME,
	ARGS_FROM,
	ARGS_TO
};

/* A line of the client that is being taken. */
struct smtp_line {
	struct bytes text, args;
	const struct smtp_verb *verb;
	size_t from, n; /* in the current `in`, line end included */
	struct place at;
	unsigned flags; /* CMD_… */
	struct mask mask;
	bool masked;
	bool inert;         /* before TLS that was promised: noted, without effect */
	const char *behind; /* as in ev_command */
};

struct smtp_verb {
	const char *name;
	enum smtp_args args;
	unsigned when; /* AT_… */
	/* At the line; e is its entry, already in the queue. May set masks and flags before the
	 * command is said. */
	void (*parse)(
		struct smtp *s, struct smtp_line *l, struct smtp_entry *e, struct events *out);
	/* Once the command was said. */
	void (*begun)(
		struct smtp *s, struct smtp_line *l, struct smtp_entry *e, struct events *out);
	/* At its reply; r->code 0: none will be seen. */
	void (*judge)(struct smtp *s, struct smtp_entry *e, const struct smtp_reply *r,
		struct events *out);
};

/* One SASL exchange; held by the entries that wait for its replies and by smtp.auth while it
 * goes on. */
struct smtp_auth {
	struct sasl *sasl;
	unsigned refs;
	bool said;  /* EV_LOGIN is out */
	bool loose; /* its AUTH was not seen */
	struct place last;
};

enum smtp_entry_kind {
	ENTRY_COMMAND,
	ENTRY_ANSWER,
	ENTRY_BODY_END
};

/* What waits for a reply. */
struct smtp_entry {
	uint32_t id;
	uint8_t kind;
	bool pipelined, inert;
	bool last;     /* BDAT, BURL: LAST */
	bool bad;      /* BDAT without a usable size */
	bool counted;  /* `left` is set */
	uint32_t left; /* LMTP end of data: replies still to come */
	uint32_t accepted;
	uint32_t tx;                  /* the transaction as the client counts */
	int64_t size;                 /* SIZE=, or -1 */
	const struct smtp_verb *verb; /* NULL: unknown */
	struct place at;
	struct smtp_auth *auth;
	struct bytes path, params; /* or the name; in one block, which begins with path */
};

struct smtp_reply {
	uint16_t code;     /* 0: none will be seen */
	struct bytes text; /* whole, lines parted by CRLF */
	size_t lines;
	struct place at;
};

/* The server's transaction. */
struct smtp_tx {
	bool open;
	bool declared;    /* its MAIL was seen … */
	bool eight, utf8; /* … with BODY=8BITMIME or BINARYMIME, with SMTPUTF8 */
	bool data_refused, body_done;
	uint32_t no;
	uint32_t rcpt_ok, rcpt_no, rcpt_open;
	int64_t size;
	uint16_t code;
	struct buf reply;
	struct place at;
};

/* The bytes of DATA as they are on the wire, beside the reading that RFC 5321 allows. */
struct smtp_scan {
	uint64_t tail; /* the last 8 octets */
	uint64_t line; /* octets of the line so far */
	bool odd;      /* bare line ends or NUL among them */
	bool lost;     /* the beginning of the line was not seen */
	bool gap;      /* nor the octet before the next */
	bool body;     /* the empty line behind the header was seen */
};

enum smtp_oddity {
	ODD_LF,
	ODD_CR,
	ODD_NUL,
	ODD_LINE,
	ODD_8BIT_HEADER,
	ODD_8BIT_BODY,
	ODDITIES
};
enum {
	AFTER_MAX = 96 /* octets of a command behind a dot line */
};

/* What was found; most messages have none. */
struct smtp_odd {
	struct place first[ODDITIES]; /* packet 0: none */
	bool nul_in_body;             /* the first one */
	uint64_t longest;             /* octets of the longest line over the limit */
	const char *kind;             /* of the first sequence, or NULL */
	struct place sequence;
	uint8_t after[AFTER_MAX]; /* the line being read behind it; the first that begins like
				     a command stays */
	uint8_t n_after;
	bool command; /* it is one */
	bool whole;   /* … and its end was seen */
};

struct smtp_msg {
	bool open;
	bool lost; /* some of it is missing at the front, so it was not seen to begin */
	uint32_t no;
	uint64_t gap_bytes;
	uint16_t early_code; /* a final reply that came before the end of data */
};

struct smtp {
	struct line_state line[2];
	struct place last; /* the client's newest line or body byte; zeros where nothing is
			      open that may end there: most connections rest like that */
	uint8_t client;    /* enum smtp_client */
	bool deaf;         /* no reply can be waited for */
	bool guess_once;   /* server bytes were lost while the client waits */
	bool after_gap;    /* the client's next bytes may be inside of a line */
	bool lost;         /* replies cannot be counted any more */
	bool pipelines;    /* the client does not wait for replies */
	bool said_missing, said_full, said_body;
	bool greeted, hello, lmtp;
	bool authed, secured; /* a login was accepted; inside of TLS */
	bool over;            /* QUIT was answered */
	uint64_t data_acked;  /* what the newest DATA acknowledged, until its body begins */
	bool refused_data;    /* the newest DATA was refused: body lines may come as commands */
	bool auth_trouble;    /* an AUTH was refused or broken off */
	bool replies_odd;     /* inside of a reply: malformed was said */
	bool drop_rest;       /* the rest of a reply over the limit is skipped */
	uint64_t lost_end;    /* server offset behind the newest hole */
	size_t scan;          /* whole lines of an unfinished reply */
	uint32_t commands, tx_count, msg_count;
	uint32_t pending_tx; /* of the newest MAIL without reply */
	uint64_t chunk_left;
	bool chunk_last;
	bool early; /* a command was sent before the greeting */
	struct place early_at;
	const struct smtp_verb *early_verb; /* NULL: not known */
	struct dots dots;
	struct smtp_auth *auth;
	struct smtp_entry *queue;
	uint32_t head, count, cap;
	size_t arg_bytes;
	struct smtp_tx tx;
	struct smtp_msg msg;
	struct smtp_scan look;
	struct smtp_odd *odd; /* of the open message; NULL: nothing */
	/* STARTTLS */
	bool tls_due;             /* accepted; not known yet what follows */
	bool tls_owed;            /* its go-ahead came before the command */
	bool tls_spoke;           /* the client went on in clear although it knew */
	bool tls_next, sasl_next; /* for feed(): what the reply just taken asks for */
	struct place go;          /* the go-ahead, or the reply that came too early */
	uint16_t early_reply;
};

/* verbs.c */
/* The row for the first word, or NULL; *ret_args: what is behind it. */
const struct smtp_verb *smtp_verb(struct bytes line, struct bytes *ret_args);
bool smtp_verb_is(const struct smtp_verb *v, const char *name);
/* "FROM:<a@b> SIZE=1" without the FROM: — what is in the brackets, or the word; false when it
 * breaks the grammar. */
bool smtp_path(struct bytes in, struct bytes *ret_path, struct bytes *ret_params);
bool smtp_http(struct bytes line);
/* Letters of base64 only, no known verb: could be an answer to a challenge. */
bool smtp_like_base64(struct bytes line);

/* queue.c */
struct smtp_entry *smtp_push(
	struct smtp *s, enum smtp_entry_kind kind, const struct place *at, struct events *out);
struct smtp_entry *smtp_head(struct smtp *s);
struct smtp_entry *smtp_at(struct smtp *s, uint32_t i);
void smtp_pop(struct smtp *s, struct events *out);
/* Judges the oldest `n` entries as never answered. */
void smtp_forget(struct smtp *s, uint32_t n, struct events *out);
void smtp_keep_arg(
	struct smtp *s, struct smtp_entry *e, struct bytes path, struct bytes params);
void smtp_queue_done(struct smtp *s);

/* client.c */
enum dis_next smtp_feed_client(
	struct smtp *s, struct bytes in, size_t *used, struct events *out);
/* The client stands where only an answer of the server tells what follows. */
bool smtp_waits(const struct smtp *s);
/* Says a line that is no command (an AUTH answer, with its entry). */
void smtp_say_command(struct smtp *s, struct smtp_line *l, uint32_t id, struct events *out);

/* replies.c */
enum dis_next smtp_feed_server(
	struct smtp *s, struct bytes in, size_t *used, struct events *out);
void smtp_judge(
	struct smtp *s, struct smtp_entry *e, const struct smtp_reply *r, struct events *out);
/* "5.7.8" behind the code, or none. */
struct bytes smtp_enhanced(struct bytes text);
enum smtp_stage smtp_stage(const struct smtp *s);

/* auth.c */
void smtp_auth_parse(
	struct smtp *s, struct smtp_line *l, struct smtp_entry *e, struct events *out);
void smtp_auth_begun(
	struct smtp *s, struct smtp_line *l, struct smtp_entry *e, struct events *out);
void smtp_auth_judge(
	struct smtp *s, struct smtp_entry *e, const struct smtp_reply *r, struct events *out);
/* An answer line was taken. */
void smtp_auth_answer(struct smtp *s, struct smtp_line *l, struct events *out);
/* A challenge or verdict although no AUTH waits in the queue; false when nothing can be made of
 * it. */
bool smtp_auth_loose(struct smtp *s, const struct smtp_reply *r, struct events *out);
/* A new exchange whose AUTH was not seen becomes the current one. */
void smtp_auth_unseen(struct smtp *s, const struct place *at, struct events *out);
void smtp_auth_drop(struct smtp *s, struct smtp_auth **a, struct events *out);
void smtp_auth_leave(struct smtp *s, struct events *out);

/* mail.c: transactions and messages */
void smtp_hello_parse(
	struct smtp *s, struct smtp_line *l, struct smtp_entry *e, struct events *out);
void smtp_hello_judge(
	struct smtp *s, struct smtp_entry *e, const struct smtp_reply *r, struct events *out);
/* The capability list in the reply to EHLO; known false: what was known is void. */
void smtp_say_caps(struct smtp *s, const struct smtp_reply *r, bool known, struct events *out);
void smtp_mail_parse(
	struct smtp *s, struct smtp_line *l, struct smtp_entry *e, struct events *out);
void smtp_mail_judge(
	struct smtp *s, struct smtp_entry *e, const struct smtp_reply *r, struct events *out);
void smtp_rcpt_judge(
	struct smtp *s, struct smtp_entry *e, const struct smtp_reply *r, struct events *out);
void smtp_data_begun(
	struct smtp *s, struct smtp_line *l, struct smtp_entry *e, struct events *out);
void smtp_data_judge(
	struct smtp *s, struct smtp_entry *e, const struct smtp_reply *r, struct events *out);
void smtp_bdat_parse(
	struct smtp *s, struct smtp_line *l, struct smtp_entry *e, struct events *out);
void smtp_bdat_begun(
	struct smtp *s, struct smtp_line *l, struct smtp_entry *e, struct events *out);
void smtp_bdat_judge(
	struct smtp *s, struct smtp_entry *e, const struct smtp_reply *r, struct events *out);
void smtp_burl_parse(
	struct smtp *s, struct smtp_line *l, struct smtp_entry *e, struct events *out);
void smtp_end_judge(
	struct smtp *s, struct smtp_entry *e, const struct smtp_reply *r, struct events *out);
/* ask.c: commands that change nothing here, but whose answers tell something */
void smtp_ask_parse(
	struct smtp *s, struct smtp_line *l, struct smtp_entry *e, struct events *out);
void smtp_ask_judge(
	struct smtp *s, struct smtp_entry *e, const struct smtp_reply *r, struct events *out);
void smtp_reset_judge(
	struct smtp *s, struct smtp_entry *e, const struct smtp_reply *r, struct events *out);
void smtp_quit_judge(
	struct smtp *s, struct smtp_entry *e, const struct smtp_reply *r, struct events *out);
/* Body and chunk bytes at in[from…]; return how many were eaten. */
size_t smtp_body(struct smtp *s, struct bytes in, size_t from, struct events *out);
size_t smtp_chunk(struct smtp *s, struct bytes in, size_t from, struct events *out);
/* Does a reply that came while the body is still being sent say that it is over? Its end was in
 * a hole, or the server takes for one what RFC 5321 does not. */
bool smtp_reply_ends_body(const struct smtp *s, const struct smtp_reply *r);
/* Any other is about what is still being sent. */
void smtp_reply_in_body(struct smtp *s, const struct smtp_reply *r, struct events *out);
void smtp_msg_end(struct smtp *s, bool complete, const struct place *at, struct events *out);
/* The transaction is over by itself: RSET, EHLO, QUIT, the end. */
void smtp_tx_abort(struct smtp *s, const struct place *at, struct events *out);

/* scan.c */
void smtp_scan_begin(struct smtp *s);
void smtp_scan_gap(struct smtp *s);
/* Looks at the n bytes at in[from…], which are of the message, its end included. */
void smtp_scan(struct smtp *s, struct bytes in, size_t from, size_t n, struct events *out);
/* Says what was found, and forgets it. */
void smtp_scan_end(struct smtp *s, struct events *out);
/* A dot line that some servers take for the end of data was seen. */
bool smtp_scan_variant(const struct smtp *s);

/* tls.c */
void smtp_tls_parse(
	struct smtp *s, struct smtp_line *l, struct smtp_entry *e, struct events *out);
void smtp_tls_begun(
	struct smtp *s, struct smtp_line *l, struct smtp_entry *e, struct events *out);
void smtp_tls_judge(
	struct smtp *s, struct smtp_entry *e, const struct smtp_reply *r, struct events *out);
/* A plaintext line of the client, a reply of the server, where TLS was to begin. */
void smtp_tls_client_line(struct smtp *s, struct smtp_line *l, struct events *out);
void smtp_tls_server_line(struct smtp *s, const struct smtp_reply *r, struct events *out);
void smtp_tls_secured(struct smtp *s, struct events *out);

/* probe.c */
int smtp_probe(enum dir d, struct bytes head, bool whole_stream);

#endif
