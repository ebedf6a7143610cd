/* What a session's events say of STARTTLS, its service and its role; and what other sessions of
 * the same server add. */
#ifndef MS_MODEL_VERDICT_H
#define MS_MODEL_VERDICT_H

#include "model/session.h"

/* From the session alone. Sets verdict, verdict_why, tls, service and role. */
void verdict_update(struct session *s);

/* Did TLS come of it? Records of both sides, or of the only side that was captured, and no
 * fatal alert. */
bool verdict_tls_followed(const struct session *s);

/* Which servers offered STARTTLS, to whom: the memory behind `stripped`. */
struct offers;
struct offers *offers_new(size_t max_services);
void offers_free(struct offers **o);
/* Remembers that this session was offered STARTTLS in clear, before any login. */
void offers_note(struct offers *o, const struct session *s);
/*
 * Turns `not_offered` into `stripped` when the same server offered it in another session: to
 * the same client network, or with a list that is otherwise equal; another server name behind
 * the same address (load balancer) does not count.
 */
void offers_judge(const struct offers *o, struct session *s);
size_t offers_memory(const struct offers *o);

#endif
