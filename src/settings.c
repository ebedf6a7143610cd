#include "options.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"

bool
size_parse(const char *s, uint64_t *ret)
{
	static const char units[] = "kMGT";
	char *end;
	const char *u;
	unsigned long long v;

	if (*s < '0' || *s > '9')
		return false;
	errno = 0;
	v = strtoull(s, &end, 10);
	if (errno)
		return false;
	u = *end ? strchr(units, *end == 'K' ? 'k' : *end) : NULL;
	if (u) {
		unsigned shift = 10 * (unsigned)(u - units + 1);

		if (v > UINT64_MAX >> shift)
			return false;
		v <<= shift;
		end++;
		if (!strcmp(end, "iB") || !strcmp(end, "B"))
			end += strlen(end);
	}
	*ret = v;
	return *end == 0;
}

bool
time_parse(const char *s, int64_t *ret_ns)
{
	static const struct {
		const char *unit;
		int64_t ns;
	} units[] = {{"ms", NS_PER_MS}, {"s", NS_PER_S}, {"", NS_PER_S}, {"m", 60 * NS_PER_S},
		{"min", 60 * NS_PER_S}, {"h", 3600 * NS_PER_S}, {"d", 86400 * NS_PER_S}};
	char *end;
	unsigned long long v;

	if (*s < '0' || *s > '9')
		return false;
	errno = 0;
	v = strtoull(s, &end, 10);
	for (size_t i = 0; !errno && i < sizeof(units) / sizeof(units[0]); i++) {
		if (strcmp(end, units[i].unit) != 0 || v > (uint64_t)(INT64_MAX / units[i].ns))
			continue;
		*ret_ns = (int64_t)v * units[i].ns;
		return true;
	}
	return false;
}

enum kind {
	SIZE,
	U32,
	U16,
	TIME,
	FILES,
};

struct setting {
	const char *key;
	enum kind kind;
	bool live; /* offset is into struct source_live_settings */
	size_t offset;
	const char *help;
};

#define RUN(part, field) offsetof(struct pipeline_settings, part.field)
#define LIVE(field) offsetof(struct source_live_settings, field)

/* clang-format off */
static const struct setting settings[] = {
	{"packet.tunnel_depth", U32, false, RUN(packet, tunnel_depth), "headers nested inside each other at most"},
	{"packet.fragment_packets", U32, false, RUN(packet, fragment_packets), "datagrams being put together at once"},
	{"packet.fragment_bytes", U32, false, RUN(packet, fragment_bytes), "bytes held for them, all together"},
	{"packet.fragment_time", TIME, false, RUN(packet, fragment_ns), "and for how long"},
	{"packet.vxlan_port", U16, false, RUN(packet, vxlan_port), "UDP port of VXLAN"},
	{"stream.memory", SIZE, false, RUN(stream, memory_bytes), "bytes for flows and held segments; the oldest flows go first"},
	{"stream.flows", SIZE, false, RUN(stream, flows), "connections at once"},
	{"stream.hold_bytes", SIZE, false, RUN(stream, hold_bytes), "early bytes held for one direction of a connection"},
	{"stream.hold_segments", U32, false, RUN(stream, hold_segments), "and early segments"},
	{"stream.hole_time", TIME, false, RUN(stream, hole_ns), "a hole that the peer acknowledged is given up after this much time …"},
	{"stream.hole_segments", U32, false, RUN(stream, hole_segments), "… and that many further segments"},
	{"stream.hole_max_time", TIME, false, RUN(stream, hole_max_ns), "any hole is given up after this"},
	{"stream.syn_time", TIME, false, RUN(stream, syn_ns), "a connection without a reply is forgotten after"},
	{"stream.idle_time", TIME, false, RUN(stream, idle_ns), "an open connection without packets ends after"},
	{"stream.linger_time", TIME, false, RUN(stream, linger_ns), "late segments are awaited after the end"},
	{"stream.step_time", TIME, false, RUN(stream, step_ns), "of a silence between two packets, at most this counts for a hole"},
	{"stream.leap_time", TIME, false, RUN(stream, leap_ns), "a time stamp further away from the one before is only believed with the next packet"},
	{"stream.jump_bytes", U32, false, RUN(stream, max_jump_bytes), "sequence numbers further away than this are not believed …"},
	{"stream.jump_segments", U32, false, RUN(stream, jump_segments), "… unless so many segments in a row go on from there"},
	{"stream.join_segments", U32, false, RUN(stream, join_segments), "a connection without its SYN begins after so many segments"},
	{"stream.one_sided_segments", U32, false, RUN(stream, one_sided_segments), "one side alone: nothing waits for the other after so many segments"},
	{"stream.compare_bytes", SIZE, false, RUN(stream, compare_bytes), "memory for delivered bytes, or where they stand in the file, to be compared with a second copy"},
	{"dissect.line_bytes", SIZE, false, RUN(dissect, line_bytes), "longest command or reply line"},
	{"dissect.reply_bytes", SIZE, false, RUN(dissect, reply_bytes), "longest reply taken as one"},
	{"dissect.auth_bytes", SIZE, false, RUN(dissect, auth_bytes), "longest SASL answer"},
	{"dissect.wait_bytes", SIZE, false, RUN(dissect, wait_bytes), "bytes kept while an answer is awaited"},
	{"dissect.secret_bytes", SIZE, false, RUN(dissect, secret_bytes), "live: TLS records kept while their secret may still come …"},
	{"dissect.secret_time", TIME, false, RUN(dissect, secret_ns), "… and for how long"},
	{"dissect.elsewhere_bytes", SIZE, false, RUN(dissect, elsewhere_bytes), "with a key log: TLS off the mail ports, kept until it is known what is inside"},
	{"keylog_bytes", SIZE, false, offsetof(struct pipeline_settings, keylog_bytes), "secrets of TLS sessions kept; the oldest makes room for the newest"},
	{"dissect.queue", U32, false, RUN(dissect, queue), "commands without a reply"},
	{"dissect.list_depth", U32, false, RUN(dissect, list_depth), "IMAP parentheses inside each other"},
	{"dissect.caps", U32, false, RUN(dissect, caps), "items of a capability list"},
	{"dissect.inflate_ratio", U32, false, RUN(dissect, inflate_ratio), "COMPRESS: bytes out for one byte in"},
	{"dissect.probe_bytes", SIZE, false, RUN(dissect, probe_bytes), "first bytes kept to tell the protocol"},
	{"dissect.wait_segments", U32, false, RUN(dissect, wait_segments), "pieces of a one-sided stream after which no answer is awaited"},
	{"dissect.awake", U32, false, RUN(dissect, awake), "connections kept ready for their next packet; the others are written short"},
	{"model.session_bytes", SIZE, false, RUN(model, session_bytes), "strings kept of one session"},
	{"model.caps_items", SIZE, false, RUN(model, caps_items), "items kept of a capability list"},
	{"model.rcpts", SIZE, false, RUN(model, rcpts), "recipients kept of a transaction"},
	{"model.addresses", SIZE, false, RUN(model, addresses), "addresses kept of a header field"},
	{"model.awake", SIZE, false, RUN(model, awake), "open sessions kept ready for their next event; the others are written short"},
	{"model.services", SIZE, false, RUN(model, services), "servers remembered that offered STARTTLS"},
	{"model.deferred_sessions", SIZE, false, RUN(model, deferred_sessions), "sessions whose end waits for what others show"},
	{"model.shared_bytes", SIZE, false, RUN(model, shared_bytes), "greetings and capability lists kept for sessions to come, each"},
	{"model.chain_bytes", SIZE, false, RUN(model, chain_bytes), "chains of certificates kept for sessions to come"},
	{"dns.bytes", SIZE, false, RUN(model, dns.bytes), "DNS answers remembered; the oldest makes room for the newest"},
	{"dns.slack", TIME, false, RUN(model, dns.slack_ns), "how long after its TTL a DNS answer is still believed"},
	{"dns.records", U32, false, RUN(dissect, dns_records), "records kept of a DNS answer"},
	{"cert.chain", U32, false, RUN(model, certs.chain), "certificates kept of a chain"},
	{"cert.chain_bytes", SIZE, false, RUN(model, certs.chain_bytes), "… and their bytes"},
	{"secrets", SIZE, false, offsetof(struct pipeline_settings, secrets), "distinct secrets told apart"},
	{"bf.fail_per_account", U32, false, RUN(findings, bf_fail_per_account), "auth.bruteforce: failures of one account from one source"},
	{"bf.window", TIME, false, RUN(findings, bf_window_ns), "… within"},
	{"spray.accounts", U32, false, RUN(findings, spray_accounts), "auth.spray: accounts tried by one source"},
	{"spray.fails_each", U32, false, RUN(findings, spray_fails_each), "… with at most that many failures each"},
	{"spray.window", TIME, false, RUN(findings, spray_window_ns), "… within"},
	{"dist.sources", U32, false, RUN(findings, dist_sources), "auth.bruteforce.distributed: sources failing on one account"},
	{"dist.window", TIME, false, RUN(findings, dist_window_ns), "… within"},
	{"bf.success_after", U32, false, RUN(findings, bf_success_after), "auth.success_after_failures: failures before the success"},
	{"bf.success_window", TIME, false, RUN(findings, bf_success_window_ns), "… within"},
	{"enc.short_sessions", U32, false, RUN(findings, enc_short_sessions), "auth.bruteforce.encrypted: short TLS sessions"},
	{"enc.client_bytes", U32, false, RUN(findings, enc_client_bytes), "… each with less client data than"},
	{"enc.session_time", TIME, false, RUN(findings, enc_session_ns), "… each shorter than"},
	{"enc.window", TIME, false, RUN(findings, enc_window_ns), "… within"},
	{"fallback.window", TIME, false, RUN(findings, fallback_window_ns), "starttls.fallback_cleartext: clear text after a failure within"},
	{"weakpw.min_len", U32, false, RUN(findings, weakpw_min_len), "auth.password.weak: shorter is weak"},
	{"scram.min_iter", U32, false, RUN(findings, scram_min_iter), "auth.scram.low_iterations: fewer is low"},
	{"exfil.msgs", U32, false, RUN(findings, exfil_msgs), "mass downloads: messages in one session"},
	{"exfil.bytes", SIZE, false, RUN(findings, exfil_bytes), "… or bytes of them"},
	{"exfil.share", U32, false, RUN(findings, exfil_share), "… or percent of the mailbox"},
	{"exfil.share_min", U32, false, RUN(findings, exfil_share_min), "… which counts from that many messages on"},
	{"del.min", U32, false, RUN(findings, del_min), "emptied mailboxes: messages deleted in one session"},
	{"del.share", U32, false, RUN(findings, del_share), "… and percent of the mailbox"},
	{"deeds.numbers", U32, false, RUN(findings, deeds_numbers), "message numbers told apart in one session"},
	{"tls.fingerprints", FILES, false, offsetof(struct pipeline_settings, fingerprints), "tls.fingerprint: a file of JA3 or JA4 to be told of (repeatable), see the manual page"},
	{"cert.blocklist", FILES, false, offsetof(struct pipeline_settings, bad_keys), "cert.weak_key: a file of keys known to be broken (repeatable), see the manual page"},
	{"cert.soon", TIME, false, RUN(findings, cert_soon_ns), "cert.expires_soon: a certificate that ends within"},
	{"vrfy.count", U32, false, RUN(findings, vrfy_count), "smtp.vrfy.enumeration: questions of one source (64 at most)"},
	{"vrfy.window", TIME, false, RUN(findings, vrfy_window_ns), "… within"},
	{"harvest.rcpt", U32, false, RUN(findings, harvest_rcpt), "smtp.harvest: unknown recipients of one source (64 at most)"},
	{"harvest.share", U32, false, RUN(findings, harvest_share), "… and their share of all it named, in percent"},
	{"harvest.window", TIME, false, RUN(findings, harvest_window_ns), "… within"},
	{"greeting.silence", TIME, false, RUN(findings, no_greeting_ns), "proto.no_greeting: silence of"},
	{"findings.records", SIZE, false, RUN(findings, records), "findings kept to be merged with what follows; then the oldest is told a last time"},
	{"findings.record_bytes", SIZE, false, RUN(findings, record_bytes), "… and their bytes"},
	{"findings.tracked_bytes", SIZE, false, RUN(findings, tracked_bytes), "bytes for all that is remembered across sessions"},
	{"findings.tracked", SIZE, false, RUN(findings, tracked), "hosts, accounts, services and pairs remembered, each"},
	{"workers.queue_bytes", SIZE, false, offsetof(struct pipeline_settings, queue_bytes), "events on their way between two threads"},
	{"workers.live_queue_bytes", SIZE, false, offsetof(struct pipeline_settings, live_queue_bytes), "… of a live capture; over that, packets are left out and counted"},
	{"live.snaplen", U32, true, LIVE(snaplen), "bytes captured of a packet"},
	{"live.buffer_bytes", U32, true, LIVE(buffer_bytes), "ring for packets not yet read, of each socket"},
	{"live.timeout_ms", U32, true, LIVE(timeout_ms), "how long the kernel may gather packets, in milliseconds"},
	{"live.merge_ms", U32, true, LIVE(merge_ms), "several sockets: a packet waits so many milliseconds for an earlier one of another"},
	{"live.fanout", U32, true, LIVE(fanout), "sockets of each interface, which share its connections"},
};
/* clang-format on */

static void *
setting_at(const struct setting *s, struct pipeline_settings *run,
	struct source_live_settings *live)
{
	return (s->live ? (char *)live : (char *)run) + s->offset;
}

static int
files_add(struct setting_files *f, struct arena *keep, const char *key, const char *value,
	struct err *e)
{
	if (!*value)
		return err_set(e, -EINVAL, "%s: give the name of a file", key);
	if (f->n == SETTING_FILES)
		return err_set(
			e, -EINVAL, "%s: no more than %d files; join some", key, SETTING_FILES);
	f->v[f->n++] = arena_text(keep, bytes_str(value));
	return 0;
}

static bool
setting_put(const struct setting *s, void *at, const char *value)
{
	uint64_t n = 0;
	int64_t ns = 0;

	if (s->kind == TIME) {
		if (!time_parse(value, &ns))
			return false;
		*(int64_t *)at = ns;
		return true;
	}
	if (!size_parse(value, &n))
		return false;
	switch (s->kind) {
	case SIZE:
		*(size_t *)at = n;
		break;
	case U32:
		if (n > UINT32_MAX)
			return false;
		*(uint32_t *)at = (uint32_t)n;
		break;
	case U16:
		if (n > UINT16_MAX)
			return false;
		*(uint16_t *)at = (uint16_t)n;
		break;
	case TIME:
	case FILES:
		break;
	}
	return true;
}

int
settings_set(struct pipeline_settings *run, struct source_live_settings *live,
	struct arena *keep, const char *key, const char *value, struct err *e)
{
	for (size_t i = 0; i < sizeof(settings) / sizeof(settings[0]); i++) {
		const struct setting *s = &settings[i];

		if (strcmp(s->key, key) != 0)
			continue;
		if (s->kind == FILES)
			return files_add(setting_at(s, run, live), keep, key, value, e);
		if (setting_put(s, setting_at(s, run, live), value))
			return 0;
		return err_set(e, -EINVAL, "%s: \"%s\" is not %s", key, value,
			s->kind == TIME ? "a time such as 30s, 5m or 2h"
					: "a number such as 500, 64k or 1G");
	}
	return err_set(e, -EINVAL,
		"%s: there is no such setting; `mailsnoop settings` lists them all", key);
}

static char *
trim(char *s)
{
	size_t n;

	while (*s == ' ' || *s == '\t')
		s++;
	n = strlen(s);
	while (n && strchr(" \t\r\n", s[n - 1]))
		s[--n] = 0;
	return s;
}

static int
settings_line(struct pipeline_settings *run, struct source_live_settings *live,
	struct arena *keep, const char *path, int no, char *line, struct err *e)
{
	char *s = trim(line), *eq;
	struct err why = {0};

	if (!*s || *s == '#')
		return 0;
	eq = strchr(s, '=');
	if (!eq)
		return err_set(
			e, -EINVAL, "%s:%d: a line is `key = value`, or a # comment", path, no);
	*eq = 0;
	if (settings_set(run, live, keep, trim(s), trim(eq + 1), &why))
		return err_set(e, -EINVAL, "%s:%d: %s", path, no, why.text);
	return 0;
}

int
settings_file(struct pipeline_settings *run, struct source_live_settings *live,
	struct arena *keep, const char *path, struct err *e)
{
	const char *xdg = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");
	char name[4096], *line = NULL;
	size_t cap = 0;
	int no = 0, rc = 0;
	FILE *f;

	if (path)
		snprintf(name, sizeof(name), "%s", path);
	else
		snprintf(name, sizeof(name), "%s%s/mailsnoop/config",
			xdg && *xdg ? xdg
			: home      ? home
				    : "",
			xdg && *xdg ? "" : "/.config");
	f = fopen(name, "re");
	if (!f && !path)
		return 0;
	if (!f)
		return err_set(e, -EINVAL, "%s: the config file cannot be read: %s", name,
			strerror(errno));
	while (!rc && getline(&line, &cap, f) > 0)
		rc = settings_line(run, live, keep, name, ++no, line, e);
	free(line);
	fclose(f);
	return rc;
}

void
settings_print(struct buf *out, const struct pipeline_settings *run,
	const struct source_live_settings *live)
{
	for (size_t i = 0; i < sizeof(settings) / sizeof(settings[0]); i++) {
		const struct setting *s = &settings[i];
		const void *at = (s->live ? (const char *)live : (const char *)run) + s->offset;
		char value[32] = "";

		switch (s->kind) {
		case SIZE:
			snprintf(value, sizeof(value), "%zu", *(const size_t *)at);
			break;
		case U32:
			snprintf(value, sizeof(value), "%u", *(const uint32_t *)at);
			break;
		case U16:
			snprintf(value, sizeof(value), "%u", *(const uint16_t *)at);
			break;
		case TIME:
			if (*(const int64_t *)at % NS_PER_S)
				snprintf(value, sizeof(value), "%lldms",
					(long long)(*(const int64_t *)at / NS_PER_MS));
			else
				snprintf(value, sizeof(value), "%llds",
					(long long)(*(const int64_t *)at / NS_PER_S));
			break;
		case FILES:
			snprintf(value, sizeof(value), "%s",
				((const struct setting_files *)at)->n ? "" : "none");
			for (size_t k = 0; k < ((const struct setting_files *)at)->n; k++)
				buf_fmt(out, "%s = %s\n", s->key,
					((const struct setting_files *)at)->v[k]);
			break;
		}
		if (*value)
			buf_fmt(out, "%s = %s\n", s->key, value);
		buf_fmt(out, "    # %s\n", s->help);
	}
}
