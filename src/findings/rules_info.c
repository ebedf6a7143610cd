/* What servers tell of themselves, FINDINGS.md 5.12. */
#include "findings/text.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#define NETBIOS_NAME 15 /* octets at most */

/* info.banner.version */

/* The hit that names it; false: there is none to make. */
static bool
product_hit(struct hit *h, const struct rule *r, struct session *s, const struct product *p)
{
	if (!p->name.n || endpoint_is_loopback(&s->flow->server))
		return false;
	hit_init(h, r, s, p->version.n ? "version" : "product");
	h->named = true;
	h->severity = p->version.n ? SEV_LOW : SEV_INFO;
	return true;
}

/* What a greeting says to people: a capability list of IMAP before it is left out. */
static struct bytes
spoken(struct bytes text)
{
	size_t end = bytes_find(text, ']');

	return bytes_starts(text, "[CAPABILITY ") && end < text.n
		       ? bytes_trim(bytes_from(text, end + 1))
		       : text;
}

/* Replies that servers put their name into, beside the greeting. */
static bool
introduces(const char *verb)
{
	static const char *const verbs[] = {"HELP", "QUIT", "EHLO", "HELO", "LHLO", NULL};

	for (size_t i = 0; verb && verbs[i]; i++)
		if (*verb == *verbs[i] && strcmp(verb, verbs[i]) == 0)
			return true;
	return false;
}

/* The first line of a reply, as far as it is the server's own: behind "Hello" stands what the
 * client has just called itself. */
static struct bytes
own_words(struct bytes text)
{
	struct bytes line = bytes_line(&text);

	return bytes_sub(line, 0, bytes_isearch(line, BYTES(" hello")));
}

/* What the client said itself is no word of the server's. */
static bool
echoed(const struct session *s, struct bytes text)
{
	struct bytes name = session_text(s, TEXT_CLIENT_NAME);

	return text.n && bytes_isearch(name, text) != SIZE_MAX;
}

static void
banner_version(struct findings *f, const struct rule *r, struct session *s, struct fstate *st,
	const struct wake *w)
{
	const struct event *e = w->event;
	char said[EVIDENCE_TEXT];
	struct bytes text;
	struct product p;
	struct hit h;

	if (e->type == EV_GREETING) {
		if (!product_hit(&h, r, s, &s->greeting->product))
			return;
		hit_wire(f, &h, &e->at, "greeting: ", spoken(e->greeting.text), NULL, 0);
	} else if (e->type == EV_SOFTWARE) {
		p = (struct product){e->software.name, e->software.version};
		if (e->software.who != DIR_S2C || !product_hit(&h, r, s, &p))
			return;
		snprintf(said, sizeof(said), "%.*s%s%.*s", BYTES_FMT(p.name),
			p.version.n ? " " : "", BYTES_FMT(p.version));
		hit_wire(f, &h, &e->at, s->proto == PROTO_POP3 ? "IMPLEMENTATION " : "ID ",
			bytes_str(said), NULL, 0);
	} else {
		if (!introduces(e->reply.verb))
			return;
		text = own_words(e->reply.text);
		p = software_with_version(text);
		if (!p.name.n || echoed(s, p.version) || !product_hit(&h, r, s, &p))
			return;
		hit_wire(f, &h, &e->at, NULL, text, NULL, 0);
	}
	record_hit(f, &h);
}

/* info.internal_name */

static const struct {
	const char *word, *reason;
	enum severity severity;
} inner_words[] = {
	{"Traceback (most recent call", "stack_trace", SEV_MEDIUM},
	{"Exception in thread", "stack_trace", SEV_MEDIUM},
	{"SQLSTATE", "database", SEV_MEDIUM},
	{"mysql", "database", SEV_MEDIUM},
	{"PostgreSQL", "database", SEV_MEDIUM},
	{"ORA-0", "database", SEV_MEDIUM},
	{"/var/", "path", SEV_MEDIUM},
	{"/home/", "path", SEV_MEDIUM},
	{"/usr/", "path", SEV_MEDIUM},
	{"/etc/", "path", SEV_MEDIUM},
	{"/opt/", "path", SEV_MEDIUM},
	{":\\Program Files", "path", SEV_MEDIUM},
	{":\\Windows\\", "path", SEV_MEDIUM},
};

static const char *const inner_domains[] = {
	".local", ".lan", ".internal", ".corp", ".home", ".intra", NULL};

struct inner {
	struct bytes where;
	const char *reason; /* NULL: nothing */
	enum severity severity;
};

static bool
is_inner_address(struct bytes word)
{
	struct endpoint e = {.family = bytes_find(word, ':') < word.n ? 6 : 4};
	char text[INET6_ADDRSTRLEN];

	if (word.n >= sizeof(text))
		return false;
	snprintf(text, sizeof(text), "%.*s", BYTES_FMT(word));
	return inet_pton(e.family == 6 ? AF_INET6 : AF_INET, text, e.addr) == 1 &&
	       endpoint_is_private(&e);
}

static bool
is_inner_name(struct bytes word)
{
	for (size_t i = 0; inner_domains[i]; i++) {
		struct bytes end = bytes_str(inner_domains[i]);

		if (word.n > end.n && bytes_ieq(bytes_from(word, word.n - end.n), end))
			return true;
	}
	return false;
}

/* "EXCHANGE01": the name of a Windows computer, in the place where a domain belongs. */
static bool
is_netbios_name(struct bytes word)
{
	for (size_t i = 0; i < word.n; i++)
		if (!(word.p[i] >= 'A' && word.p[i] <= 'Z') &&
			!(word.p[i] >= '0' && word.p[i] <= '9') && word.p[i] != '-')
			return false;
	return word.n > 1 && word.n <= NETBIOS_NAME && !bytes_is(word, "SMTP") &&
	       !bytes_is(word, "ESMTP") && !bytes_is(word, "LMTP");
}

/* Of a host name or an address, zone and prefix "IPv6:" of RFC 5321 §4.1.3 aside. */
static bool
in_host(uint8_t c)
{
	return (c | 0x20) >= 'a' && (c | 0x20) <= 'z'
		       ? true
		       : (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '_' || c == ':';
}

/* The first address or name of an inner network in the text that the client did not say. Parts
 * of mail addresses are none: those are what the client asked for. */
static struct inner
inner_host(const struct session *s, struct bytes text)
{
	for (size_t i = 0, from; i < text.n; i++) {
		struct bytes word;

		for (from = i; i < text.n && in_host(text.p[i]);)
			i++;
		word = bytes_sub(text, from, i - from);
		if (bytes_istarts(word, "IPv6:"))
			word = bytes_from(word, strlen("IPv6:"));
		while (word.n && (word.p[word.n - 1] == '.' || word.p[word.n - 1] == ':'))
			word.n--;
		if (!word.n || (from && text.p[from - 1] == '@') || echoed(s, word))
			continue;
		if (is_inner_address(word))
			return (struct inner){word, "private_address", SEV_LOW};
		if (is_inner_name(word))
			return (struct inner){word, "internal_domain", SEV_LOW};
	}
	return (struct inner){0};
}

static struct inner
inner_word(struct bytes text)
{
	for (size_t i = 0; i < sizeof(inner_words) / sizeof(inner_words[0]); i++) {
		struct bytes word = bytes_str(inner_words[i].word);

		if (bytes_search(text, word) != SIZE_MAX)
			return (struct inner){
				word, inner_words[i].reason, inner_words[i].severity};
	}
	return (struct inner){0};
}

/* May the reply repeat an address of a command? */
static bool
repeats_address(const char *verb)
{
	return !verb || strcmp(verb, "MAIL") == 0 || strcmp(verb, "RCPT") == 0 ||
	       strcmp(verb, "VRFY") == 0 || strcmp(verb, "EXPN") == 0;
}

static bool
is_outsider(const struct session *s)
{
	const struct endpoint client = session_client(s);

	return !endpoint_is_private(&client) && !endpoint_is_loopback(&client);
}

static struct inner
inner_greeting(const struct session *s, const struct ev_greeting *g)
{
	struct inner found = inner_host(s, g->text);

	if (!found.reason && is_netbios_name(g->server_name))
		found = (struct inner){g->server_name, "single_label", SEV_LOW};
	return found;
}

static struct inner
inner_reply(const struct session *s, const struct ev_reply *r, bool refused, struct bytes text)
{
	struct inner found = refused ? inner_word(text) : (struct inner){0};

	if (!found.reason && !repeats_address(r->verb))
		found = inner_host(s, text);
	return found;
}

static void
internal_name(struct findings *f, const struct rule *r, struct session *s, struct fstate *st,
	const struct wake *w)
{
	const struct event *e = w->event;
	bool greeting = e->type == EV_GREETING,
	     refused = !greeting && (e->reply.kind == REPLY_NO || e->reply.kind == REPLY_BAD);
	struct bytes text;
	struct inner found;
	struct hit h;

	if ((!greeting && !refused && !introduces(e->reply.verb)) || !is_outsider(s))
		return;
	text = greeting ? e->greeting.text : refused ? e->reply.text : own_words(e->reply.text);
	found = greeting ? inner_greeting(s, &e->greeting)
			 : inner_reply(s, &e->reply, refused, text);
	if (!found.reason)
		return;
	hit_init(&h, r, s, found.reason);
	h.named = true;
	h.severity = found.severity;
	hit_wire(f, &h, &e->at, greeting ? "greeting: " : NULL, text, NULL, 0);
	hit_note(&h, "%.*s", BYTES_FMT(found.where));
	record_hit(f, &h);
}

/* clang-format off */
const struct rule rules_info[] = {
	{&row_info_banner_version, WAKE(EV_GREETING) | WAKE(EV_REPLY) | WAKE(EV_SOFTWARE), EMIT_NOW, 0, banner_version},
	{&row_info_internal_name, WAKE(EV_GREETING) | WAKE(EV_REPLY), EMIT_NOW, 0, internal_name},
	{.row = NULL},
};
/* clang-format on */
