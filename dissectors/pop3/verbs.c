#include "dissectors/pop3/pop3.h"

/* clang-format off */
static const struct pop3_verb verbs[] = {
	/* RFC 1939 sections 4, 7 */
	{ "USER", POP3_PRE,  ARGS_TEXT,        .sent = pop3_sent_user, .answered = pop3_answered_user },
	{ "PASS", POP3_PRE,  ARGS_TEXT,        .sent = pop3_sent_pass, .answered = pop3_answered_login },
	{ "APOP", POP3_PRE,  ARGS_TWO_WORDS,   .sent = pop3_sent_apop, .answered = pop3_answered_login },
	{ "QUIT", 0,         ARGS_NONE },
	/* RFC 1939 section 5 */
	{ "STAT", POP3_TRAN, ARGS_NONE,        .counts = true },
	{ "LIST", POP3_TRAN, ARGS_NUMBER_OPT,  BODY_LIST, .bare_only = true },
	{ "RETR", POP3_TRAN, ARGS_NUMBER,      BODY_MESSAGE },
	{ "DELE", POP3_TRAN, ARGS_NUMBER },
	{ "NOOP", POP3_TRAN, ARGS_NONE },
	{ "RSET", POP3_TRAN, ARGS_NONE },
	/* RFC 1939 section 7 */
	{ "TOP",  POP3_TRAN, ARGS_TWO_NUMBERS, BODY_MESSAGE },
	{ "UIDL", POP3_TRAN, ARGS_NUMBER_OPT,  BODY_LIST, .bare_only = true },
	{ "CAPA", 0,         ARGS_NONE,        BODY_CAPA },  /* RFC 2449 section 5 */
	{ "STLS", POP3_PRE,  ARGS_NONE,        .sent = pop3_sent_stls, .answered = pop3_answered_stls }, /* RFC 2595 section 4 */
	{ "AUTH", POP3_PRE,  ARGS_ANY,         BODY_SKIP, .bare_only = true,
	  .sent = pop3_sent_auth, .answered = pop3_answered_login }, /* RFC 5034 section 4; bare: a habit of old clients */
	{ "UTF8", POP3_PRE,  ARGS_NONE },                    /* RFC 6856 section 2.1 */
	{ "LANG", 0,         ARGS_ANY,         BODY_SKIP, .bare_only = true }, /* RFC 6856 section 3.2 */
	{ "LAST", POP3_TRAN, ARGS_NONE },                    /* RFC 1460 */
	{ "RPOP", POP3_PRE,  ARGS_TEXT },                    /* RFC 1081 */
	{ "XTND", POP3_TRAN, ARGS_TEXT,        BODY_PEEK },  /* RFC 1082 */
	{ "HELP", 0,         ARGS_ANY,         BODY_PEEK },
	{ "ID",   0,         ARGS_ANY },
	{ "XCLIENT", POP3_PRE, ARGS_TEXT },
};
/* clang-format on */

static const struct pop3_verb unknown = {NULL, .body = BODY_PEEK};

const struct pop3_verb *
pop3_verb_find(struct bytes name)
{
	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++)
		if (bytes_iis(name, verbs[i].name))
			return &verbs[i];
	return &unknown;
}

/* How many words, and whether all of them are numbers. */
static size_t
count_words(struct bytes args, bool *ret_numbers)
{
	size_t n = 0;
	uint64_t number;

	*ret_numbers = true;
	for (struct bytes word; (word = bytes_word(&args)).n; n++)
		*ret_numbers &= bytes_u64(word, UINT64_MAX, &number);
	return n;
}

bool
pop3_args_fit(const struct pop3_verb *v, struct bytes args)
{
	bool numbers;
	size_t n = count_words(args, &numbers);

	switch (v->args) {
	case ARGS_ANY:
		return true;
	case ARGS_NONE:
		return n == 0;
	case ARGS_TEXT:
		return args.n > 0;
	case ARGS_NUMBER:
		return n == 1 && numbers;
	case ARGS_NUMBER_OPT:
		return n <= 1 && numbers;
	case ARGS_TWO_NUMBERS:
		return n == 2 && numbers;
	case ARGS_TWO_WORDS:
		return n == 2;
	}
	return true;
}
