#include "event/event.h"

#include <assert.h>

#include "base/escape.h"

const char *
proto_name(enum proto p)
{
	static const char *const names[] = {
		[PROTO_UNKNOWN] = "unknown",
		[PROTO_SMTP] = "smtp",
		[PROTO_LMTP] = "lmtp",
		[PROTO_POP3] = "pop3",
		[PROTO_IMAP] = "imap",
		[PROTO_TLS] = "tls",
		[PROTO_OTHER] = "other",
	};

	assert((size_t)p < sizeof(names) / sizeof(names[0]));
	return names[p];
}

static const struct {
	const char *name, *layer, *text;
} anomalies[] = {
#define X(id, name, layer, text) [ANOMALY_##id] = {name, layer, text},
	ANOMALIES(X)
#undef X
};

const char *
anomaly_name(enum anomaly_id a)
{
	assert(a < ANOMALY_COUNT);
	return anomalies[a].name;
}

const char *
anomaly_layer(enum anomaly_id a)
{
	assert(a < ANOMALY_COUNT);
	return anomalies[a].layer;
}

const char *
anomaly_text(enum anomaly_id a)
{
	assert(a < ANOMALY_COUNT);
	return anomalies[a].text;
}
