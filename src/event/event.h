/*
 * What a dissector may say. Events carry typed fields and the place on the wire that proves
 * them; they know nothing of findings, sinks or screens. All struct bytes in an event are loans
 * for the length of the call; copy.c knows them all, and a new one belongs there too.
 *
 * Secrets: an event that shows wire text carries `masks`: the parts of that text that nobody
 * may see without
 * --reveal. Only ev_login.secret and mask.secret hold a secret; sinks never print those, they
 * print its ordinal.
 */
#ifndef MS_EVENT_EVENT_H
#define MS_EVENT_EVENT_H

#include "base/bytes.h"
#include "base/buf.h"
#include "event/dns.h"
#include "event/endpoint.h"
#include "event/tls.h"

enum proto {
	PROTO_UNKNOWN,
	PROTO_SMTP,
	PROTO_LMTP,
	PROTO_POP3,
	PROTO_IMAP,
	PROTO_TLS,   /* TLS from the first byte, nothing seen inside */
	PROTO_OTHER, /* not mail; the guess names it */
};
/* "smtp", "lmtp", "pop3", "imap", "tls", "other", "unknown" */
const char *proto_name(enum proto p);

/* How the bytes travelled (FINDINGS.md 1.2). */
enum cover {
	COVER_CLEAR,
	COVER_TLS_DECRYPTED, /* readable only because the user holds the keys: never CLEAR */
};

/* Where on the wire. Of the bytes [offset, offset+len) of direction dir. */
struct place {
	int64_t ts_ns;   /* time of the packet that completed them */
	uint64_t packet; /* its 1-based number in its input; 0 = nothing on the wire */
	uint64_t offset; /* stream offset of the first byte, from the first data byte of the
			    direction */
	uint64_t acked;  /* peer bytes acknowledged by the segment of the FIRST byte;
			    PLACE_NO_ACK if not known */
	uint32_t len;
	uint16_t input; /* index of the input */
	uint8_t dir;    /* enum dir */
	uint8_t cover;  /* enum cover */
};
#define PLACE_NO_ACK UINT64_MAX

/* A part [off, off+len) of the shown text that is secret. */
struct mask {
	uint32_t off, len;
	struct bytes secret; /* what it stands for, decoded (equal secrets are equal here);
				none: just hide */
};

enum event_type {
	EV_PROTO, /* the dialogue has a (new) name: after the probe, and when LHLO makes it LMTP
		   */
	EV_GREETING, /* the server's first words */
	EV_COMMAND,  /* a line of the client: a command, or the answer to a challenge */
	EV_REPLY,    /* a whole reply, or one untagged response, of the server */
	EV_CAPS,     /* a capability list has been received */
	EV_HELLO, /* EHLO HELO LHLO was accepted or its reply is unknown: the client's name */
	EV_LOGIN, /* a login attempt is complete */
	EV_STARTTLS, /* a step of the upgrade */
	EV_TLS,      /* a step of a TLS session */
	EV_MAIL,     /* MAIL FROM with its reply */
	EV_RCPT,     /* RCPT TO with its reply */
	EV_ASKED,   /* VRFY, EXPN and other questions outside of transactions, with the reply */
	EV_TX_END,  /* the mail transaction is over */
	EV_MAILBOX, /* IMAP SELECT/EXAMINE was accepted; POP3: how many messages there are */
	EV_MSG_BEGIN, /* a message or part begins to be transferred */
	EV_MSG_DATA,  /* its bytes, dot-unstuffed, in order */
	EV_MSG_END,
	EV_SOFTWARE,  /* a peer names its software: IMAP ID, POP3 IMPLEMENTATION */
	EV_SASL_INFO, /* facts of a SASL exchange that are of interest even if it never
			 completes */
	EV_ANOMALY,   /* the wire breaks a protocol's rules */
	EV_GAP,       /* bytes are missing */
	EV_LAYER, /* COMPRESS=DEFLATE or a SASL security layer starts, or parsing was given up
		   */
	EV_LINE,  /* a line of a reply's body that is neither message nor capability: POP3 LIST,
		     UIDL, HELP */
	EV_DNS,   /* a DNS answer; of no mail connection */
	EV_DEED,  /* IMAP: a command that takes messages away or rules over rights was answered
		   */
	EV_PROXY, /* a PROXY protocol header stands before the client's first byte */
};

enum {
	CMD_UNKNOWN = 1,   /* no such verb in the table */
	CMD_RESPONSE = 2,  /* answers a SASL challenge or continues a command; not a command by
			      itself */
	CMD_INJECTED = 4,  /* plaintext where TLS was to begin */
	CMD_PIPELINED = 8, /* sent before the reply to an earlier command was out */
	CMD_MALFORMED = 16,
	CMD_BLIND = 32, /* SMTP DATA: nor was the EHLO or HELO of the same group answered */
};

struct ev_command {
	uint32_t id;       /* 1, 2, … on a connection; a reply names it */
	const char *verb;  /* canonical ("MAIL", "UID FETCH"), static; NULL when not known */
	struct bytes tag;  /* IMAP */
	struct bytes line; /* as on the wire, without the last CRLF; literals are shown as their
			      {n} */
	struct bytes args; /* part of line behind the verb */
	/* SMTP: the verb of the command before it, where that has no answer and this one
	 * acknowledges no more of the server than that did; static. NULL: it waited, or that is
	 * not known. */
	const char *behind;
	const struct mask *masks;
	size_t n_masks;
	unsigned flags;
};

enum reply_kind {
	REPLY_OK,       /* 2xx, +OK, tagged OK, PREAUTH */
	REPLY_CONTINUE, /* 3xx, "+ " */
	REPLY_NO,       /* 4xx, tagged NO */
	REPLY_BAD,      /* 5xx, -ERR, tagged BAD, BYE */
	REPLY_DATA,     /* untagged IMAP response; it answers no command by itself */
	REPLY_BROKEN,   /* does not follow the grammar */
};

struct ev_reply {
	uint32_t id; /* command it answers; 0 = none (greeting, untagged, not to be matched) */
	const char *verb; /* of that command; NULL */
	enum reply_kind kind;
	uint16_t code;         /* SMTP: 3 digits; else 0 */
	struct bytes status;   /* "+OK" "-ERR" "OK" "NO" "BAD" "PREAUTH" "BYE" "+", or the
				  untagged response's name */
	struct bytes tag;      /* IMAP */
	struct bytes enhanced; /* "5.7.8" of RFC 3463, or none */
	struct bytes resp_code; /* inside of [ ]: "PRIVACYREQUIRED", "AUTH", "CAPABILITY …" (RFC
				   5530, RFC 2449 8) */
	struct bytes text; /* the whole reply as on the wire without the last CRLF; lines parted
			    * by CRLF; bodies of POP3 multi-line replies and literals left out
			    * ({n} stays) */
	const struct mask *masks; /* challenges that carry secrets */
	size_t n_masks;
	bool unsolicited; /* no command was waiting for it */
	uint64_t number;  /* POP3: the message that its command names; 0 */
};

struct ev_greeting {
	enum reply_kind kind;
	uint16_t code;
	struct bytes text;        /* without code/status, lines parted by CRLF */
	struct bytes server_name; /* first word of an SMTP greeting, or none */
	struct bytes apop;        /* POP3: the <timestamp> with its brackets, or none */
	bool preauth;             /* IMAP PREAUTH */
};

enum caps_source {
	CAPS_GREETING,
	CAPS_COMMAND,
	CAPS_RESPONSE_CODE,
	CAPS_UNTAGGED
};
struct ev_caps {
	enum caps_source source;
	const struct bytes *items; /* SMTP: each line behind the first, "AUTH PLAIN LOGIN";
				      POP3: each line; IMAP: each atom */
	size_t n;
	bool known; /* false: what the client knows is void again (after HELO, STARTTLS, login);
		       items is empty */
};

struct ev_hello {
	const char *verb; /* "EHLO" "HELO" "LHLO" */
	struct bytes name;
	uint16_t code; /* 0: no reply seen */
};

enum auth_result {
	AUTH_UNKNOWN,
	AUTH_ACCEPTED,
	AUTH_REFUSED
};
enum auth_exposure {
	EXPOSURE_NONE,
	EXPOSURE_TOKEN,
	EXPOSURE_CRACKABLE,
	EXPOSURE_PASSWORD
};
enum {
	SASL_BAD_BASE64 = 1,
	SASL_PLAIN_NULS = 2,
	SASL_TOO_LONG = 4,
	SASL_OUT_OF_BOUNDS = 8,
	SASL_CONTROL_IN_FIELD = 16,
	SASL_AFTER_VERDICT = 32,
	SASL_SHELL_META = 64,
	SASL_HUGE = 128
};

/* Facts that only some mechanisms have; all of it absent = zero. */
struct sasl_detail {
	struct bytes domain, workstation; /* NTLM type 3, as UTF-8 */
	uint8_t ntlm_version; /* 1, 2 (MS-NLMP 2.2.2: NtChallengeResponse of 24 octets, longer)
			       */
	uint32_t ntlm_flags;
	bool ntlm_anonymous;
	struct bytes ntlm_target; /* type 2: "nb_domain=…; nb_computer=…; dns_domain=…;
				     dns_computer=…; dns_tree=…; os=…" */
	uint32_t scram_iterations;
	uint16_t scram_salt_len;
	char scram_cb;       /* 'p' 'y' 'n', 0 = not seen */
	bool challenge_seen; /* CRAM-MD5, DIGEST-MD5, SCRAM, NTLM: the server's challenge was
				readable and well formed */
	struct bytes qop;    /* DIGEST-MD5, GSSAPI */
	struct bytes realm,
		service;     /* GSSAPI: of the AP-REQ ticket; DIGEST-MD5: realm, digest-uri */
	uint8_t krb_etype;   /* 23 = RC4 */
	bool krb_token;      /* token begins with the Kerberos or SPNEGO OID */
	struct bytes jwt;    /* "alg=…; iss=…; aud=…" of a JWT bearer token, or none */
	int64_t jwt_exp_s;   /* 0 = none */
	struct bytes error;  /* server error JSON `status`, SCRAM e= */
	struct bytes trace;  /* ANONYMOUS trace string */
	bool apop_malformed; /* APOP timestamp is no RFC 5322 msg-id */
};

struct ev_login {
	struct bytes mechanism; /* as CONTRACT.md: "USER/PASS" "LOGIN" "APOP" or the SASL name
				   in capitals */
	bool sasl;              /* LOGIN by AUTH/AUTHENTICATE, not the IMAP command */
	struct bytes user;      /* as UTF-8 where it is; none = not shown */
	struct bytes authzid;
	struct bytes
		secret; /* password, token, digest or proof; none = the mechanism shows none */
	enum auth_exposure exposure;
	enum auth_result result;
	const char *reason; /* static: bad_credentials too_weak tls_required disabled expired
			       temporary in_use; NULL */
	uint16_t code;
	struct bytes reply;   /* text of the verdict, or none */
	bool cancelled;       /* the client sent "*" */
	bool credential_seen; /* password, token, digest or proof went over the wire (false: the
				 name only) */
	bool initial_response;
	unsigned malformed; /* SASL_… */
	struct sasl_detail detail;
	struct place begun;      /* AUTH, USER, LOGIN command */
	struct place credential; /* the line that carries the secret */
	struct place verdict;    /* packet 0: none seen */
};

enum starttls_stage {
	STLS_REQUESTED, /* the command was seen */
	STLS_ACCEPTED,  /* 220, +OK, tagged OK */
	STLS_REFUSED,   /* any other reply; code/text */
	STLS_SURPLUS,   /* plaintext between the command/go-ahead and TLS, in direction at.dir
			   (text = the line) */
	STLS_PREMATURE, /* the positive reply does not acknowledge the command, or came before
			   it */
	STLS_NO_TLS,    /* accepted, and both sides (or one, with a reply) went on in clear */
};
struct ev_starttls {
	enum starttls_stage stage;
	uint16_t code;
	struct bytes text;
	bool before_reply; /* STLS_SURPLUS of the client: the segment did not acknowledge the
			      go-ahead */
};

struct ev_mail {
	uint32_t tx;          /* transaction number on this connection, from 1 */
	struct bytes path;    /* inside of < >, or the word as sent; empty for <> */
	struct bytes params;  /* rest of the line */
	uint16_t code;        /* 0: no reply seen */
	bool accepted, known; /* known: the reply was seen */
};
struct ev_rcpt {
	uint32_t tx; /* 0: of none, as when MAIL was refused */
	struct bytes path, params;
	uint16_t code;
	bool accepted, known;
	struct bytes enhanced; /* of the reply, as in ev_reply, or none */
	struct bytes reply;    /* its text, whole, or none */
	struct place answered; /* packet 0: no reply seen */
};
struct ev_asked {
	const char *verb;
	struct bytes args;
	uint16_t code; /* 0: no reply seen */
	struct bytes enhanced, reply;
	struct place answered;
};

enum tx_result {
	TX_UNKNOWN,
	TX_ACCEPTED,
	TX_REFUSED,
	TX_ABORTED
};
struct ev_tx_end {
	uint32_t tx;
	enum tx_result result;
	uint16_t code;      /* of the last reply */
	struct bytes reply; /* text of the last reply, lines parted by CRLF */
};

struct ev_mailbox {
	struct bytes name; /* IMAP: UTF-8 (modified UTF-7 decoded) */
	bool read_only;
	bool counted;      /* `messages` was said: all of its messages, those marked left out */
	uint64_t messages; /* POP3: by STAT, by a whole LIST or UIDL; IMAP: EXISTS */
};

/*
 * EXPUNGE, UID EXPUNGE, CLOSE, MOVE, UID MOVE: `gone` messages left the selected mailbox.
 * STORE, UID STORE that marks \Deleted: `marked` of them, as far as its numbers tell.
 * DELETE: the mailbox. SETACL, DELETEACL, GETACL, LISTRIGHTS, MYRIGHTS: mailbox, who, rights.
 */
struct ev_deed {
	const char *verb;
	enum reply_kind kind;     /* of the answer: REPLY_OK, REPLY_NO, REPLY_BAD */
	struct bytes mailbox;     /* that it names, UTF-8; MOVE: the target */
	struct bytes who, rights; /* as sent */
	uint64_t gone, marked;
	uint64_t before; /* messages in the selected mailbox before the command; 0 not known */
};

enum msg_via {
	VIA_DATA,
	VIA_BDAT,
	VIA_RETR,
	VIA_TOP,
	VIA_FETCH,
	VIA_APPEND
};
struct ev_msg_begin {
	uint32_t msg; /* number on this connection, from 1 */
	uint32_t tx;  /* SMTP: its transaction; 0 */
	enum msg_via via;
	const char *command;  /* "RETR" "TOP" "FETCH" "UID FETCH" "APPEND" "DATA" "BDAT" */
	struct bytes section; /* FETCH: "BODY[HEADER]", "BODY[TEXT]<0>", "RFC822"; TOP: number
				 of lines */
	bool whole;      /* a whole message: DATA BDAT RETR APPEND BODY[] RFC822 BINARY[] */
	bool headers;    /* the bytes begin with message headers (whole, TOP, HEADER…) */
	bool peek;       /* FETCH: asked for by BODY.PEEK or the like, which leaves no \Seen */
	uint64_t number; /* message number; 0 unknown */
	uint64_t uid;    /* 0 unknown (may be told later, in ev_msg_end) */
	bool unwaited;   /* DATA: its first byte acknowledges no answer to the command */
	struct bytes mailbox; /* APPEND: the target, UTF-8 */
	int64_t size;         /* announced (literal, SIZE=, "+OK 123 octets"); -1 unknown */
};
struct ev_msg_data {
	uint32_t msg;
	struct bytes data;
};
struct ev_msg_end {
	uint32_t msg;
	bool complete; /* every byte was seen, and its end */
	uint64_t gap_bytes;
	uint64_t uid; /* FETCH: if it came behind the literal */
	bool refused; /* SMTP: DATA ended but nothing was sent, or the literal was refused */
};

struct ev_software {
	enum dir who; /* DIR_C2S: the client's */
	struct bytes name, version;
	/* IMAP ID: */
	struct bytes fields; /* its list as sent, literals as quoted strings */
	struct bytes os;
	struct bytes origin; /* an address that the client claims to speak for */
};

struct ev_sasl_info {
	struct bytes mechanism;
	struct sasl_detail detail;
};

/* Stable names; they only grow. name, layer, meaning. */
#define ANOMALIES(X)                                                                           \
	X(OVERLAP_DIFFERS, "overlap_differs", "stream",                                        \
		"retransmitted bytes differ; the first copy counts")                           \
	X(SPURIOUS_SYN, "syn_in_connection", "stream", "SYN inside an open connection")        \
	X(HELD_LIMIT, "hold_limit", "stream",                                                  \
		"too many bytes waited for a hole; it was given up")                           \
	X(IP_FRAGMENT_OVERLAP, "fragment_overlap", "packet",                                   \
		"IP fragments overlap with different content")                                 \
	X(PACKET_MALFORMED, "packet_malformed", "packet", "headers contradict the packet")     \
	X(LINE_TOO_LONG, "line_too_long", "text",                                              \
		"a line is longer than the limit; the rest was skipped")                       \
	X(BARE_LF, "bare_lf", "text", "a line ends with LF alone")                             \
	X(BARE_CR, "bare_cr", "text", "a CR stands alone inside a line")                       \
	X(NUL_BYTE, "nul_byte", "text", "a NUL octet in a command or reply")                   \
	X(UNKNOWN_COMMAND, "unknown_command", "text", "not a command of this protocol")        \
	X(HTTP_REQUEST, "http_request", "text",                                                \
		"an HTTP request line or Host field where a mail command should be")           \
	X(COMMAND_SYNTAX, "command_syntax", "text", "arguments do not follow the grammar")     \
	X(COMMAND_SEQUENCE, "command_sequence", "text", "not allowed in this state")           \
	X(EARLY_TALKER, "early_talker", "text", "the client spoke before the greeting")        \
	X(REPLY_MALFORMED, "reply_malformed", "text",                                          \
		"a reply that does not follow the grammar")                                    \
	X(REPLY_UNEXPECTED, "reply_unexpected", "text", "a reply that no command waited for")  \
	X(REPLY_PREMATURE, "reply_premature", "text",                                          \
		"a reply that does not acknowledge its command")                               \
	X(REPLY_MISSING, "reply_missing", "text",                                              \
		"replies are fewer than commands: matching is desynchronised")                 \
	X(QUEUE_FULL, "queue_full", "text", "too many commands without a reply")               \
	X(DATA_REFUSED_BODY, "data_refused_body", "smtp",                                      \
		"message lines sent although DATA was refused")                                \
	X(BDAT_SIZE, "bdat_size", "smtp", "BDAT chunk size is not a number or too large")      \
	X(BDAT_REFUSED, "bdat_refused", "smtp", "a BDAT chunk was refused")                    \
	X(DOT_VARIANT, "end_of_data_variant", "smtp", "a dot line without CRLF on both sides") \
	X(MSG_BARE_LF, "message_bare_lf", "smtp", "a line of the message ends with LF alone")  \
	X(MSG_BARE_CR, "message_bare_cr", "smtp", "a CR stands alone in the message")          \
	X(MSG_NUL, "message_nul", "smtp", "a NUL octet in the message")                        \
	X(MSG_8BIT, "message_8bit", "smtp",                                                    \
		"octets over 127 in a message that was not declared so")                       \
	X(MSG_LINE, "message_line_too_long", "smtp",                                           \
		"a line of the message is longer than 1000 octets")                            \
	X(SMTP_MULTILINE_CODE, "reply_code_changes", "smtp",                                   \
		"lines of one reply carry different codes")                                    \
	X(POP3_DOT_MISSING, "multiline_not_terminated", "pop3",                                \
		"a multi-line reply without its final dot")                                    \
	X(POP3_LIST_MALFORMED, "list_malformed", "pop3",                                       \
		"LIST or UIDL lines out of order or malformed")                                \
	X(IMAP_TAG, "tag_unexpected", "imap",                                                  \
		"a tagged reply without command, or a tag used twice")                         \
	X(IMAP_LITERAL, "literal_size", "imap",                                                \
		"literal size is not a number or over the limit")                              \
	X(IMAP_LITERAL_SHORT, "literal_inconsistent", "imap",                                  \
		"what follows a literal does not fit the grammar")                             \
	X(IMAP_NESTING, "nesting", "imap", "lists nested too deep")                            \
	X(UTF7, "mailbox_utf7", "imap", "mailbox name is not valid modified UTF-7")            \
	X(SASL_MALFORMED, "sasl_malformed", "text",                                            \
		"SASL exchange does not follow the mechanism")                                 \
	X(INFLATE_BROKEN, "inflate_broken", "stream", "compressed data is broken")             \
	X(INFLATE_BOMB, "inflate_ratio", "stream", "compressed data expands over the limit")   \
	X(TLS_RECORD, "tls_record", "tls", "no valid TLS record where one must be")            \
	X(HEADER_TOO_LONG, "header_too_long", "mime", "a header field over the limit was cut") \
	X(DNS_MALFORMED, "dns_malformed", "dns", "a DNS answer that does not follow RFC 1035")

enum anomaly_id {
#define X(id, name, layer, text) ANOMALY_##id,
	ANOMALIES(X)
#undef X
	ANOMALY_COUNT
};
const char *anomaly_name(enum anomaly_id a);
/* "text" rows belong to whichever of smtp, lmtp, pop3, imap speaks: the printer says that one.
 */
const char *anomaly_layer(enum anomaly_id a);
const char *anomaly_text(enum anomaly_id a);

struct ev_anomaly {
	enum anomaly_id id;
	/* DOT_VARIANT: the sequence, "LF . LF"; its detail is a line behind it that begins like
	 * a command, or none. MSG_NUL, MSG_8BIT: "header" or "body", where the first is.
	 * Static; NULL: of another anomaly. */
	const char *kind;
	uint16_t code;   /* COMMAND_SEQUENCE of SMTP: of the reply; its detail is the verb */
	uint64_t octets; /* LINE_TOO_LONG, MSG_LINE: of the line, its end included, as far as it
			    was counted; or 0 */
	struct bytes detail; /* wire text, or none; may not hold a secret. Of EARLY_TALKER the
				verb, where it is known */
};

enum gap_why {
	GAP_LOST,
	GAP_SNAPLEN,
	GAP_HELD,
	GAP_JOINED
}; /* never seen; cut by snaplen; given up over a limit; before a midstream start (bytes
      unknown, 0) */
struct ev_gap {
	uint64_t bytes;
	enum gap_why why;
	bool acked; /* the peer acknowledged them: lost by the capture, not by the network */
};

enum layer_kind {
	LAYER_DEFLATE,
	LAYER_SASL,
	LAYER_GIVEN_UP
};
struct ev_layer {
	enum layer_kind kind;
	const char *why; /* static text, for LAYER_GIVEN_UP */
};

/* HAProxy's specification, versions 1 and 2: what the sender says of the connection it passes
 * on. A claim of the sender and no more. */
struct ev_proxy {
	uint8_t version; /* 1 or 2 */
	bool known;      /* src and dst are those of the proxied TCP connection; else LOCAL,
			    UNKNOWN or another kind */
	bool tls;        /* the client spoke TLS to the proxy (version 2, PP2_TYPE_SSL) */
	struct endpoint src, dst;
};

struct event {
	enum event_type type;
	struct place at;
	union {
		enum proto proto;
		struct ev_greeting greeting;
		struct ev_command command;
		struct ev_reply reply;
		struct ev_caps caps;
		struct ev_hello hello;
		struct ev_login login;
		struct ev_starttls starttls;
		struct ev_tls tls;
		struct ev_mail mail;
		struct ev_rcpt rcpt;
		struct ev_asked asked;
		struct ev_tx_end tx_end;
		struct ev_mailbox mailbox;
		struct ev_msg_begin msg_begin;
		struct ev_msg_data msg_data;
		struct ev_msg_end msg_end;
		struct ev_software software;
		struct ev_sasl_info sasl;
		struct ev_anomaly anomaly;
		struct ev_gap gap;
		struct ev_layer layer;
		struct ev_dns dns;
		struct ev_proxy proxy;
		struct ev_deed deed;
		struct bytes line; /* EV_LINE: without its CRLF and its stuffed dot */
	};
};

/*
 * One line (without LF) that names the event, its offsets and all its fields, escaped; equal
 * events give equal lines. For the dialogue tests and --verbose. Secrets are printed only when
 * `reveal`; EV_MSG_DATA prints its length only.
 */
void event_print(struct buf *out, const struct event *e, bool reveal);

#endif
