/*
 * What a PROXY header says of a session, and until when it is believed. Whoever can connect to
 * a server can write one.
 */
#include "model/track.h"

#include <string.h>

void
proxied_header(struct model *m, struct session *s, const struct event *e)
{
	const struct ev_proxy *p = &e->proxy;

	s->proxy_bytes = (uint16_t)e->at.len;
	if (p->known)
		update_text(m, s, TEXT_PROXIED, (struct bytes){(const uint8_t *)p, sizeof(*p)});
}

/*
 * A server that does not expect a PROXY header takes it for a command and answers it: there is
 * a reply too many then, and anybody may have written the header. 421 and BYE may come at any
 * time (RFC 5321 section 3.8, RFC 3501 section 7.1.5).
 */
void
proxied_reply(struct session *s, const struct ev_reply *r)
{
	if (!s->authenticated && r->unsolicited && r->code != 421 &&
		!bytes_iis(r->status, "BYE"))
		facts_put(&s->facts, TEXT_PROXIED, BYTES_NONE);
}

struct ev_proxy
session_proxied(const struct session *s)
{
	struct bytes kept = session_text(s, TEXT_PROXIED);
	struct ev_proxy p = {0};

	if (kept.n == sizeof(p))
		memcpy(&p, kept.p, sizeof(p));
	return p;
}

struct endpoint
session_client(const struct session *s)
{
	struct ev_proxy p = session_proxied(s);

	return p.known ? p.src : s->flow->client;
}

struct endpoint
session_via(const struct session *s)
{
	return session_has(s, TEXT_PROXIED) ? s->flow->client : (struct endpoint){0};
}
