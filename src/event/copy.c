#include "event/copy.h"

#include <assert.h>

enum {
	LOANS_MAX = 16 /* struct bytes of an event, with the 0 behind them */
};

/* How much of struct event a type needs, and where in it loans are. One that holds others goes
 * before them. */
struct shape {
	uint16_t size;
	uint16_t loans[LOANS_MAX]; /* end with 0 */
};

#define AT(member) offsetof(struct event, member)
#define SIZE(member) (AT(member) + sizeof(((struct event *)NULL)->member))
#define DETAIL(member)                                                                         \
	AT(member.domain), AT(member.workstation), AT(member.ntlm_target), AT(member.qop),     \
		AT(member.realm), AT(member.service), AT(member.jwt), AT(member.error),        \
		AT(member.trace)

/* clang-format off */
static const struct shape shapes[] = {
	[EV_PROTO] = {SIZE(proto), {0}},
	[EV_GREETING] = {SIZE(greeting), {AT(greeting.text), AT(greeting.server_name), AT(greeting.apop)}},
	[EV_COMMAND] = {SIZE(command), {AT(command.line), AT(command.args), AT(command.tag)}},
	[EV_REPLY] = {SIZE(reply), {AT(reply.text), AT(reply.status), AT(reply.tag), AT(reply.enhanced),
		AT(reply.resp_code)}},
	[EV_CAPS] = {SIZE(caps), {0}},
	[EV_HELLO] = {SIZE(hello), {AT(hello.name)}},
	[EV_LOGIN] = {SIZE(login), {AT(login.mechanism), AT(login.user), AT(login.authzid), AT(login.secret),
		AT(login.reply), DETAIL(login.detail)}},
	[EV_STARTTLS] = {SIZE(starttls), {AT(starttls.text)}},
	[EV_TLS] = {SIZE(tls), {AT(tls.sni)}},
	[EV_MAIL] = {SIZE(mail), {AT(mail.path), AT(mail.params)}},
	[EV_RCPT] = {SIZE(rcpt), {AT(rcpt.path), AT(rcpt.params), AT(rcpt.reply), AT(rcpt.enhanced)}},
	[EV_ASKED] = {SIZE(asked), {AT(asked.args), AT(asked.reply), AT(asked.enhanced)}},
	[EV_TX_END] = {SIZE(tx_end), {AT(tx_end.reply)}},
	[EV_MAILBOX] = {SIZE(mailbox), {AT(mailbox.name)}},
	[EV_MSG_BEGIN] = {SIZE(msg_begin), {AT(msg_begin.section), AT(msg_begin.mailbox)}},
	[EV_MSG_DATA] = {SIZE(msg_data), {AT(msg_data.data)}},
	[EV_MSG_END] = {SIZE(msg_end), {0}},
	[EV_SOFTWARE] = {SIZE(software), {AT(software.fields), AT(software.name),
		AT(software.version), AT(software.os), AT(software.origin)}},
	[EV_SASL_INFO] = {SIZE(sasl), {AT(sasl.mechanism), DETAIL(sasl.detail)}},
	[EV_ANOMALY] = {SIZE(anomaly), {AT(anomaly.detail)}},
	[EV_GAP] = {SIZE(gap), {0}},
	[EV_LAYER] = {SIZE(layer), {0}},
	[EV_LINE] = {SIZE(line), {AT(line)}},
	[EV_DNS] = {SIZE(dns), {AT(dns.name)}},
	[EV_PROXY] = {SIZE(proxy), {0}},
	[EV_DEED] = {SIZE(deed), {AT(deed.mailbox), AT(deed.who), AT(deed.rights)}},
};
/* clang-format on */

#define HELLO(member) offsetof(struct tls_hello, member)
/* Most of it lies within the extensions. */
static const uint16_t hello_loans[] = {HELLO(extensions), HELLO(random), HELLO(session),
	HELLO(ciphers), HELLO(compressions), HELLO(versions), HELLO(groups), HELLO(key_shares),
	HELLO(key_share), HELLO(sigalgs), HELLO(sigalgs_cert), HELLO(point_formats),
	HELLO(psk_modes), HELLO(psks), HELLO(sni), HELLO(alpn), 0};

static struct bytes *
loan_at(void *e, size_t off)
{
	return (struct bytes *)((char *)e + off);
}

static bool
is_within(struct bytes part, struct bytes whole)
{
	return part.n <= whole.n && (uintptr_t)part.p >= (uintptr_t)whole.p &&
	       (uintptr_t)part.p - (uintptr_t)whole.p <= whole.n - part.n;
}

/* The texts of a command or a reply mostly lie within its line. `e`: a struct event, or
 * another with loans. */
static void
copy_loans(struct arena *a, void *e, const uint16_t *loans)
{
	struct bytes whole = BYTES_NONE, copy = BYTES_NONE;

	for (; *loans; loans++) {
		struct bytes *b = loan_at(e, *loans);

		if (!b->n) {
			*b = BYTES_NONE;
		} else if (whole.n && is_within(*b, whole)) {
			b->p = copy.p + (b->p - whole.p);
		} else {
			struct bytes out = arena_copy(a, *b);

			if (b->n > whole.n) {
				whole = *b;
				copy = out;
			}
			*b = out;
		}
	}
}

static const struct mask *
copy_masks(struct arena *a, const struct mask *in, size_t n)
{
	struct mask *out;

	if (!n)
		return NULL;
	out = arena_get(a, n * sizeof(*out));
	for (size_t i = 0; i < n; i++) {
		out[i] = in[i];
		out[i].secret = arena_copy(a, in[i].secret);
	}
	return out;
}

static const struct bytes *
copy_list(struct arena *a, const struct bytes *in, size_t n)
{
	struct bytes *out;

	if (!n)
		return NULL;
	out = arena_get(a, n * sizeof(*out));
	for (size_t i = 0; i < n; i++)
		out[i] = arena_copy(a, in[i]);
	return out;
}

static void
copy_tls(struct arena *a, struct ev_tls *t)
{
	if (t->hello) {
		struct tls_hello *h = arena_get(a, sizeof(*h));

		*h = *t->hello;
		copy_loans(a, h, hello_loans);
		t->hello = h;
	}
	if (t->kex) {
		struct tls_kex *k = arena_get(a, sizeof(*k));

		*k = *t->kex;
		k->prime = arena_copy(a, k->prime);
		t->kex = k;
	}
	t->certs = copy_list(a, t->certs, t->n_certs);
}

static const struct dns_record *
copy_records(struct arena *a, const struct dns_record *in, size_t n)
{
	struct dns_record *out;

	if (!n)
		return NULL;
	out = arena_get(a, n * sizeof(*out));
	for (size_t i = 0; i < n; i++) {
		out[i] = in[i];
		out[i].owner = arena_copy(a, in[i].owner);
		out[i].data = arena_copy(a, in[i].data);
	}
	return out;
}

/* What is reached through a pointer. */
static void
copy_pointers(struct arena *a, struct event *e)
{
	if (e->type == EV_COMMAND)
		e->command.masks = copy_masks(a, e->command.masks, e->command.n_masks);
	else if (e->type == EV_REPLY)
		e->reply.masks = copy_masks(a, e->reply.masks, e->reply.n_masks);
	else if (e->type == EV_CAPS)
		e->caps.items = copy_list(a, e->caps.items, e->caps.n);
	else if (e->type == EV_TLS)
		copy_tls(a, &e->tls);
	else if (e->type == EV_DNS)
		e->dns.records = copy_records(a, e->dns.records, e->dns.n);
}

const struct event *
event_copy(struct arena *a, const struct event *e)
{
	const struct shape *s = &shapes[e->type];
	struct event *ret;

	assert((size_t)e->type < sizeof(shapes) / sizeof(shapes[0]) && s->size);
	ret = (struct event *)(uintptr_t)arena_copy(
		a, (struct bytes){(const uint8_t *)e, s->size})
		      .p;
	copy_loans(a, ret, s->loans);
	copy_pointers(a, ret);
	return ret;
}
