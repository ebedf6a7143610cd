/*
 * Inside of the IMAP dissector (RFC 9051, RFC 3501): what its files share. imap.c is the
 * contract of dissector.h, client.c and server.c read one direction each, command.c keeps the
 * commands that wait for their tag, fetch.c reads FETCH responses.
 */
#ifndef MS_DISSECTORS_IMAP_IMAP_H
#define MS_DISSECTORS_IMAP_IMAP_H

#include "dissectors/dissector.h"
#include "dissectors/imap/lex.h"
#include "dissectors/imap/verbs.h"
#include "dissectors/line.h"
#include "dissectors/sasl.h"

/* A command from its first line to its tagged reply. */
struct imap_cmd {
	uint32_t id;
	const struct imap_verb *verb; /* NULL: not known */
	struct bytes tag;             /* ours */
	struct place at;              /* the first line */
	struct place line; /* the newest line: announces the literal, or carries the secret */
	uint64_t end;      /* client stream offset behind all that was sent of it */
	struct sasl *sasl; /* LOGIN once complete, AUTHENTICATE */
	struct buf arg[IMAP_WORDS]; /* imap_verb.words of them; wiped */
	uint8_t n_args, n_skipped;
	bool partial; /* more lines of it are to come */
	bool malformed;
	bool peek;      /* FETCH: no message becomes \Seen */
	bool deletes;   /* STORE: marks \Deleted */
	bool catenate;  /* RFC 4469: literals are parts, not messages */
	uint32_t depth; /* APPEND: lists that are open behind the mailbox */
	bool answered;  /* out of the queue already; freed when its last line is in */
	bool caps_told; /* a capability list came while it ran */
	bool lost;      /* its reply may be in a gap */
	bool injected;  /* plaintext where TLS was to begin */
	bool hidden;    /* no command, but perhaps a secret: nothing of it is shown, nor of its
			   reply */
};

/* A literal that is passing by. */
struct imap_literal {
	uint64_t size; /* announced */
	uint64_t left; /* octets to come */
	uint64_t gap;  /* octets lost in it */
	uint32_t msg;  /* it is this message; 0: skipped, or not begun */
	bool message;
	struct place at; /* the line that announced it */
};

/* One FETCH response. */
struct imap_fetch {
	uint64_t number, uid; /* 0: not known (yet) */
	uint32_t depth;
	uint8_t attr;        /* enum in fetch.c */
	bool value;          /* the value of an attribute comes next */
	bool pieces;         /* a literal has been */
	bool nested;         /* nesting was reported */
	struct buf section;  /* of the attribute that is being read */
	bool whole, headers; /* of that section */
	uint32_t ended;      /* message whose EV_MSG_END waits for a UID behind it; 0 */
	bool ended_complete;
	uint64_t ended_gap;
	struct place ended_at;
};

/* A response that is being read over several lines. */
struct imap_response {
	struct buf text; /* its lines so far, literals left out */
	struct place at;
	bool open;
	bool is_fetch;
	bool is_id;
	bool in_line;  /* the newest line was begun in a piece */
	struct buf id; /* of an ID response: its list, literals as quoted strings */
	struct imap_fetch fetch;
};

/* A tagged reply that came before its command. */
struct imap_early {
	struct buf line;
	struct place at;
};

enum imap_client {
	CLIENT_COMMAND,
	CLIENT_MESSAGE,
	CLIENT_ARGUMENT,
	CLIENT_SKIP,
	CLIENT_REST
};
enum imap_server {
	SERVER_LINE,
	SERVER_LITERAL,
	SERVER_REST
};
enum imap_wait {
	WAIT_NONE,
	WAIT_LITERAL,
	WAIT_AUTH,
	WAIT_TLS,
	WAIT_DEFLATE
};
enum imap_answer {
	ANSWER_NONE,
	ANSWER_GO,
	ANSWER_NO,
	ANSWER_UNKNOWN
};
enum imap_tls {
	STLS_IDLE,
	STLS_ASKED,
	STLS_GIVEN,
	STLS_DENIED
};

struct imap {
	struct line_state line[2];
	size_t pending[2];       /* bytes shown and not used: a gap swallows them */
	struct imap_cmd **queue; /* without their tagged reply, oldest first */
	uint32_t n_queue, cap_queue;
	uint32_t last_id, last_msg;
	uint32_t exists;       /* messages in the selected mailbox, as far as it is known */
	uint32_t gone;         /* of them, since the last tagged reply */
	bool told;             /* EXISTS came since then */
	struct imap_cmd *cur;  /* its next line or literal comes; in the queue, or answered */
	struct imap_cmd *auth; /* AUTHENTICATE in progress; in the queue */
	struct imap_literal c_lit, s_lit;
	struct imap_response *resp;
	struct imap_early *early;
	uint64_t go_end;        /* server stream offset behind the OK to STARTTLS */
	uint16_t bad_lines;     /* client lines in a row that were no commands */
	uint8_t client, server; /* enum imap_client, imap_server */
	uint8_t wait, answer;
	uint8_t login; /* enum imap_when; 0: not known */
	uint8_t tls;   /* enum imap_tls */
	bool started, greeted;
	bool blind; /* commands that were not seen may be answered */
	bool client_resync, server_resync;
	bool plus;  /* a "+" came before anybody waited for it */
	bool stray; /* an answer may follow although it was refused: hide what is no command */
	bool no_tls;
	bool utf8;         /* ENABLE UTF8=ACCEPT or IMAP4rev2: names need not be UTF-7 */
	bool skip_literal; /* the overlong line that is being swallowed may end with a literal
			    */
	uint8_t tail_n;
	uint8_t tail[40]; /* its last bytes */
};

/* One feed(): `in`, and how much of it was used. */
struct imap_io {
	struct imap *st;
	struct bytes in;
	size_t at;
	struct events *out;
};

/* What a line of the server says. */
struct imap_status {
	enum reply_kind kind;
	struct bytes tag;                  /* none: untagged or "+" */
	struct bytes status;               /* "OK" "FETCH" "+" … as sent */
	struct bytes rest;                 /* status responses and "+": all behind the status */
	struct bytes code, text;           /* of that: inside of [ ], and what is behind */
	struct bytes args;                 /* untagged: all behind the name */
	uint64_t number;                   /* "* 23 EXISTS" */
	bool numbered, untagged, is_state; /* is_state: OK NO BAD BYE PREAUTH */
};

/* client.c, server.c: one step; something was used, or more bytes are needed, or the result is
 * not DIS_MORE. */
enum dis_next imap_client_step(struct imap_io *io);
enum dis_next imap_server_step(struct imap_io *io);
/* Lost bytes of a direction (those shown and not used included). */
void imap_client_gap(struct imap *st, uint64_t lost, struct events *out);
void imap_server_gap(struct imap *st, uint64_t lost, struct events *out);
void imap_client_end(struct imap *st, struct events *out);
void imap_server_end(struct imap *st, struct events *out);
/* True when `line` is what a server might say; `known_only`: unknown names and tags do not
 * count. */
bool imap_server_line(const struct imap *st, struct bytes line, bool known_only);
struct imap_status imap_status_read(struct bytes line);
/* command.c */
struct imap_cmd *imap_cmd_push(struct imap *st, struct bytes tag, const struct imap_verb *verb,
	const struct place *at, struct events *out);
/* The oldest command with this tag, or NULL. */
struct imap_cmd *imap_cmd_tagged(const struct imap *st, struct bytes tag);
/* The oldest command of this kind, or NULL. */
struct imap_cmd *imap_cmd_of(const struct imap *st, enum imap_verb_id id);
/* Takes it out of the queue; it is freed now, or with its last line. */
void imap_cmd_drop(struct imap *st, struct imap_cmd *cmd);
void imap_cmd_free(struct imap_cmd *cmd);
/* A login that will see no verdict: says so. */
void imap_login_unknown(struct imap_cmd *cmd, struct events *out);
/* Makes cmd->sasl of what is there of a LOGIN. */
void imap_login_make(struct imap_cmd *cmd, struct events *out);
void imap_login_say(struct imap_cmd *cmd, const struct place *at, struct events *out);
void imap_sasl_info_say(struct imap_cmd *cmd, const struct place *at, struct events *out);
bool imap_cmd_is(const struct imap_cmd *cmd, enum imap_verb_id id);
/* Mailbox name as UTF-8 onto `out`; says mailbox_utf7 when it is not valid. */
void imap_mailbox(const struct imap *st, struct bytes name, struct buf *ret,
	const struct place *at, struct events *out);
/* EV_SOFTWARE from the list of an ID command or response, RFC 2971. */
/* Appends a piece of such a list; behind it a literal may come, whose octets then follow as a
 * quoted string: imap_id_octets(), and a quote. */
void imap_id_keep(struct buf *list, struct bytes piece, bool literal_follows);
void imap_id_octets(struct buf *list, struct bytes octets);
void imap_id_say(enum dir who, struct bytes list, const struct place *at, struct events *out);
void imap_anomaly_at(
	struct events *out, enum anomaly_id id, struct bytes detail, const struct place *at);

/* deed.c */
/* Untagged data that changes how many messages there are. */
void imap_deed_data(struct imap *st, const struct imap_status *s);
/* What the arguments of a FETCH or STORE ask for. */
void imap_deed_args(struct imap_cmd *cmd, struct bytes args);
/* Says EV_DEED when the command that is answered is one. */
void imap_deed_answer(struct imap *st, const struct imap_cmd *cmd, const struct imap_status *s,
	const struct place *at, struct events *out);

/* literal.c: octets of the literal at io->at; message bytes are said. True when it is complete.
 */
bool imap_literal_feed(struct imap_io *io, struct imap_literal *lit);
/* Says EV_MSG_END. */
void imap_message_end(struct events *out, uint32_t msg, bool complete, uint64_t gap,
	uint64_t uid, const struct place *at);

/* fetch.c */
enum fetch_result {
	FETCH_DONE,
	FETCH_LITERAL, /* ends with a literal: lit says which */
	FETCH_BROKEN,  /* not the grammar */
};
void imap_fetch_begin(struct imap_fetch *f, uint64_t number, bool is_uid);
/* Behind a literal stands a space or the end of a list. */
bool imap_fetch_behind_literal(const struct imap_fetch *f, struct bytes chunk);
/* Reads one chunk that stands at `at`. Messages in quotes and the beginnings of those in
 * literals are said. */
enum fetch_result imap_fetch_chunk(struct imap *st, struct imap_fetch *f, struct bytes chunk,
	struct imap_literal *lit, const struct place *at, struct events *out);
/* Reads the whole tokens of a piece of a chunk, *ret_used bytes. False: not the grammar. */
bool imap_fetch_piece(struct imap *st, struct imap_fetch *f, struct bytes piece,
	size_t *ret_used, const struct place *at, struct events *out);
/* Its literal is complete (or broken off): EV_MSG_END follows with the next chunk or
 * imap_fetch_end(). */
void imap_fetch_literal_done(struct imap_fetch *f, const struct imap_literal *lit,
	bool complete, const struct place *at, struct events *out);
/* The response is over: nothing is left open. */
void imap_fetch_end(struct imap_fetch *f, struct events *out);

#endif
