/* Who speaks with whom, and where the event stands in the input: keys that all events have. */
#include "output/log.h"

#include <stdlib.h>

#include "base/arena.h"

/* The name of an input, as a member; that of the last one is kept as it was written. */
static struct bytes
input_member(struct log_sink *k, const struct source_input *in)
{
	struct json j;

	if (k->input != in) {
		k->input = in;
		buf_clear(&k->input_text);
		json_members_of(&j, &k->input_text);
		json_text(&j, in->live ? "in_iface" : "pcap_filename", in->name);
	}
	return buf_bytes(&k->input_text);
}

static void
put_input(struct log_sink *k, uint64_t packet, uint16_t input)
{
	json_u64_opt(&k->json, "pcap_cnt", packet);
	if (k->run->source && input < source_inputs(k->run->source))
		json_members(&k->json, input_member(k, source_input(k->run->source, input)));
}

static void
put_vlan(struct log_sink *k, const struct flow *f)
{
	if (f->n_vlan == 0)
		return;
	json_array(&k->json, "vlan");
	for (unsigned i = 0; i < f->n_vlan; i++)
		json_u64(&k->json, NULL, f->vlan[i]);
	json_close(&k->json);
}

static void
put_end(struct log_sink *k, const struct endpoint *e, const char *ip_key, const char *port_key)
{
	char text[ENDPOINT_TEXT];

	if (e->family == 0)
		return;
	json_text(&k->json, ip_key, endpoint_addr(e, text));
	json_u64_opt(&k->json, port_key, e->port);
}

static const char *
app_proto(const struct session *s)
{
	if (s->proto == PROTO_OTHER)
		return session_word(s, WORD_GUESS);
	return s->proto == PROTO_UNKNOWN ? NULL : proto_name(s->proto);
}

#define LOG_ENDS 4096 /* connections: by flow id */

/* The common keys of a connection, as they were written for the event before. */
struct log_ends {
	uint64_t flow_id; /* 0: none yet */
	struct endpoint client, server;
	bool proxied;
	const char *app;
	struct buf text; /* members before and behind the packet's */
	size_t n_head;   /* bytes of those before */
};

struct log_ends *
log_ends_new(void)
{
	struct log_ends *ends = mem_get(LOG_ENDS * sizeof(*ends));

	for (size_t i = 0; i < LOG_ENDS; i++)
		buf_init(&ends[i].text, SIZE_MAX);
	return ends;
}

void
log_ends_free(struct log_ends **pe)
{
	struct log_ends *ends = *pe;

	if (!ends)
		return;
	for (size_t i = 0; i < LOG_ENDS; i++)
		buf_done(&ends[i].text);
	free(ends);
	*pe = NULL;
}

static bool
same_end(const struct endpoint *a, const struct endpoint *b)
{
	return a->port == b->port && endpoint_same_host(a, b);
}

static void
put_head(struct log_sink *k, const struct session *s, const char *app)
{
	char community[COMMUNITY_TEXT];

	json_u64(&k->json, "flow_id", s->flow->id);
	json_text(&k->json, "community_id",
		community_id(
			k->sha1, COMMUNITY_TCP, &s->flow->client, &s->flow->server, community));
}

/* What the sender of a PROXY header says; the keys before it are those of the packets. */
static void
put_proxied(struct log_sink *k, const struct session *s)
{
	const struct ev_proxy p = session_proxied(s);

	if (!p.known)
		return;
	json_object(&k->json, "proxied");
	put_end(k, &p.src, "src_ip", "src_port");
	put_end(k, &p.dst, "dest_ip", "dest_port");
	json_u64(&k->json, "version", p.version);
	if (p.tls)
		json_bool(&k->json, "tls", true);
	json_close(&k->json);
}

static void
put_tail(struct log_sink *k, const struct session *s, const char *app)
{
	put_vlan(k, s->flow);
	put_end(k, &s->flow->client, "src_ip", "src_port");
	put_end(k, &s->flow->server, "dest_ip", "dest_port");
	put_proxied(k, s);
	json_word(&k->json, "proto", "TCP");
	json_text(&k->json, "app_proto", app);
}

static const struct log_ends *
ends_of(struct log_sink *k, const struct session *s)
{
	struct log_ends *e = &k->ends[s->flow->id % LOG_ENDS];
	const char *app = app_proto(s);
	bool proxied = session_has(s, TEXT_PROXIED);
	struct json was = k->json;

	if (e->flow_id == s->flow->id && e->app == app && e->proxied == proxied &&
		same_end(&e->client, &s->flow->client) &&
		same_end(&e->server, &s->flow->server))
		return e;
	e->flow_id = s->flow->id;
	e->client = s->flow->client;
	e->server = s->flow->server;
	e->app = app;
	e->proxied = proxied;
	buf_clear(&e->text);
	json_members_of(&k->json, &e->text);
	put_head(k, s, app);
	e->n_head = e->text.n;
	json_members_of(&k->json, &e->text);
	put_tail(k, s, app);
	k->json = was;
	return e;
}

void
log_put_session(struct log_sink *k, const struct session *s, uint64_t packet, uint16_t input)
{
	const struct log_ends *e = ends_of(k, s);
	struct bytes text = buf_bytes(&e->text);

	json_members(&k->json, bytes_sub(text, 0, e->n_head));
	put_input(k, packet, input);
	json_members(&k->json, bytes_from(text, e->n_head));
}

void
log_put_loose_ends(struct log_sink *k, const struct flow *f, const struct place *at)
{
	enum community_proto proto = f->id ? COMMUNITY_TCP : COMMUNITY_UDP;
	char community[COMMUNITY_TEXT];

	json_u64_opt(&k->json, "flow_id", f->id);
	json_text(&k->json, "community_id",
		community_id(k->sha1, proto, &f->client, &f->server, community));
	put_input(k, at->packet, at->input);
	put_vlan(k, f);
	put_end(k, &f->client, "src_ip", "src_port");
	put_end(k, &f->server, "dest_ip", "dest_port");
	json_text(&k->json, "proto", proto == COMMUNITY_TCP ? "TCP" : "UDP");
}

void
log_put_finding_ends(struct log_sink *k, const struct finding *f)
{
	const struct endpoint *client = f->via.family ? &f->via : &f->client;
	char text[COMMUNITY_TEXT];

	json_u64_opt(&k->json, "flow_id", f->flow_id);
	if (client->family && f->server.family && client->port && f->server.port)
		json_text(&k->json, "community_id",
			community_id(k->sha1, COMMUNITY_TCP, client, &f->server, text));
	if (f->n_evidence)
		put_input(k, f->evidence[f->n_evidence - 1].at.packet,
			f->evidence[f->n_evidence - 1].at.input);
	put_end(k, client, "src_ip", "src_port");
	put_end(k, &f->server, "dest_ip", "dest_port");
	if (f->via.family) {
		json_object(&k->json, "proxied");
		put_end(k, &f->client, "src_ip", "src_port");
		json_close(&k->json);
	}
	json_word(&k->json, "proto", "TCP");
	if (f->proto != PROTO_UNKNOWN && f->proto != PROTO_OTHER)
		json_text(&k->json, "app_proto", proto_name(f->proto));
}
