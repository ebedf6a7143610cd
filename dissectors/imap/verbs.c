#include "dissectors/imap/verbs.h"

#include <stdlib.h>

/* clang-format off */
/* Sorted by name, case folded. */
static const struct imap_verb verbs[] = {
	{ "APPEND",           IMAP_STORE_MESSAGE, IMAP_IN, .words = 1 },      /* RFC 9051 6.3.12, RFC 3502 */
	{ "AUTHENTICATE",     IMAP_AUTHENTICATE, IMAP_NOT_AUTH, .secret = true }, /* RFC 9051 6.2.2, RFC 4959 */
	{ "CANCELUPDATE",     IMAP_OTHER,  IMAP_IN },            /* RFC 5267 4.3.5 */
	{ "CAPABILITY",       IMAP_CAPABILITY, IMAP_ANY },       /* RFC 9051 6.1.1 */
	{ "CHECK",            IMAP_OTHER,  IMAP_SELECTED },      /* RFC 3501 6.4.1 */
	{ "CLOSE",            IMAP_CLOSE,  IMAP_SELECTED, .deed = true },      /* RFC 9051 6.4.1 */
	{ "COMPARATOR",       IMAP_OTHER,  IMAP_IN },            /* RFC 5255 4.7 */
	{ "COMPRESS",         IMAP_COMPRESS, IMAP_ANY },         /* RFC 4978 3 */
	{ "CONVERSIONS",      IMAP_OTHER,  IMAP_IN },            /* RFC 5259 */
	{ "CONVERT",          IMAP_OTHER,  IMAP_SELECTED },      /* RFC 5259 */
	{ "COPY",             IMAP_OTHER,  IMAP_SELECTED },      /* RFC 9051 6.4.7 */
	{ "CREATE",           IMAP_OTHER,  IMAP_IN },            /* RFC 9051 6.3.4 */
	{ "DELETE",           IMAP_OTHER,  IMAP_IN, .words = 1, .deed = true },            /* RFC 9051 6.3.5 */
	{ "DELETEACL",        IMAP_OTHER,  IMAP_IN, .words = 2, .deed = true },            /* RFC 4314 3.2 */
	{ "ENABLE",           IMAP_OTHER,  IMAP_IN },            /* RFC 9051 6.3.1, RFC 5161 */
	{ "ESEARCH",          IMAP_OTHER,  IMAP_IN },            /* RFC 7377 */
	{ "EXAMINE",          IMAP_SELECT, IMAP_IN, .words = 1 }, /* RFC 9051 6.3.3 */
	{ "EXPUNGE",          IMAP_OTHER,  IMAP_SELECTED, .deed = true },      /* RFC 9051 6.4.3 */
	{ "FETCH",            IMAP_FETCH,  IMAP_SELECTED },      /* RFC 9051 6.4.5 */
	{ "GENURLAUTH",       IMAP_OTHER,  IMAP_IN },            /* RFC 4467 */
	{ "GETACL",           IMAP_OTHER,  IMAP_IN, .words = 1, .deed = true },            /* RFC 4314 3.3 */
	{ "GETANNOTATION",    IMAP_OTHER,  IMAP_IN },            /* draft-daboo-imap-annotatemore */
	{ "GETJMAPACCESS",    IMAP_OTHER,  IMAP_IN },            /* RFC 9698 */
	{ "GETMETADATA",      IMAP_OTHER,  IMAP_IN },            /* RFC 5464 4.2 */
	{ "GETQUOTA",         IMAP_OTHER,  IMAP_IN },            /* RFC 9208 4.1.1 */
	{ "GETQUOTAROOT",     IMAP_OTHER,  IMAP_IN },            /* RFC 9208 4.1.2 */
	{ "ID",               IMAP_ID,     IMAP_ANY },           /* RFC 2971 3.1 */
	{ "IDLE",             IMAP_IDLE,   IMAP_IN },            /* RFC 9051 6.3.13, RFC 2177 */
	{ "LANGUAGE",         IMAP_OTHER,  IMAP_ANY },           /* RFC 5255 3.2 */
	{ "LIST",             IMAP_OTHER,  IMAP_IN },            /* RFC 9051 6.3.9, RFC 5258 */
	{ "LISTRIGHTS",       IMAP_OTHER,  IMAP_IN, .words = 2, .deed = true },            /* RFC 4314 3.4 */
	{ "LOGIN",            IMAP_LOGIN,  IMAP_NOT_AUTH, .words = 2, .secret = true }, /* RFC 9051 6.2.3 */
	{ "LOGOUT",           IMAP_OTHER,  IMAP_ANY },           /* RFC 9051 6.1.3 */
	{ "LSUB",             IMAP_OTHER,  IMAP_IN },            /* RFC 3501 6.3.9 */
	{ "MOVE",             IMAP_OTHER,  IMAP_SELECTED, .words = 1, .skip = 1, .deed = true },      /* RFC 9051 6.4.8, RFC 6851 */
	{ "MYRIGHTS",         IMAP_OTHER,  IMAP_IN, .words = 1, .deed = true },            /* RFC 4314 3.5 */
	{ "NAMESPACE",        IMAP_OTHER,  IMAP_IN },            /* RFC 9051 6.3.10, RFC 2342 */
	{ "NOOP",             IMAP_OTHER,  IMAP_ANY },           /* RFC 9051 6.1.2 */
	{ "NOTIFY",           IMAP_OTHER,  IMAP_IN },            /* RFC 5465 3 */
	{ "PROXYAUTH",        IMAP_OTHER,  IMAP_IN },            /* vendor (Netscape, Sun) */
	{ "RENAME",           IMAP_OTHER,  IMAP_IN },            /* RFC 9051 6.3.6 */
	{ "REPLACE",          IMAP_STORE_MESSAGE, IMAP_SELECTED, .words = 1, .skip = 1 }, /* RFC 8508 3.2 */
	{ "RESETKEY",         IMAP_OTHER,  IMAP_IN },            /* RFC 4467 */
	{ "RLIST",            IMAP_OTHER,  IMAP_IN },            /* RFC 2193 */
	{ "RLSUB",            IMAP_OTHER,  IMAP_IN },            /* RFC 2193 */
	{ "SCAN",             IMAP_OTHER,  IMAP_IN },            /* vendor (UW imapd) */
	{ "SEARCH",           IMAP_OTHER,  IMAP_SELECTED },      /* RFC 9051 6.4.4 */
	{ "SELECT",           IMAP_SELECT, IMAP_IN, .words = 1 }, /* RFC 9051 6.3.2 */
	{ "SETACL",           IMAP_OTHER,  IMAP_IN, .words = 3, .deed = true },            /* RFC 4314 3.1 */
	{ "SETANNOTATION",    IMAP_OTHER,  IMAP_IN },            /* draft-daboo-imap-annotatemore */
	{ "SETMETADATA",      IMAP_OTHER,  IMAP_IN },            /* RFC 5464 4.3 */
	{ "SETQUOTA",         IMAP_OTHER,  IMAP_IN },            /* RFC 9208 4.1.3 */
	{ "SORT",             IMAP_OTHER,  IMAP_SELECTED },      /* RFC 5256 3 */
	{ "STARTTLS",         IMAP_STARTTLS, IMAP_NOT_AUTH },    /* RFC 9051 6.2.1 */
	{ "STATUS",           IMAP_OTHER,  IMAP_IN },            /* RFC 9051 6.3.11 */
	{ "STORE",            IMAP_FETCH,  IMAP_SELECTED, .words = 1, .deed = true },      /* RFC 9051 6.4.6 */
	{ "SUBSCRIBE",        IMAP_OTHER,  IMAP_IN },            /* RFC 9051 6.3.7 */
	{ "THREAD",           IMAP_OTHER,  IMAP_SELECTED },      /* RFC 5256 3 */
	{ "UNAUTHENTICATE",   IMAP_UNAUTHENTICATE, IMAP_IN },    /* RFC 8437 3 */
	{ "UNSELECT",         IMAP_CLOSE,  IMAP_SELECTED },      /* RFC 9051 6.4.2, RFC 3691 */
	{ "UNSUBSCRIBE",      IMAP_OTHER,  IMAP_IN },            /* RFC 9051 6.3.8 */
	{ "URLFETCH",         IMAP_OTHER,  IMAP_IN },            /* RFC 4467, RFC 5524 */
	{ "XAPPLEPUSHSERVICE", IMAP_OTHER, IMAP_ANY },           /* vendor (Apple) */
	{ "XLIST",            IMAP_OTHER,  IMAP_IN },            /* vendor (Gmail), before RFC 6154 */
	{ "XPROXYAUTH",       IMAP_OTHER,  IMAP_IN },            /* vendor */
};

/* RFC 9051 6.4.9 and the extensions that add a UID form. Sorted. */
static const struct imap_verb uid_verbs[] = {
	{ "UID COPY",         IMAP_OTHER,  IMAP_SELECTED },
	{ "UID EXPUNGE",      IMAP_OTHER,  IMAP_SELECTED, .deed = true },      /* RFC 4315 2.1 */
	{ "UID FETCH",        IMAP_FETCH,  IMAP_SELECTED },
	{ "UID MOVE",         IMAP_OTHER,  IMAP_SELECTED, .words = 1, .skip = 1, .deed = true },
	{ "UID REPLACE",      IMAP_STORE_MESSAGE, IMAP_SELECTED, .words = 1, .skip = 1 },
	{ "UID SEARCH",       IMAP_OTHER,  IMAP_SELECTED },
	{ "UID SORT",         IMAP_OTHER,  IMAP_SELECTED },
	{ "UID STORE",        IMAP_FETCH,  IMAP_SELECTED, .words = 1, .deed = true },
	{ "UID THREAD",       IMAP_OTHER,  IMAP_SELECTED },
};

/* RFC 9051 section 7 and extensions. Sorted. */
static const char *const responses[] = {
	"ACL", "ANNOTATION", "BAD", "BYE", "CAPABILITY", "COMPARATOR", "CONVERSION", "CONVERTED", "ENABLED", "ESEARCH",
	"EXISTS", "EXPUNGE", "FETCH", "FLAGS", "GENURLAUTH", "ID", "JMAPACCESS", "LANGUAGE", "LIST", "LISTRIGHTS", "LSUB",
	"METADATA", "MYRIGHTS", "NAMESPACE", "NO", "OK", "PREAUTH", "QUOTA", "QUOTAROOT", "RECENT", "SEARCH", "SORT",
	"STATUS", "THREAD", "UIDBATCHES", "UIDFETCH", "URLFETCH", "VANISHED", "XLIST",
};
/* clang-format on */

/* As bytes_cmp(), with the case of `a` folded to upper. */
static int
compare(struct bytes a, const char *b)
{
	size_t i;

	for (i = 0; i < a.n && b[i]; i++) {
		int c = a.p[i] >= 'a' && a.p[i] <= 'z' ? a.p[i] - 32 : a.p[i];

		if (c != (uint8_t)b[i])
			return c - (uint8_t)b[i];
	}
	return i < a.n ? 1 : b[i] ? -1 : 0;
}

static int
compare_verb(const void *key, const void *row)
{
	return compare(*(const struct bytes *)key, ((const struct imap_verb *)row)->name);
}

static int
compare_uid_verb(const void *key, const void *row)
{
	return compare(*(const struct bytes *)key, ((const struct imap_verb *)row)->name + 4);
}

static int
compare_name(const void *key, const void *row)
{
	return compare(*(const struct bytes *)key, *(const char *const *)row);
}

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

const struct imap_verb *
imap_verb_find(struct bytes *rest)
{
	struct bytes first = bytes_word(rest), after = *rest, second;
	const struct imap_verb *v;

	if (!bytes_iis(first, "UID"))
		return bsearch(&first, verbs, COUNT(verbs), sizeof(verbs[0]), compare_verb);
	second = bytes_word(&after);
	v = bsearch(
		&second, uid_verbs, COUNT(uid_verbs), sizeof(uid_verbs[0]), compare_uid_verb);
	if (v)
		*rest = after;
	return v;
}

bool
imap_response_known(struct bytes name)
{
	return bsearch(&name, responses, COUNT(responses), sizeof(responses[0]),
		       compare_name) != NULL;
}
