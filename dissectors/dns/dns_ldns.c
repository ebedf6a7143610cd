/* The one file that knows ldns. */
#include "dissectors/dns/dns.h"

#include <ldns/ldns.h>

#include "dissectors/dns/check.h"

enum { /* dns_head.flags, RFC 1035 4.1.1, RFC 4035 3.2.3 */
	HEAD_OPCODE = 0x7800,
	HEAD_AA = 0x0400,
	HEAD_TC = 0x0200,
	HEAD_AD = 0x0020,
	HEAD_RCODE = 0x000f,
};

enum {
	NAME_TEXT_MAX = 4 * LDNS_MAX_DOMAINLEN /* every octet as three digits */
};

/* A message being read. */
struct reading {
	struct bytes msg;
	size_t at;
	uint32_t max;
	struct arena *arena;
	struct ev_dns *ret;
	uint8_t *text; /* where names become text: NAME_TEXT_MAX */
	struct dns_record *records;
	bool found; /* a record of the type that was asked for */
	bool soa, ns;
	bool other_class; /* asked for */
};

/* An octet of a label, RFC 1035 5.1; returns behind it. */
static uint8_t *
put_octet(uint8_t *to, uint8_t c)
{
	if (c == '.' || c == ';' || c == '(' || c == ')' || c == '\\') {
		*to++ = '\\';
	} else if (c <= ' ' || c > '~') {
		*to++ = '\\';
		*to++ = (uint8_t)('0' + c / 100);
		*to++ = (uint8_t)('0' + c / 10 % 10);
		c = (uint8_t)('0' + c % 10);
	}
	*to++ = c;
	return to;
}

/*
 * A name of ldns as text, of the arena; mostly it is the one that was asked for. As
 * ldns_rdf2buffer_str_dname() has it, which calls printf() for each octet: that was a third of
 * the time of a capture with DNS in it.
 */
static struct bytes
name_text(struct reading *r, ldns_rdf *name)
{
	const uint8_t *p = ldns_rdf_data(name), *end = p + ldns_rdf_size(name);
	uint8_t *to = r->text;
	struct bytes text;

	if (ldns_rdf_size(name) > LDNS_MAX_DOMAINLEN)
		return BYTES_NONE;
	ldns_dname2canonical(name);
	while (p < end && *p) {
		size_t n = *p++;

		if (to > r->text)
			*to++ = '.';
		for (; n && p < end; n--)
			to = put_octet(to, *p++);
	}
	if (to == r->text)
		*to++ = '.'; /* the root */
	text = (struct bytes){r->text, (size_t)(to - r->text)};
	if (bytes_eq(text, r->ret->name))
		return r->ret->name;
	return arena_copy(r->arena, text);
}

static struct bytes
joined_strings(struct reading *r, const ldns_rr *rr)
{
	size_t n = 0;
	uint8_t *p;

	for (size_t i = 0; i < ldns_rr_rd_count(rr); i++)
		n += ldns_rdf_size(ldns_rr_rdf(rr, i)) - 1;
	if (!n)
		return BYTES_NONE;
	p = arena_get(r->arena, n);
	n = 0;
	for (size_t i = 0; i < ldns_rr_rd_count(rr); i++) {
		const ldns_rdf *s = ldns_rr_rdf(rr, i);

		memcpy(p + n, ldns_rdf_data(s) + 1, ldns_rdf_size(s) - 1);
		n += ldns_rdf_size(s) - 1;
	}
	return (struct bytes){p, n};
}

static void
take_data(struct reading *r, const struct dns_rr *at, const ldns_rr *rr, struct dns_record *ret)
{
	switch (at->type) {
	case DNS_CNAME:
	case DNS_PTR:
		ret->data = name_text(r, ldns_rr_rdf(rr, 0));
		break;
	case DNS_MX:
		ret->preference = ldns_rdf2native_int16(ldns_rr_rdf(rr, 0));
		ret->data = name_text(r, ldns_rr_rdf(rr, 1));
		break;
	case DNS_TXT:
		ret->data = joined_strings(r, rr);
		break;
	default:
		ret->data = arena_copy(r->arena, at->data);
		break;
	}
}

static bool
is_kept(const struct dns_rr *rr)
{
	return rr->class == DNS_CLASS_IN && rr->type != DNS_SOA && rr->type != DNS_OPT &&
	       dns_type_name(rr->type);
}

/* False: ldns does not take what we took for sound. */
static bool
keep(struct reading *r, const struct dns_rr *at)
{
	struct ev_dns *ret = r->ret;
	struct dns_record *to;
	size_t pos = at->start;
	ldns_rr *rr;

	if (ret->n == r->max) {
		ret->cut = true;
		return true;
	}
	if (ldns_wire2rr(&rr, r->msg.p, r->msg.n, &pos, LDNS_SECTION_ANSWER) != LDNS_STATUS_OK)
		return false;
	to = &r->records[ret->n++];
	to->type = at->type;
	/* RFC 2181 8: one with the highest bit is 0. */
	to->ttl_s = at->ttl_s & 0x80000000 ? 0 : at->ttl_s;
	to->owner = name_text(r, ldns_rr_owner(rr));
	take_data(r, at, rr, to);
	ldns_rr_free(rr);
	return true;
}

static void
note_authority(struct reading *r, const struct dns_rr *rr)
{
	const uint8_t *minimum;
	uint32_t min_s;

	r->ns |= rr->type == DNS_TYPE_NS;
	if (rr->type != DNS_SOA || rr->class != DNS_CLASS_IN || r->soa)
		return;
	r->soa = true;
	minimum = rr->data.p + rr->data.n - 4;
	min_s = (uint32_t)minimum[0] << 24 | (uint32_t)minimum[1] << 16 |
		(uint32_t)minimum[2] << 8 | minimum[3];
	r->ret->negative_ttl_s = min_s < rr->ttl_s ? min_s : rr->ttl_s;
}

/* RFC 6891 6.1.3: the upper bits of the rcode lie in the TTL. */
static bool
take_record(struct reading *r, enum dns_section in, const struct dns_rr *rr)
{
	if (in == DNS_ADDITIONAL && rr->type == DNS_OPT)
		r->ret->rcode |= (uint16_t)(rr->ttl_s >> 24 << 4);
	if (in == DNS_AUTHORITY)
		note_authority(r, rr);
	if (in != DNS_ANSWERS || !is_kept(rr))
		return true;
	r->found |= rr->type == r->ret->type;
	return keep(r, rr);
}

static bool
take_records(struct reading *r, const struct dns_head *head)
{
	size_t most = head->records[DNS_ANSWERS];

	if (most > r->max)
		most = r->max;
	if (most > r->msg.n / 11) /* a record has at least so many octets */
		most = r->msg.n / 11;
	r->records = arena_get(r->arena, (most + 1) * sizeof(*r->records));
	r->ret->records = r->records;
	for (int in = 0; in < DNS_SECTIONS; in++) {
		for (uint32_t i = 0; i < head->records[in]; i++) {
			struct dns_rr rr;

			if (dns_rr_read(r->msg, &r->at, &rr)) {
				if (!take_record(r, (enum dns_section)in, &rr))
					return false;
				continue;
			}
			/* RFC 2181 9: where it was cut there may be a part of a record. */
			r->ret->cut = true;
			return head->flags & HEAD_TC;
		}
	}
	return true;
}

static bool
take_question(struct reading *r)
{
	ldns_rr *rr;
	size_t end = r->at;

	if (!dns_name_skip(r->msg, &end) || r->msg.n - end < 4)
		return false;
	if (ldns_wire2rr(&rr, r->msg.p, r->msg.n, &r->at, LDNS_SECTION_QUESTION) !=
		LDNS_STATUS_OK)
		return false;
	r->ret->name = name_text(r, ldns_rr_owner(rr));
	r->ret->type = (uint16_t)ldns_rr_get_type(rr);
	r->other_class = ldns_rr_get_class(rr) != LDNS_RR_CLASS_IN;
	ldns_rr_free(rr);
	return true;
}

static enum dns_result
read_answer(struct reading *r, const struct dns_head *head)
{
	struct ev_dns *ret = r->ret;

	r->at = DNS_HEADER_BYTES;
	if (!take_question(r))
		return DNS_READ_MALFORMED;
	ret->rcode = head->flags & HEAD_RCODE;
	ret->flags = (head->flags & HEAD_AA ? DNS_AA : 0u) |
		     (head->flags & HEAD_TC ? DNS_TC : 0u) |
		     (head->flags & HEAD_AD ? DNS_AD : 0u);
	if (!take_records(r, head))
		return DNS_READ_MALFORMED;
	if (!r->found && r->ns && !r->soa) /* RFC 2308 2.1: "go there", which denies nothing */
		ret->flags |= DNS_REFERRAL;
	if (r->found)
		ret->negative_ttl_s = 0;
	return r->other_class ? DNS_READ_OTHER : DNS_READ_ANSWER;
}

/* Whatever else goes over this port: an answer to one question is all that is ours. */
static bool
is_answer(struct bytes msg, struct dns_head *head)
{
	return dns_head_read(msg, head) && dns_head_answers(head) &&
	       !(head->flags & HEAD_OPCODE) && head->questions == 1;
}

enum dns_result
dns_read(struct bytes message, uint32_t max, struct arena *a, struct ev_dns *ret)
{
	uint8_t text[NAME_TEXT_MAX];
	struct reading r = {.msg = message, .max = max, .arena = a, .ret = ret, .text = text};
	struct dns_head head;

	*ret = (struct ev_dns){.type = 0};
	if (!is_answer(message, &head))
		return DNS_READ_OTHER;
	return read_answer(&r, &head);
}

const char *
dns_library(void)
{
	return "ldns " LDNS_VERSION;
}
