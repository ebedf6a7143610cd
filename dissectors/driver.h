/*
 * Between the streams and the dissectors: tells which dissector a connection needs, keeps the
 * bytes it did not use, changes layers (plain → TLS, DEFLATE, SASL and back), and gives every
 * event its place. One driver a worker; it shares nothing.
 */
#ifndef MS_DISSECTORS_DRIVER_H
#define MS_DISSECTORS_DRIVER_H

#include "dissectors/dissector.h"
#include "stream/stream.h"

struct guess;
struct keylog;

/* What the driver tells; the pipeline hands it on to the model. */
struct driver_sink {
	void *user;
	/* This connection is mail, or speaks TLS or something else on a mail port. What is
	 * returned comes back as `session`. */
	void *(*open)(void *user, struct flow *f);
	void (*event)(void *user, void *session, const struct event *e);
	/* It is on a mail port and not mail: name (static or NULL), first bytes of both
	 * directions. No events follow but gaps. */
	void (*not_mail)(void *user, void *session, const char *name, struct bytes c2s,
		struct bytes s2c);
	/*
	 * What belongs to no session: EV_DNS, and EV_ANOMALY of layer "dns". Of f the ends,
	 * VLANs and id hold; id 0: it was a datagram. NULL: not wanted.
	 */
	void (*loose)(void *user, const struct flow *f, const struct event *e);
	/* f->reason says why. f is gone afterwards. */
	void (*close)(void *user, void *session, struct flow *f);
};

struct driver_counts {
	uint64_t connections; /* with payload */
	uint64_t mail, not_mail;
	size_t memory_bytes; /* held now: connections with their dissectors, kept bytes */
};

struct driver;
/* limits NULL: dis_limits_default. g may be NULL: nothing is asked of nDPI. */
struct driver *driver_new(
	const struct dis_limits *limits, struct guess *g, const struct driver_sink *sink);
void driver_free(struct driver **d);
/* TLS that begins from now on is decrypted with what is in it. Borrowed; may be shared with
 * other drivers. */
void driver_set_keylog(struct driver *d, struct keylog *k);
/* The callbacks for streams_new(); their user is the driver. */
struct stream_sink driver_stream_sink(struct driver *d);
/* A datagram of UDP: an answer of DNS is told, anything else passed over. */
void driver_datagram(struct driver *d, const struct segment *seg);
const struct driver_counts *driver_counts(const struct driver *d);

#endif
