/*
 * POP3 from inside: RFC 1939, 2449 (CAPA), 2595 section 4 (STLS), 5034 (AUTH), 3206 (response
 * codes), 6856 (UTF8, LANG).
 *
 * Commands wait in a queue; each reply closes the oldest. Where bytes were lost a HOLE stands
 * in the queue: replies that may belong to lost commands match nothing, until a reply comes
 * behind all that the client had received when it sent the next known command (its
 * acknowledgment number says so).
 */
#ifndef MS_DISSECTORS_POP3_POP3_H
#define MS_DISSECTORS_POP3_POP3_H

#include "dissectors/line.h"
#include "dissectors/sasl.h"

struct pop3;
struct pop3_entry;
struct pop3_said;
struct pop3_reply;

/* What follows a reply. */
enum pop3_body {
	BODY_NONE,
	BODY_LIST, /* "1 120": a number first, rising */
	BODY_CAPA,
	BODY_SKIP, /* lines of no interest */
	BODY_MESSAGE,
	BODY_PEEK, /* perhaps none: the next line tells */
};

enum pop3_args {
	ARGS_ANY,
	ARGS_NONE,
	ARGS_TEXT, /* one or more words */
	ARGS_NUMBER,
	ARGS_NUMBER_OPT,
	ARGS_TWO_NUMBERS,
	ARGS_TWO_WORDS,
};

enum {
	POP3_PRE = 1,
	POP3_TRAN = 2
}; /* RFC 1939: AUTHORIZATION and TRANSACTION */

struct pop3_verb {
	const char *name; /* NULL: not in the table */
	unsigned when;    /* states in which it is allowed; 0: any */
	enum pop3_args args;
	enum pop3_body body; /* of a positive reply */
	bool bare_only;      /* the body comes only when the command had no argument */
	bool counts;         /* its answer says how many messages there are */
	void (*sent)(struct pop3 *p, struct pop3_entry *e, struct pop3_said *s);
	void (*answered)(struct pop3 *p, struct pop3_entry *e, const struct pop3_reply *r);
};

/* A command without its reply. */
struct pop3_entry {
	const struct pop3_verb *verb; /* NULL: a HOLE */
	struct sasl *login;           /* an attempt that the reply will judge; owned */
	uint64_t end;                 /* client stream offset behind the command */
	uint64_t acked;  /* server bytes that the client had received; PLACE_NO_ACK */
	uint64_t number; /* message, of RETR and TOP */
	uint64_t lines;  /* of TOP */
	uint32_t id;
	bool bare; /* had no argument */
};

/* A line of the client, while it is looked at. */
struct pop3_said {
	struct bytes line, args;
	struct place at;
	struct mask mask;
	bool masked;
	struct events *out;
};

/* A status line of the server, while it is looked at. */
struct pop3_reply {
	enum reply_kind kind;
	struct bytes line, status, code,
		text;   /* code: inside of [ ]; text: behind the status */
	size_t from, n; /* of the line in `in`, its end included */
	struct events *out;
};

enum pop3_client {
	CLIENT_COMMAND,
	CLIENT_AUTH, /* an exchange is open: auth_turn says who speaks next */
	CLIENT_STLS, /* the answer to STLS is awaited */
};

enum pop3_session {
	SESSION_UNKNOWN,
	SESSION_PRE,
	SESSION_TRAN
};

struct pop3 {
	struct line_state lines[2];
	struct pop3_entry *queue;
	uint32_t head, n, cap; /* a ring */
	uint32_t id, msg;      /* last numbers given */
	enum pop3_client client;
	enum pop3_session session;

	struct buf user; /* of the last USER */
	struct place user_at;
	uint32_t user_id; /* its command */
	bool user_open;   /* no PASS has followed, and it was not refused */
	struct buf apop;  /* <timestamp> of the greeting */

	enum pop3_body body;
	struct dots dots;
	struct buf list;      /* CAPA lines, parted by LF */
	uint64_t last_number; /* of a list */
	uint64_t listed;      /* its lines */
	uint64_t lost;        /* bytes missing in the message */
	uint64_t lost_end;    /* server offset behind the last of them */
	bool line_start;      /* the next octet of the message begins a line */
	int64_t size;         /* announced; -1 */
	bool list_odd;        /* said once a list */
	bool guess_message;   /* BODY_PEEK: header lines are a message */

	uint64_t broken_end; /* server offset behind a line that was no reply; 0 none */
	uint64_t go_ahead;   /* server offset behind +OK to STLS */
	unsigned broken;     /* lines in a row that were no replies */
	bool auth_turn;      /* CLIENT_AUTH: the client speaks next */
	bool begun[2];       /* bytes were seen */
	bool resume[2];      /* the next line may lack its beginning */
	bool decide[2];      /* the answer that this direction waits for will not come */
	bool tls_clear[2];   /* plaintext came where TLS was to begin */
	bool no_tls_said, queue_full_said, premature_said;
};

/* verbs.c */
const struct pop3_verb *pop3_verb_find(struct bytes name); /* never NULL */
bool pop3_args_fit(const struct pop3_verb *v, struct bytes args);

/* queue.c */
/* A new entry, zeroed but for what every command has. Too many: QUEUE_FULL, and the oldest is
 * forgotten. */
struct pop3_entry *pop3_push(
	struct pop3 *p, const struct pop3_verb *v, const struct place *at, struct events *out);
/* The oldest; NULL when the queue is empty. */
struct pop3_entry *pop3_head(struct pop3 *p);
/* Forgets the oldest; a login that was not judged is said as unknown. */
void pop3_pop(struct pop3 *p, struct events *out);
/* Bytes of direction d are lost: see above. `end`: stream offset behind them. */
void pop3_hole(struct pop3 *p, enum dir d, uint64_t end, struct events *out);
bool pop3_has_hole(struct pop3 *p);
/* The entry that a reply at server offset `at` answers; NULL: cannot be told, or none waits. */
struct pop3_entry *pop3_match(struct pop3 *p, uint64_t at, struct events *out);

/* login.c */
void pop3_sent_user(struct pop3 *p, struct pop3_entry *e, struct pop3_said *s);
void pop3_sent_pass(struct pop3 *p, struct pop3_entry *e, struct pop3_said *s);
void pop3_sent_apop(struct pop3 *p, struct pop3_entry *e, struct pop3_said *s);
void pop3_sent_auth(struct pop3 *p, struct pop3_entry *e, struct pop3_said *s);
void pop3_answered_user(struct pop3 *p, struct pop3_entry *e, const struct pop3_reply *r);
void pop3_answered_login(struct pop3 *p, struct pop3_entry *e, const struct pop3_reply *r);
/* Says the attempt as it stands and frees it. NULL inside: nothing. */
void pop3_login_close(struct sasl **login, struct events *out);
/* A USER that no PASS followed: says so. */
void pop3_user_close(struct pop3 *p, struct events *out);
/* Says EV_SASL_INFO when there is something new. */
void pop3_login_info(struct sasl *login, struct events *out, size_t from, size_t n);
/* The mechanism may end in a security layer (RFC 4422 3.7). */
bool pop3_login_layer(const struct sasl *login);

/* stls.c */
void pop3_sent_stls(struct pop3 *p, struct pop3_entry *e, struct pop3_said *s);
void pop3_answered_stls(struct pop3 *p, struct pop3_entry *e, const struct pop3_reply *r);
/* A line that came where TLS was to begin: says so. `text` may be shown. */
void pop3_surplus(
	struct pop3 *p, struct events *out, const struct place *at, struct bytes text);
/* What feed() must return behind such a line; says STLS_NO_TLS. */
enum dis_next pop3_surplus_next(struct pop3 *p, struct events *out, size_t from);
/* TLS at the beginning of `in`, where it is possible that the STLS dialogue was not seen. */
bool pop3_tls_unseen(struct pop3 *p, struct bytes in);

/* client.c, server.c */
enum dis_next pop3_client(struct pop3 *p, struct bytes in, size_t *used, struct events *out);
enum dis_next pop3_server(struct pop3 *p, struct bytes in, size_t *used, struct events *out);
/* Notes, at the first bytes of a direction, when the connection was joined in the middle. */
void pop3_begin(struct pop3 *p, enum dir d, struct events *out);
/* What the client knows of the server's abilities is void. */
void pop3_caps_void(const struct pop3_reply *r);

/* body.c */
/* Begins what follows a positive reply; `e` NULL: to an unknown command. */
void pop3_body_begin(struct pop3 *p, const struct pop3_entry *e, const struct pop3_reply *r);
/* A reply to STAT: how many messages there are. */
void pop3_body_stat(const struct pop3_reply *r);
/* BODY_PEEK: false when more bytes are needed; else p->body is settled. */
bool pop3_body_peek(struct pop3 *p, struct bytes in, size_t from, struct events *out);
/* Message bytes in[from...]; returns how many were used. */
size_t pop3_body_message(struct pop3 *p, struct bytes in, size_t from, struct events *out);
/* One line of any other body, without its end. */
void pop3_body_line(
	struct pop3 *p, struct bytes line, size_t from, size_t n, struct events *out);
/* A status line where a body should go on: the body's end is missing. */
void pop3_body_broken(struct pop3 *p, size_t from, struct events *out);
/* No more bytes: an open message is said to be incomplete. */
void pop3_body_end(struct pop3 *p, struct events *out, size_t from, size_t n);

/* `in` begins with +OK or -ERR, case folded. */
bool pop3_is_status(struct bytes in);
/* It may become so with more bytes. */
bool pop3_may_be_status(struct bytes in);

int pop3_probe(enum dir d, struct bytes head, bool whole_stream);

#endif
