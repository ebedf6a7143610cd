/* The report at the end of the input: final ratings, short names, and the order of everything.
 */
#include "output/report.h"
#include "base/arena.h"

#include <stdlib.h>
#include <string.h>

static int
by_weight(const void *a, const void *b)
{
	const struct report_finding *x = *(void *const *)a, *y = *(void *const *)b;
	int c;

	if (x->severity != y->severity)
		return x->severity < y->severity ? 1 : -1;
	c = strcmp(x->row->id, y->row->id);
	if (c == 0 && x->row->cases)
		c = strcmp(finding_case(x->row, x->reason).title,
			finding_case(y->row, y->reason).title);
	if (c)
		return c;
	if (x->first_ns != y->first_ns)
		return x->first_ns < y->first_ns ? -1 : 1;
	c = strcmp(x->reason ? x->reason : "", y->reason ? y->reason : "");
	return c ? c : bytes_cmp(x->account, y->account);
}

static int
by_server(const void *a, const void *b)
{
	const struct report_server *x = *(void *const *)a, *y = *(void *const *)b;
	int c;

	if (x->worst != y->worst)
		return x->worst < y->worst ? 1 : -1;
	c = memcmp(x->server.addr, y->server.addr, sizeof(x->server.addr));
	return c ? c : (x->server.port > y->server.port) - (x->server.port < y->server.port);
}

/* Accounts whose worst login exposed most come first, each in one piece. */
static int
by_account(const void *a, const void *b)
{
	const struct report_login *x = *(void *const *)a, *y = *(void *const *)b;
	int c = bytes_cmp(x->user, y->user);

	if (x->worst != y->worst)
		return x->worst < y->worst ? 1 : -1;
	return c ? c : (x->first_ns > y->first_ns) - (x->first_ns < y->first_ns);
}

/* What the readable logins of each account exposed at worst. */
static void
rate_accounts(struct report_list *l)
{
	struct map *worst = map_new(0);

	for (size_t i = 0; i < l->n; i++) {
		struct report_login *x = l->items[i];
		void **place = map_put(worst, x->user);

		if (x->readable && (uintptr_t)*place < (uintptr_t)x->exposure)
			*place = (void *)(uintptr_t)x->exposure;
	}
	for (size_t i = 0; i < l->n; i++) {
		struct report_login *x = l->items[i];

		x->worst = (enum auth_exposure)(uintptr_t)map_get(worst, x->user);
	}
	map_free(&worst);
}

/* The findings have the last word: the end of the input may have changed their rating. */
static void
rate_servers(struct report *r)
{
	for (size_t i = 0; i < r->servers.n; i++)
		((struct report_server *)r->servers.items[i])->worst = 0;
	for (size_t i = 0; i < r->findings.n; i++) {
		const struct report_finding *f = r->findings.items[i];
		struct report_server *v;

		if (f->row->cls != CLASS_FINDING || !f->server.family)
			continue;
		buf_clear(&r->tmp);
		report_key(&r->tmp, &f->server, true);
		v = map_get(r->servers.map, buf_bytes(&r->tmp));
		if (v && v->worst < (uint8_t)f->severity)
			v->worst = (uint8_t)f->severity;
	}
}

/* The last part of each path, where that tells the inputs apart. */
static void
name_inputs(struct report *r)
{
	size_t n = r->run->source ? source_inputs(r->run->source) : 0;
	struct map *seen = map_new(0);

	r->names = mem_get((n + 1) * sizeof(*r->names));
	for (size_t i = 0; i < n; i++) {
		const char *name = source_input(r->run->source, i)->name;
		const char *slash = strrchr(name, '/');
		void **place;

		r->names[i] = slash && slash[1] ? slash + 1 : name;
		place = map_put(seen, bytes_str(r->names[i]));
		if (*place) {
			size_t other = (uintptr_t)*place - 1;

			r->names[i] = name;
			r->names[other] = source_input(r->run->source, other)->name;
		} else {
			*place = (void *)(uintptr_t)(i + 1);
		}
	}
	map_free(&seen);
}

static void
sort(struct report_list *l, int (*order)(const void *, const void *))
{
	if (l->n)
		qsort(l->items, l->n, sizeof(*l->items), order);
}

void
report_settle(struct report *r)
{
	rate_servers(r);
	rate_accounts(&r->logins);
	name_inputs(r);
	sort(&r->findings, by_weight);
	sort(&r->servers, by_server);
	sort(&r->logins, by_account);
}
