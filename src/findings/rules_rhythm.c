/* auth.bruteforce.encrypted, FINDINGS.md 5.1: what the rhythm of sealed sessions gives away. */
#include "findings/text.h"
#include "base/arena.h"
#include "base/clock.h"

#include <stdlib.h>

struct short_session {
	int64_t ts_ns;
	uint64_t bytes;
};

/* One source, one service: encrypted sessions. */
struct rhythm {
	struct tabled head;
	struct short_session *ring;
	uint32_t cap, n, at;
	bool long_seen;
	struct place first;
};

static void
rhythm_done(void *entry)
{
	free(((struct rhythm *)entry)->ring);
}

void
rhythms_init(struct table *t, struct table_budget *budget, size_t tracked)
{
	table_init(t, budget, tracked, sizeof(struct rhythm), rhythm_done);
}

static bool
login_port(uint16_t port)
{
	static const uint16_t ports[] = {465, 587, 993, 995, 143, 110};

	for (size_t i = 0; i < sizeof(ports) / sizeof(ports[0]); i++)
		if (port == ports[i])
			return true;
	return false;
}

static bool
is_opaque(const struct session *s)
{
	return s->tls && !s->caps_tls->known && s->logins == 0 &&
	       login_port(s->flow->server.port);
}

static uint32_t
rhythm_add(struct table *t, struct rhythm *y, uint32_t max, int64_t ts_ns, uint64_t bytes)
{
	if (!y->ring) {
		y->cap = max;
		y->ring = mem_get(max * sizeof(*y->ring));
		table_grew(t, y, max * sizeof(*y->ring));
	}
	y->ring[y->at] = (struct short_session){ts_ns, bytes};
	y->at = (y->at + 1) % y->cap;
	if (y->n < y->cap)
		y->n++;
	return y->n;
}

/* The coefficient of variation of client bytes is under 0.3: variance < 0.09 mean². */
static bool
is_even(const struct rhythm *y)
{
	double sum = 0, squares = 0, mean;

	for (uint32_t i = 0; i < y->n; i++)
		sum += (double)y->ring[i].bytes;
	mean = sum / y->n;
	for (uint32_t i = 0; i < y->n; i++)
		squares += ((double)y->ring[i].bytes - mean) *
			   ((double)y->ring[i].bytes - mean);
	return squares / y->n < 0.09 * mean * mean;
}

static void
encrypted(struct findings *f, const struct rule *r, struct session *s, struct fstate *st,
	const struct wake *w)
{
	const struct flow *fl = s->flow;
	uint32_t max = f->set.enc_short_sessions;
	int64_t oldest, span_ns = fl->last_ns - fl->first_ns;
	struct rhythm *y;
	struct key k = {.n = 0};
	struct hit h;

	if (!is_opaque(s) || max < 2 || max > 10000)
		return;
	key_client(&k, s);
	key_service(&k, &fl->server);
	y = table_put(&f->rhythms, key_of(&k));
	y->long_seen |= span_ns >= f->set.enc_window_ns / 2;
	if (span_ns >= f->set.enc_session_ns ||
		fl->side[DIR_C2S].bytes >= f->set.enc_client_bytes)
		return;
	if (rhythm_add(&f->rhythms, y, max, fl->first_ns, fl->side[DIR_C2S].bytes) == 1)
		y->first = session_at(s, AT_FIRST);
	oldest = y->ring[y->n < max ? 0 : y->at].ts_ns;
	if (y->n < max || fl->first_ns - oldest > f->set.enc_window_ns || y->long_seen ||
		!is_even(y) || (fl->first_ns - oldest) / (max - 1) >= 20 * NS_PER_S)
		return;
	hit_init(&h, r, s, "short_sessions");
	h.certainty = CERTAINTY_POSSIBLE;
	hit_clue(&h, &y->first, "first short session");
	hit_main(&h);
	hit_clue(&h, SESSION_AT(s, AT_FIRST), "%llu client octets in a short session",
		(unsigned long long)fl->side[DIR_C2S].bytes);
	hit_note(&h, "%u sessions to port %u, all short and alike", y->n, fl->server.port);
	record_hit(f, &h);
}

/* clang-format off */
const struct rule rules_rhythm[] = {
	{&row_auth_bruteforce_encrypted, WAKE_CLOSE, EMIT_WINDOW, RULE_CLIENT, encrypted},
	{.row = NULL},
};
/* clang-format on */
