/* Inside of sasl*.c: what the mechanisms share. */
#ifndef MS_DISSECTORS_SASL_MECH_H
#define MS_DISSECTORS_SASL_MECH_H

#include "base/arena.h"
#include "dissectors/sasl.h"

/* RFC 4954 section 4: the longest answer a server must be able to take, without CRLF. */
#define SASL_RFC_LIMIT 12288
#define SASL_HUGE_LIMIT 65536

/* One row a mechanism. */
struct sasl_mech {
	const char *name;
	bool prefix; /* `name` is how the mechanism's name begins */
	enum auth_exposure exposure;
	bool raw;         /* an answer that is no base64 is taken as it is */
	bool binary;      /* no text: shell characters in it mean nothing */
	unsigned answers; /* after so many it needs no more; 0: mechanism sets `complete` */
	/* `text` is decoded, in the arena. */
	void (*answer)(struct sasl *s, struct bytes text);
	void (*challenge)(struct sasl *s, struct bytes text);
};

struct sasl {
	struct arena arena;
	const struct dis_limits *limits;
	const struct sasl_mech *mech;
	struct ev_login login; /* its bytes are in the arena */
	unsigned responses;    /* answers taken, empty ones too */
	unsigned step;         /* answers the mechanism has counted */
	bool guessed;          /* the command was not seen */
	bool prompted;         /* LOGIN: a prompt said what the next answer is */
	bool complete;
	bool closed;       /* a verdict is in */
	bool info;         /* something for EV_SASL_INFO */
	bool hide;         /* the last answer may not be shown */
	struct bytes last; /* the secret that the last answer holds alone, or none */
};

/* The answer at hand holds this secret; it is the login's. None is ignored. */
void sasl_secret(struct sasl *s, struct bytes secret);
/* "key=" at the beginning of a comma- or \x01-separated item: its value, or false. */
bool sasl_item(struct bytes item, const char *key, struct bytes *ret);
/* Takes the next item of *rest up to `sep`; false at the end. */
bool sasl_next(struct bytes *rest, uint8_t sep, struct bytes *ret);

/* sasl_digest.c */
void sasl_cram_answer(struct sasl *s, struct bytes text);
void sasl_cram_challenge(struct sasl *s, struct bytes text);
void sasl_digest_answer(struct sasl *s, struct bytes text);
void sasl_digest_challenge(struct sasl *s, struct bytes text);
/* `text` is "name SP 32 hex digits": RFC 2195 section 2. *ret_user: everything before the last
 * space. */
bool sasl_cram_form(struct bytes text, struct bytes *ret_user, struct bytes *ret_digest);
/* "<" local "@" domain ">" in printable US-ASCII: RFC 5322 section 3.6.4 as far as RFC 1939
 * asks for it. */
bool sasl_msg_id(struct bytes text);
/* sasl_scram.c */
void sasl_scram_answer(struct sasl *s, struct bytes text);
void sasl_scram_challenge(struct sasl *s, struct bytes text);
/* The gs2-header (RFC 5801 section 4) off *rest; sets the channel binding flag and authzid.
 * False: none there. */
bool sasl_gs2_header(struct sasl *s, struct bytes *rest);
/* sasl_ntlm.c; `text` may have the message anywhere inside (SPNEGO). */
void sasl_ntlm_answer(struct sasl *s, struct bytes text);
void sasl_ntlm_challenge(struct sasl *s, struct bytes text);
bool sasl_ntlm_inside(struct bytes text);
/* sasl_krb.c */
void sasl_gss_answer(struct sasl *s, struct bytes text);
void sasl_gss_challenge(struct sasl *s, struct bytes text);
void sasl_gs2_answer(struct sasl *s, struct bytes text);
/* sasl_oauth.c */
void sasl_oauth_answer(struct sasl *s, struct bytes text);
void sasl_oauth_challenge(struct sasl *s, struct bytes text);

#endif
