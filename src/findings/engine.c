#include "findings/engine.h"
#include "findings/tries.h"
#include "base/arena.h"
#include "base/blocks.h"
#include "base/clock.h"
#include "findings/deeds.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define WORDS_MAX ((size_t)4096) /* reasons put together at run time */

static const char *const sensitive_names[] = {
	"root", "admin", "administrator", "postmaster", NULL};

/* FINDINGS.md section 2. */
const struct findings_settings findings_defaults = {
	.bf_fail_per_account = 10,
	.bf_window_ns = 600 * NS_PER_S,
	.spray_accounts = 10,
	.spray_fails_each = 3,
	.spray_window_ns = 3600 * NS_PER_S,
	.dist_sources = 10,
	.dist_window_ns = 3600 * NS_PER_S,
	.bf_success_after = 5,
	.bf_success_window_ns = 3600 * NS_PER_S,
	.enc_short_sessions = 30,
	.enc_client_bytes = 6 * 1024,
	.enc_window_ns = 600 * NS_PER_S,
	.enc_session_ns = 10 * NS_PER_S,
	.fallback_window_ns = 60 * NS_PER_S,
	.weakpw_min_len = 8,
	.scram_min_iter = 4096,
	.vrfy_count = 5,
	.vrfy_window_ns = 600 * NS_PER_S,
	.harvest_rcpt = 20,
	.harvest_share = 70,
	.harvest_window_ns = 600 * NS_PER_S,
	.no_greeting_ns = 30 * NS_PER_S,
	.exfil_msgs = 200,
	.exfil_bytes = (size_t)50 << 20,
	.exfil_share = 80,
	.exfil_share_min = 50,
	.del_min = 20,
	.del_share = 80,
	.deeds_numbers = 65536,
	.cert_soon_ns = 14 * 86400 * NS_PER_S,
	.records = 20000,
	.tracked = 100000,
	.record_bytes = 16 << 20,
	.tracked_bytes = 32 << 20,
	.sensitive_accounts = sensitive_names,
};

/* clang-format off */
static const struct rule *const all_rules[] = {
	/* Windows first: whether a refused password is a guess is asked by auth.cleartext. */
	rules_windows, rules_rhythm, rules_auth, rules_caps, rules_login, rules_account,
	rules_starttls, rules_stripped, rules_upgrade,
	rules_tls, rules_tls_client, rules_fingerprint, rules_tls_end, rules_cert, rules_cert_seen,
	rules_smtp_hello, rules_smtp_wire, rules_smtp_text, rules_smtp_old, rules_smtp_policy,
	rules_smtp_order, rules_smtp_address, rules_smtp_ask, rules_smtp_relay, rules_smtp_harvest,
	rules_imap, rules_imap_deeds, rules_pop3, rules_pop3_grammar,
	rules_proto, rules_info,
	rules_capture,
};
/* clang-format on */
#define N_TABLES (sizeof(all_rules) / sizeof(all_rules[0]))

/* making */

static struct net *
nets_of(const char *const *texts, size_t *ret_n)
{
	struct net *nets = NULL;
	size_t n = 0;

	for (; texts && *texts; texts++) {
		nets = mem_grow(nets, (n + 1) * sizeof(*nets));
		if (net_parse(*texts, &nets[n]))
			n++;
	}
	*ret_n = n;
	return nets;
}

static void
index_rules(struct findings *f)
{
	for (size_t bit = 0; bit < 32; bit++) {
		size_t n = 0;

		for (size_t t = 0; t < N_TABLES; t++) {
			for (const struct rule *r = all_rules[t]; r->row; r++) {
				if (!(r->wake & UINT32_C(1) << bit))
					continue;
				f->by_wake[bit] = mem_grow(
					f->by_wake[bit], (n + 2) * sizeof(*f->by_wake[bit]));
				f->by_wake[bit][n++] = r;
				f->by_wake[bit][n] = NULL;
			}
		}
	}
}

struct findings *
findings_new(const struct findings_settings *set, struct secrets *secrets,
	const char *(*input_name)(void *user, uint16_t input), void *input_user,
	const struct findings_sink *sink)
{
	struct findings *f = mem_get(sizeof(*f));

	f->set = *set;
	f->secrets = secrets;
	f->input_name = input_name;
	f->input_user = input_user;
	f->sink = *sink;
	f->trusted = nets_of(set->trusted_nets, &f->n_trusted);
	f->own_domains = set->local_domains && set->local_domains[0];
	f->proxies = nets_of(set->trusted_proxies, &f->n_proxies);
	f->words = map_new(WORDS_MAX);
	records_init(&f->records);
	f->budget.max = set->tracked_bytes;
	f->windows = windows_new(&f->set, &f->budget);
	f->services = services_new(&f->set, &f->budget);
	f->accounts = accounts_new(&f->set, &f->budget);
	f->tls = tls_memory_new(&f->set, &f->budget);
	accents_init(&f->accents, &f->budget, set->tracked);
	f->certs = certs_new(&f->set, &f->budget);
	table_init(&f->pairs, &f->budget, set->tracked, PAIR_MEMORY_SIZE, NULL);
	rhythms_init(&f->rhythms, &f->budget, set->tracked);
	tries_init(&f->askers, &f->budget, set->tracked);
	tries_init(&f->harvesters, &f->budget, set->tracked);
	tries_init(&f->probers, &f->budget, set->tracked);
	tries_init(&f->routers, &f->budget, set->tracked);
	tries_init(&f->queuers, &f->budget, set->tracked);
	tries_init(&f->intruders, &f->budget, set->tracked);
	vrfy_services_init(&f->vrfy_services, &f->budget, set->tracked);
	answerers_init(&f->answerers, &f->budget, set->tracked);
	f->deeds = blocks_new();
	habits_init(&f->habits, &f->budget, set->tracked);
	table_init(&f->mail_hosts, &f->budget, set->tracked, sizeof(struct tabled), NULL);
	index_rules(f);
	return f;
}

static void
words_free(struct map **words)
{
	struct bytes key;
	void *word;
	size_t pos = 0;

	while (map_next(*words, &pos, &key, &word))
		free(word);
	map_free(words);
}

void
findings_free(struct findings **ret_f)
{
	struct findings *f = *ret_f;

	if (!f)
		return;
	while (f->states) {
		state_drop(f, f->states); /* its session may be gone already */
	}
	for (size_t i = 0; i < 32; i++)
		free(f->by_wake[i]);
	records_done(&f->records);
	words_free(&f->words);
	windows_free(&f->windows);
	services_free(&f->services);
	accounts_free(&f->accounts);
	tls_memory_free(&f->tls);
	table_done(&f->accents);
	certs_free(&f->certs);
	table_done(&f->pairs);
	table_done(&f->rhythms);
	table_done(&f->askers);
	table_done(&f->harvesters);
	table_done(&f->probers);
	table_done(&f->routers);
	table_done(&f->queuers);
	table_done(&f->intruders);
	table_done(&f->vrfy_services);
	table_done(&f->answerers);
	table_done(&f->habits);
	blocks_free(&f->deeds);
	table_done(&f->mail_hosts);
	free(f->trusted);
	free(f->proxies);
	free(f);
	*ret_f = NULL;
}

/* for rules */

static size_t
word_add(char *out, size_t n, size_t max, const char *in)
{
	for (; *in && n < max; in++) {
		char c = *in;

		if (c >= 'A' && c <= 'Z')
			c = (char)(c + ('a' - 'A'));
		else if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9'))
			c = '_';
		out[n++] = c;
	}
	return n;
}

const char *
findings_word(struct findings *f, const char *a, const char *b)
{
	char text[64];
	size_t n = word_add(text, 0, sizeof(text) - 2, a);
	struct bytes key;
	void **place;

	if (b && n < sizeof(text) - 2)
		text[n++] = '_';
	if (b)
		n = word_add(text, n, sizeof(text) - 1, b);
	text[n] = '\0';
	key = (struct bytes){(const uint8_t *)text, n};
	place = map_put(f->words, key);
	if (!place)
		return "other";
	if (!*place)
		*place = mem_text(text);
	return *place;
}

static struct bytes
bare_name(struct bytes account)
{
	size_t slash = bytes_find(account, '\\');

	if (slash < account.n)
		account = bytes_from(account, slash + 1);
	return bytes_sub(account, 0, bytes_find(account, '@'));
}

bool
findings_is_sensitive(const struct findings *f, struct bytes account)
{
	const char *const *names = f->set.sensitive_accounts;

	if (account.n == 0)
		return false;
	for (; names && *names; names++)
		if (bytes_iis(account, *names) || bytes_iis(bare_name(account), *names))
			return true;
	return false;
}

bool
findings_is_proxy(const struct findings *f, const struct endpoint *e)
{
	for (size_t i = 0; i < f->n_proxies; i++)
		if (net_holds(&f->proxies[i], e))
			return true;
	return false;
}

bool
findings_is_own_domain(const struct findings *f, struct bytes domain)
{
	const char *const *own = f->set.local_domains;

	for (; own && *own; own++) {
		size_t n = strlen(*own), more = domain.n - n;

		if (domain.n >= n && bytes_iis(bytes_from(domain, more), *own) &&
			(more == 0 || domain.p[more - 1] == '.'))
			return true;
	}
	return false;
}

/* waking */

static void
wake(struct findings *f, struct session *s, struct fstate *st, const struct wake *w)
{
	const struct rule **r = f->by_wake[__builtin_ctz(w->why)];

	for (; r && *r; r++)
		(*r)->fn(f, *r, s, st, w);
}

void
findings_event(struct findings *f, struct session *s, const struct event *e)
{
	struct fstate *st;
	struct wake w = {.why = WAKE(e->type), .event = e};

	if (!f->by_wake[e->type] && !state_reads(e->type))
		return;
	st = state_take(f, s);
	state_event(f, st, e);
	deeds_event(f, st, e);
	wake(f, s, st, &w);
	state_put(f, st);
}

void
findings_login(
	struct findings *f, struct session *s, const struct login *l, const struct place *at)
{
	struct fstate *st = state_take(f, s);
	struct wake w = {.why = WAKE_LOGIN, .login = l};

	(void)at;
	wake(f, s, st, &w);
	state_login(f, st, l);
	state_put(f, st);
}

void
findings_transaction(struct findings *f, struct session *s, const struct transaction *t)
{
	struct fstate *st = state_take(f, s);
	struct wake w = {.why = WAKE_TX, .tx = t};

	wake(f, s, st, &w);
	state_put(f, st);
}

void
findings_transfer(struct findings *f, struct session *s, const struct message *m)
{
	deeds_message(f, s, m);
}

void
findings_end(struct findings *f, struct session *s)
{
	struct fstate *st = state_take(f, s);
	struct wake w = {.why = WAKE_CLOSE};

	wake(f, s, st, &w);
	state_drop(f, st);
	deeds_drop(f, s);
	s->findings_state = NULL;
}

void
findings_finish(struct findings *f)
{
	struct wake w = {.why = WAKE_FINISH};

	wake(f, NULL, NULL, &w);
	records_finish(f);
}

enum severity
findings_worst(const struct findings *f)
{
	for (int s = SEV_CRITICAL; s > SEV_NONE; s--)
		if (f->records.worst[s])
			return (enum severity)s;
	return SEV_NONE;
}

size_t
findings_memory(const struct findings *f)
{
	size_t n = sizeof(*f) + map_memory(f->words) + records_memory(&f->records);

	n += f->state_bytes;
	n += windows_memory(f->windows) + services_memory(f->services) +
	     accounts_memory(f->accounts) + certs_memory(f->certs) + tls_memory_size(f->tls) +
	     table_memory(&f->accents);
	n += table_memory(&f->askers) + table_memory(&f->harvesters) +
	     table_memory(&f->probers) + table_memory(&f->routers) +
	     table_memory(&f->vrfy_services) + table_memory(&f->answerers) +
	     table_memory(&f->queuers) + table_memory(&f->intruders);
	n += table_memory(&f->habits);
	return n + table_memory(&f->pairs) + table_memory(&f->rhythms) +
	       table_memory(&f->mail_hosts);
}

uint64_t
findings_forgotten(const struct findings *f)
{
	uint64_t n = f->records.forgotten;

	for (size_t i = 0; i < f->budget.n; i++)
		n += f->budget.tables[i]->forgotten;
	return n;
}
