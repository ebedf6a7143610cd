/*
 * The one file that knows nDPI (4.2 and later). nDPI reads IP packets of a flow, so the first
 * bytes of each direction are put into made-up ones. Their addresses are of no network, for
 * nDPI also knows whose networks belong to which service.
 */
#include <ctype.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include <ndpi_api.h>

#include "base/arena.h"
#include "guess/guess.h"

enum {
	PACKET_HEADERS = 40, /* IPv4 and TCP without options */
	NAME_BYTES = 24,
	FLAG_SYN = 0x02,
	FLAG_ACK = 0x10,
	FLAG_PSH_ACK = 0x18,
};

struct guess {
	struct ndpi_detection_module_struct
		*module; /* NULL until it is needed, and when it cannot be had */
	bool tried;
};

/* Names by nDPI's number, in lower case, filled once: they outlive every module. */
static char names[NDPI_MAX_SUPPORTED_PROTOCOLS][NAME_BYTES];
static bool named;
/* ndpi_api.h: modules must not be made in parallel. */
static pthread_mutex_t making = PTHREAD_MUTEX_INITIALIZER;

/* Where the names of guess_banner.c differ. */
static const struct {
	uint16_t id;
	const char *name;
} ours[] = {
	{NDPI_PROTOCOL_FTP_CONTROL, "ftp"},
	{NDPI_PROTOCOL_JABBER, "xmpp"},
	{NDPI_PROTOCOL_SMBV1, "smb"},
	{NDPI_PROTOCOL_SMBV23, "smb"},
	{NDPI_PROTOCOL_VNC, "rfb"},
};

/* What our own dissectors refused is not mail because nDPI thinks so. */
static const uint16_t mail[] = {
	NDPI_PROTOCOL_MAIL_SMTP,
	NDPI_PROTOCOL_MAIL_SMTPS,
	NDPI_PROTOCOL_MAIL_POP,
	NDPI_PROTOCOL_MAIL_POPS,
	NDPI_PROTOCOL_MAIL_IMAP,
	NDPI_PROTOCOL_MAIL_IMAPS,
};

static void
name_all(struct ndpi_detection_module_struct *module)
{
	for (uint16_t id = 1; id < NDPI_MAX_SUPPORTED_PROTOCOLS; id++) {
		const char *s = ndpi_get_proto_name(module, id);

		for (size_t i = 0; s && s[i] && i < NAME_BYTES - 1; i++)
			names[id][i] = (char)tolower((unsigned char)s[i]);
	}
	for (size_t i = 0; i < sizeof(ours) / sizeof(*ours); i++)
		strcpy(names[ours[i].id], ours[i].name);
	for (size_t i = 0; i < sizeof(mail) / sizeof(*mail); i++)
		names[mail[i]][0] = 0;
}

struct guess *
guess_new(void)
{
	return mem_get(sizeof(struct guess));
}

void
guess_free(struct guess **g)
{
	if (!*g)
		return;
	if ((*g)->module)
		ndpi_exit_detection_module((*g)->module);
	free(*g);
	*g = NULL;
}

static void
module_make(struct guess *g)
{
	NDPI_PROTOCOL_BITMASK all;

	g->tried = true;
	pthread_mutex_lock(&making);
	g->module = ndpi_init_detection_module(ndpi_dont_load_tor_hosts);
	if (g->module) {
		NDPI_BITMASK_SET_ALL(all);
		ndpi_set_protocol_detection_bitmask2(g->module, &all);
		ndpi_finalize_initialization(g->module);
		if (!named)
			name_all(g->module);
		named = true;
	}
	pthread_mutex_unlock(&making);
}

static void
put16(uint8_t *p, size_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

struct talk { /* one made-up connection */
	uint16_t port[2];
	uint32_t seq[2];
	uint64_t ms;
};

/* One packet of direction d; *ret is what nDPI says after it. */
static void
say(struct guess *g, struct ndpi_flow_struct *flow, struct talk *t, enum dir d, uint8_t flags,
	struct bytes payload, ndpi_protocol *ret)
{
	uint8_t p[PACKET_HEADERS + GUESS_HEAD_BYTES] = {
		0x45, [6] = 0x40, [8] = 64, [9] = 6, [12] = 192, 0, 2, 1, 192, 0, 2,
		2, [32] = 0x50};

	payload = bytes_sub(payload, 0, GUESS_HEAD_BYTES);
	put16(p + 2, PACKET_HEADERS + payload.n);
	p[15] = d == DIR_C2S ? 1 : 2;
	p[19] = d == DIR_C2S ? 2 : 1;
	put16(p + 20, t->port[d]);
	put16(p + 22, t->port[!d]);
	put16(p + 26, t->seq[d]);
	put16(p + 30, flags & FLAG_ACK ? t->seq[!d] : 0);
	p[33] = flags;
	put16(p + 34, 8192);
	if (payload.n)
		memcpy(p + PACKET_HEADERS, payload.p, payload.n);
	t->seq[d] += (uint32_t)payload.n + (flags & FLAG_SYN ? 1 : 0);
	*ret = ndpi_detection_process_packet(
		g->module, flow, p, (unsigned short)(PACKET_HEADERS + payload.n), t->ms++);
}

/* The service inside (a company's name, say) is not asked for: only what is spoken. */
static const char *
name_of(const ndpi_protocol *r)
{
	uint16_t id = r->master_protocol ? r->master_protocol : r->app_protocol;

	return id < NDPI_MAX_SUPPORTED_PROTOCOLS && names[id][0] ? names[id] : NULL;
}

static const char *
ask(struct guess *g, struct talk *t, struct bytes c2s, struct bytes s2c)
{
	struct ndpi_flow_struct *flow = ndpi_flow_malloc(
		ndpi_detection_get_sizeof_ndpi_flow_struct());
	ndpi_protocol r = NDPI_PROTOCOL_NULL;
	u_int8_t guessed = 0;
	bool sure;

	if (!flow)
		return NULL;
	memset(flow, 0, ndpi_detection_get_sizeof_ndpi_flow_struct());
	say(g, flow, t, DIR_C2S, FLAG_SYN, BYTES_NONE, &r);
	say(g, flow, t, DIR_S2C, FLAG_SYN | FLAG_ACK, BYTES_NONE, &r);
	say(g, flow, t, DIR_C2S, FLAG_ACK, BYTES_NONE, &r);
	if (c2s.n)
		say(g, flow, t, DIR_C2S, FLAG_PSH_ACK, c2s, &r);
	if (s2c.n)
		say(g, flow, t, DIR_S2C, FLAG_PSH_ACK, s2c, &r);
	if (!r.app_protocol && !r.master_protocol)
		r = ndpi_detection_giveup(g->module, flow, 0, &guessed);
	sure = flow->confidence == NDPI_CONFIDENCE_DPI && !guessed;
	ndpi_free_flow(flow);
	return sure ? name_of(&r) : NULL;
}

const char *
guess_flow(struct guess *g, uint16_t client_port, uint16_t server_port, struct bytes c2s,
	struct bytes s2c)
{
	struct talk t = {.port = {client_port, server_port}, .seq = {1, 1}, .ms = 1};
	const char *name = guess_banner(c2s, s2c);

	if (name || (!c2s.n && !s2c.n))
		return name;
	if (!g->tried)
		module_make(g);
	return g->module ? ask(g, &t, c2s, s2c) : NULL;
}

const char *
guess_library(void)
{
	static char text[32];

	pthread_mutex_lock(&making);
	snprintf(text, sizeof(text), "nDPI %s", ndpi_revision());
	pthread_mutex_unlock(&making);
	return text;
}
