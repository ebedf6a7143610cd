/* Servers, or clients, and how well they protect mail: what their sessions add up to. */
#include "base/arena.h"
#include "base/clock.h"
#include "base/map.h"
#include "output/text.h"
#include "ui/getters.h"

#include <stdio.h>
#include <stdlib.h>

#define SPARK 12 /* columns of sessions over time */

struct host {
	struct endpoint at; /* port 0: a client */
	uint32_t name, software;
	uint32_t tls_text;            /* of its last session with TLS */
	uint32_t cert, cert_tls;      /* of the last one with a certificate */
	uint32_t sessions, tls, seen; /* seen: those of which TLS or not could be told */
	uint32_t logins, exposed, messages;
	uint32_t verdicts[VERDICT_STRIPPED + 1];
	uint32_t spark[SPARK];
	uint16_t tls_min, tls_max;
	uint8_t worst;
	struct feed_session sample; /* for its protocol */
};

struct view {
	struct list list;
	struct host *hosts;
	size_t n, cap;
	struct map *map;
	bool clients;
	uint64_t version;
	int64_t next_ns;
};

#define H(rec) ((const struct host *)(rec))
NUMBER_COLUMN(sessions, H(rec)->sessions)
NUMBER_COLUMN(logins, H(rec)->logins)
NUMBER_COLUMN(messages, H(rec)->messages)
HOST_COLUMN(host, &H(rec)->at, INK_STRONG, cells_endpoint)
TEXT_COLUMN(name, H(rec)->name, INK_PLAIN)
TEXT_COLUMN(software, H(rec)->software, INK_DIM)

PUT(proto)
{
	buf_str(out, cells_protocol(&H(rec)->sample));
	return INK_PLAIN;
}

SORT(proto)
{
	return (struct list_key){.text = bytes_str(cells_protocol(&H(rec)->sample))};
}

/* Signs and letters of what happened, the worst first: "✗S !O ✓U". */
static const uint8_t by_harm[] = {VERDICT_STRIPPED, VERDICT_FAILED, VERDICT_REFUSED,
	VERDICT_UPGRADED_AFTER_USE, VERDICT_OFFERED_UNUSED, VERDICT_NOT_OFFERED,
	VERDICT_UPGRADED, VERDICT_IMPLICIT, VERDICT_NOT_OBSERVABLE};

PUT(verdicts)
{
	enum ink ink = INK_PLAIN;

	for (size_t i = 0; i < sizeof(by_harm); i++) {
		if (!H(rec)->verdicts[by_harm[i]])
			continue;
		if (out->n)
			buf_byte(out, ' ');
		else
			ink = cells_verdict_ink(by_harm[i]);
		cells_verdict(s, by_harm[i], out);
	}
	return ink;
}

SORT(verdicts)
{
	for (size_t i = 0; i < sizeof(by_harm); i++)
		if (H(rec)->verdicts[by_harm[i]])
			return cells_number_key(i);
	return cells_number_key(sizeof(by_harm));
}

PUT(tls)
{
	const struct host *h = H(rec);

	if (!h->tls_max)
		return INK_DIM;
	buf_str(out, cells_tls_version(h->tls_min));
	if (h->tls_min != h->tls_max)
		buf_fmt(out, "-%s", cells_tls_version(h->tls_max));
	return h->tls_min < 0x0303 ? INK_HIGH : INK_GOOD;
}

SORT(tls)
{
	return cells_number_key(H(rec)->tls_min);
}

static unsigned
share(const struct host *h)
{
	return h->seen ? 100 * h->tls / h->seen : 0;
}

/* How many of its sessions TLS protected. */
PUT(share)
{
	if (!H(rec)->seen)
		return INK_DIM;
	buf_fmt(out, "%u%%", share(H(rec)));
	return share(H(rec)) == 100 ? INK_GOOD : share(H(rec)) >= 50 ? INK_MEDIUM : INK_HIGH;
}

SORT(share)
{
	return cells_number_key(share(H(rec)));
}

PUT(exposed)
{
	cells_number(H(rec)->exposed, out);
	return INK_CRITICAL;
}

SORT(exposed)
{
	return cells_number_key(H(rec)->exposed);
}

CIPHER_COLUMN(H(rec)->tls_text)
/* As of the last packet there is. */
CERT_COLUMNS(H(rec)->cert, H(rec)->cert_tls, s->stats.run.ts_ns)

PUT(worst)
{
	if (H(rec)->worst)
		buf_str(out, severity_name((enum severity)H(rec)->worst));
	return theme_severity(H(rec)->worst);
}

SORT(worst)
{
	return (struct list_key){.n = -(int64_t)H(rec)->worst};
}

PUT(spark)
{
	static const char *const blocks[] = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
	uint32_t most = 1;

	for (size_t i = 0; i < SPARK; i++)
		most = H(rec)->spark[i] > most ? H(rec)->spark[i] : most;
	for (size_t i = 0; i < SPARK; i++) {
		uint32_t n = H(rec)->spark[i];

		buf_str(out, n ? blocks[(uint64_t)n * 7 / most] : " ");
	}
	return INK_TLS;
}

/* clang-format off */
static const struct list_column columns[] = {
	{"host", "HOST", 21, 16, 45, 0, false, put_host, sort_host},
	{"proto", "PROTO", 5, 5, 5, 1, false, put_proto, sort_proto},
	{"name", "NAME", 20, 12, 40, 2, false, put_name, sort_name},
	{"worst", "WORST", 8, 8, 8, 0, false, put_worst, sort_worst},
	{"verdicts", "STARTTLS", 11, 8, 26, 0, false, put_verdicts, sort_verdicts},
	{"tls", "TLS", 7, 7, 7, 2, false, put_tls, sort_tls},
	{"share", "SAFE", 5, 5, 5, 0, true, put_share, sort_share},
	{"sessions", "SESS", 5, 5, 8, 0, true, put_sessions, sort_sessions},
	{"logins", "LOGIN", 5, 5, 8, 2, true, put_logins, sort_logins},
	{"exposed", "EXPOSED", 7, 7, 8, 1, true, put_exposed, sort_exposed},
	{"messages", "MSGS", 5, 5, 8, 3, true, put_messages, sort_messages},
	{"cert_days", "DAYS", 5, 4, 6, 4, true, put_cert_days, sort_cert_days},
	{"spark", "OVER TIME", SPARK, SPARK, SPARK, 4, false, put_spark, NULL},
	{"software", "SOFTWARE", 18, 12, 40, 5, false, put_software, sort_software},
	{"cert_trust", "TRUST", 14, 10, 30, 6, false, put_cert_trust, sort_cert_trust},
	{"cipher", "CIPHER", 28, 22, 46, 7, false, put_cipher, sort_cipher},
	{"cert", "CERTIFICATE", 24, 14, 60, 8, false, put_cert, sort_cert},
	{NULL},
};
static const enum action actions[] = {ACT_OPEN, ACT_GROUP, ACT_SORT, ACT_REVERSE, ACT_SORT_BACK,
	ACT_NONE};
/* clang-format on */

static void
fetch(const struct snapshot *s, const void *user, size_t i, void *ret)
{
	const struct view *v = user;

	_Static_assert(sizeof(struct host) <= LIST_RECORD, "a record of the list");
	memcpy(ret, &v->hosts[i], sizeof(v->hosts[i]));
}

static void
servers_open(struct ui *ui, void *view, const void *arg)
{
	struct view *v = view;

	list_init(&v->list, columns, "worst", fetch, v);
}

static struct host *
host_of(const struct snapshot *s, struct view *v, const struct feed_session *r)
{
	struct endpoint at = v->clients ? feed_client(s->feed, r) : r->server;
	void **place;
	struct host *h;

	if (v->clients)
		at.port = 0;
	place = map_put(v->map, (struct bytes){(const uint8_t *)&at, sizeof(at)});
	if (*place)
		return &v->hosts[(size_t)(uintptr_t)*place - 1];
	if (v->n == v->cap) {
		v->cap = v->cap ? 2 * v->cap : 64;
		v->hosts = mem_grow(v->hosts, v->cap * sizeof(*v->hosts));
	}
	h = &v->hosts[v->n++];
	*h = (struct host){.at = at, .sample = *r};
	*place = (void *)(uintptr_t)v->n;
	return h;
}

static bool
is_protected(const struct feed_session *r)
{
	return r->verdict == VERDICT_IMPLICIT || r->verdict == VERDICT_UPGRADED ||
	       r->verdict == VERDICT_UPGRADED_AFTER_USE;
}

static void
add(const struct snapshot *s, struct view *v, const struct feed_session *r)
{
	struct host *h = host_of(s, v, r);
	int64_t span = s->stats.run.ts_ns - s->stats.first_ns;

	h->sessions++;
	h->tls += is_protected(r);
	h->seen += r->verdict != VERDICT_NOT_OBSERVABLE;
	h->logins += r->logins;
	h->exposed += (r->flags & SESSION_EXPOSED) != 0;
	h->messages += r->messages;
	h->verdicts[r->verdict]++;
	if (r->worst > h->worst)
		h->worst = r->worst;
	if (!h->name)
		h->name = v->clients ? r->client_name : r->server_name;
	if (!h->software)
		h->software = v->clients ? r->client_software : r->software;
	if (r->tls_version && (!h->tls_min || r->tls_version < h->tls_min))
		h->tls_min = r->tls_version;
	if (r->tls && !v->clients)
		h->tls_text = r->tls;
	if (r->cert && !v->clients) {
		h->cert = r->cert;
		h->cert_tls = r->tls;
	}
	if (r->tls_version > h->tls_max)
		h->tls_max = r->tls_version;
	if (span > 0 && r->first_ns >= s->stats.first_ns) {
		int64_t slot = (r->first_ns - s->stats.first_ns) / (span / SPARK + 1);

		h->spark[slot < SPARK ? slot : SPARK - 1]++;
	}
}

/* All sessions are added up anew, now and then. */
static void
count(const struct snapshot *s, struct view *v)
{
	int64_t begin = clock_mono_ns();

	if (v->version == s->version || (begin < v->next_ns && !s->finished))
		return;
	v->version = s->version;
	v->n = 0;
	map_free(&v->map);
	v->map = map_new(0);
	for (size_t i = 0; i < s->sessions; i++) {
		struct feed_session r;

		rows_get(&s->feed->sessions, i, &r);
		if (r.proto != PROTO_OTHER)
			add(s, v, &r);
	}
	v->list.stale = true;
	v->next_ns = clock_mono_ns() + 10 * (clock_mono_ns() - begin);
}

static void
servers_update(struct ui *ui, void *view, struct area a)
{
	struct view *v = view;

	count(ui_snapshot(ui), v);
	list_update(&v->list, ui_snapshot(ui), v->n, a.rows);
}

static void
servers_draw(const struct snapshot *s, const void *view, struct canvas *c, struct area a)
{
	const struct view *v = view;

	list_draw(&v->list, s, c, a);
	if (!v->list.n)
		canvas_str(c, a.row + 2, a.col + 2, a.cols - 2, INK_DIM, "No mail was seen.");
}

static void
open_sessions(struct ui *ui, struct view *v)
{
	char addr[ENDPOINT_TEXT], text[256];
	struct sessions_wish wish = {.filter = text};
	const struct host *h;
	size_t record;

	if (!list_current(&v->list, &record))
		return;
	h = &v->hosts[record];
	endpoint_addr(&h->at, addr);
	if (v->clients)
		snprintf(text, sizeof(text), "client == %s", addr);
	else
		snprintf(text, sizeof(text), "server == %s && port == %u", addr, h->at.port);
	ui_open(ui, &screen_sessions, &wish);
}

static enum next
servers_act(struct ui *ui, void *view, enum action a)
{
	struct view *v = view;

	switch ((int)a) {
	case ACT_OPEN:
		open_sessions(ui, v);
		break;
	case ACT_GROUP:
		v->clients = !v->clients;
		v->version = 0;
		v->next_ns = 0;
		v->list.cursor = 0;
		ui_say(ui, INK_PLAIN, "by %s", v->clients ? "client" : "server");
		break;
	default:
		return list_act(&v->list, a);
	}
	return NEXT_REDRAW;
}

static enum next
servers_click(struct ui *ui, void *view, struct area a, int row, int col, bool twice)
{
	struct view *v = view;

	if (list_click(&v->list, a, row, col) && twice)
		open_sessions(ui, v);
	return NEXT_REDRAW;
}

static void
servers_status(const struct snapshot *s, const void *view, struct buf *out)
{
	const struct view *v = view;
	char number[TEXT_NUMBER];

	buf_fmt(out, "%s %s,", text_number(v->list.n, number),
		v->clients ? "clients" : "servers");
}

static void
servers_close(void *view)
{
	struct view *v = view;

	list_done(&v->list);
	map_free(&v->map);
	free(v->hosts);
}

static struct list *
servers_list(void *view)
{
	return &((struct view *)view)->list;
}

const struct screen screen_servers = {.name = "servers",
	.title = "Servers",
	.columns = columns,
	.actions = actions,
	.view_bytes = sizeof(struct view),
	.open = servers_open,
	.update = servers_update,
	.draw = servers_draw,
	.act = servers_act,
	.click = servers_click,
	.status = servers_status,
	.list = servers_list,
	.close = servers_close};
