#include <errno.h>
#include <fcntl.h>
#include <langinfo.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <openssl/crypto.h>
#include <pcap/pcap.h>
#include <zlib.h>
#include <zstd.h>

#include "base/escape.h"
#include "dissectors/mime/words.h"
#include "dissectors/tls/keylog.h"
#include "findings/net.h"
#include "guess/guess.h"
#include "options.h"
#include "output/explain.h"
#include "model/trust.h"
#include "output/filter.h"
#include "ui/start.h"

enum {
	EXIT_DONE = 0,
	EXIT_FINDING = 1,
	EXIT_USAGE = 2,
	EXIT_INPUT = 3,
	EXIT_PERMISSION = 4
};

static struct source *signal_source;

static void
on_signal(int sig)
{
	if (signal_source)
		source_stop(signal_source);
}

/* The first SIGINT ends the capture and prints the results; a second one kills. */
static void
catch_signals(struct source *src)
{
	struct sigaction sa = {.sa_handler = on_signal, .sa_flags = (int)SA_RESETHAND};

	signal_source = src;
	sigaction(SIGINT, &sa, NULL);
	sigaction(SIGTERM, &sa, NULL);
}

static void
say(const char *kind, const struct err *e)
{
	struct bytes rest = bytes_str(e->text);
	struct buf b;

	buf_init(&b, SIZE_MAX);
	while (rest.n) { /* line by line: that of -F has a caret below the place */
		size_t n = bytes_find(rest, '\n');

		escape_term(&b, bytes_sub(rest, 0, n));
		buf_byte(&b, '\n');
		rest = bytes_from(rest, n + 1);
	}
	fprintf(stderr, "%s: %s", kind, buf_text(&b));
	buf_done(&b);
}

static int
fail(const struct err *e, int status)
{
	say("error", e);
	return status;
}

/* Does the terminal that we write to, if it is one, know no more than ASCII? */
static bool
wants_ascii(int fd)
{
	locale_t here = newlocale(LC_CTYPE_MASK, "", NULL);
	bool yes = isatty(fd) && (!here || strcmp(nl_langinfo_l(CODESET, here), "UTF-8") != 0);

	if (here)
		freelocale(here);
	return yes;
}

static struct out *
out_open(int fd, bool own_fd)
{
	struct out *out = out_new(fd, own_fd);

	if (wants_ascii(fd))
		out_ascii(out);
	return out;
}

/* Prints our own text; 0, or what a failing standard output gives. */
static int
print(struct buf *b)
{
	struct out *out = out_open(STDOUT_FILENO, false);
	struct err e = {0};
	int rc;

	out_add(out, buf_bytes(b));
	rc = out_flush(out, &e);
	out_free(&out);
	buf_done(b);
	return rc == 0 || rc == -EPIPE ? EXIT_DONE : fail(&e, EXIT_INPUT);
}

static int
run_version(void)
{
	const char *ndpi = guess_library();
	struct buf b;

	buf_init(&b, SIZE_MAX);
	buf_fmt(&b, "mailsnoop %s\n", MS_VERSION);
	buf_fmt(&b, "  %s\n", pcap_lib_version());
	buf_fmt(&b, "  %s\n", OpenSSL_version(OPENSSL_VERSION));
	buf_fmt(&b, "  zlib %s, libzstd %s\n", zlibVersion(), ZSTD_versionString());
	buf_fmt(&b, "  %s\n",
		ndpi ? ndpi : "no nDPI: what is not mail is named by its first bytes only");
	buf_fmt(&b, "  %s\n",
		words_library() ? words_library()
				: "no GMime: encoded words of UTF-8 and Latin-1 only");
	return print(&b);
}

static int
run_interfaces(void)
{
	struct buf b;
	struct err e = {0};

	buf_init(&b, SIZE_MAX);
	if (source_list_interfaces(&b, &e) < 0) {
		buf_done(&b);
		return fail(&e, EXIT_INPUT);
	}
	return print(&b);
}

static int
terminal_width(void)
{
	struct winsize w;

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &w) == 0 && w.ws_col >= 40)
		return w.ws_col;
	return 80;
}

static int
run_explain(const struct options *o)
{
	struct out *out = out_open(STDOUT_FILENO, false);
	struct err e = {0};
	int rc = explain_print(out, o->term, terminal_width(), &e);

	if (rc == 0)
		rc = out_flush(out, &e);
	out_free(&out);
	if (rc == -EINVAL || rc == -ENOENT)
		return fail(&e, EXIT_USAGE);
	return rc == 0 || rc == -EPIPE ? EXIT_DONE : fail(&e, EXIT_INPUT);
}

static bool
wants_color(const struct options *o)
{
	const char *no = getenv("NO_COLOR"), *term = getenv("TERM");

	if (o->color_always || o->color_never)
		return o->color_always;
	return isatty(STDOUT_FILENO) && !(no && *no) && !(term && !strcmp(term, "dumb"));
}

static struct sink *
make_sink(const struct options *o, const struct sink_settings *set, struct err *e)
{
	switch (o->command) {
	case CMD_REPORT:
		return report_sink_new(set, e);
	case CMD_LOG:
		return log_sink_new(set, e);
	case CMD_SESSIONS:
		return sessions_sink_new(set, e);
	case CMD_SHOW:
		return show_sink_new(set, e);
	case CMD_EXPLAIN:
	case CMD_INTERFACES:
	case CMD_HELP:
	case CMD_VERSION:
	case CMD_SETTINGS:
	case CMD_UI:
		break;
	}
	return NULL;
}

static void
describe(const struct source *src)
{
	struct buf text, line;

	buf_init(&text, SIZE_MAX);
	buf_init(&line, SIZE_MAX);
	for (size_t i = 0; i < source_inputs(src); i++) {
		buf_clear(&text);
		source_describe(src, i, &text);
		if (!text.n)
			continue;
		buf_clear(&line);
		escape_term(&line, bytes_str(source_input(src, i)->name));
		buf_fmt(&line, ": %s\n", buf_text(&text));
		fputs(buf_text(&line), stderr);
	}
	buf_done(&line);
	buf_done(&text);
}

static int
open_source(struct options *o, struct source **ret, struct err *e)
{
	int rc;

	o->live.promiscuous = !o->no_promiscuous;
	if (o->interfaces.n)
		rc = source_open_live(
			o->interfaces.v, o->interfaces.n, o->bpf, &o->live, ret, e);
	else
		rc = source_open_files(o->files.v, o->files.n, o->bpf, ret, e);
	if (rc >= 0) {
		if (o->verbose)
			describe(*ret);
		return EXIT_DONE;
	}
	if (rc == SOURCE_BAD_FILTER)
		return fail(e, EXIT_USAGE);
	if (o->interfaces.n && (rc == -EPERM || rc == -EACCES))
		return fail(e, EXIT_PERMISSION);
	return fail(e, EXIT_INPUT);
}

/* What --trusted-net and its like name, in place of the defaults. */
static void
set_lists(struct options *o)
{
	static const struct {
		size_t from, to;
	} lists[] = {
		{offsetof(struct options, trusted_nets),
			offsetof(struct options, run.findings.trusted_nets)},
		{offsetof(struct options, trusted_proxies),
			offsetof(struct options, run.findings.trusted_proxies)},
		{offsetof(struct options, sensitive),
			offsetof(struct options, run.findings.sensitive_accounts)},
	};

	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		const struct names *n = (const struct names *)((const char *)o + lists[i].from);

		if (!n->n)
			continue;
		n->v[n->n] = NULL;
		*(const char *const **)((char *)o + lists[i].to) = n->v;
	}
}

/* Whom --ca names, and whom the system trusts. */
static int
open_trust(struct options *o, struct trust **ret, struct err *e)
{
	if (o->ca.n)
		o->ca.v[o->ca.n] = NULL;
	if (trust_new(o->ca.n ? o->ca.v : NULL, true, ret, e) < 0)
		return -EIO;
	o->run.model.trust = *ret;
	return 0;
}

/* 0, or -EINVAL for what is not a network: the rules would go on without it and not say so. */
static int
check_nets(const struct names *list, const char *option, struct err *e)
{
	struct net net;

	for (size_t i = 0; i < list->n; i++)
		if (!net_parse(list->v[i], &net))
			return err_set(e, -EINVAL,
				"%s %s: give a network as 192.0.2.0/24 or 2001:db8::/32, or an "
				"address",
				option, list->v[i]);
	return 0;
}

static char *
command_line(struct options *o, int argc, char **argv)
{
	struct buf b;
	char *ret;

	buf_init(&b, 4096);
	for (int i = 0; i < argc; i++) {
		if (i)
			buf_byte(&b, ' ');
		escape_term(&b, bytes_str(i ? argv[i] : "mailsnoop"));
	}
	ret = arena_text(&o->arena, buf_bytes(&b));
	buf_done(&b);
	return ret;
}

static int
open_output(const struct options *o, struct out **ret, struct err *e)
{
	int fd = STDOUT_FILENO;

	if (o->to && strcmp(o->to, "-") != 0) {
		fd = open(o->to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
		if (fd < 0)
			return err_set(e, -errno, "--to %s: cannot be written: %s", o->to,
				strerror(errno));
	}
	*ret = out_open(fd, fd != STDOUT_FILENO);
	return 0;
}

static int
run_status(const struct options *o, const struct pipeline_result *r)
{
	if (r->input_broken || r->output_broken)
		return EXIT_INPUT;
	if (r->not_there)
		return EXIT_USAGE;
	return o->fail && r->worst >= o->fail_on ? EXIT_FINDING : EXIT_DONE;
}

/* "a.pcap", "a.pcap and 3 more", "eth0". */
static const char *
input_name(struct options *o, const struct names *interfaces, const struct names *files)
{
	const struct names *n = interfaces->n ? interfaces : files;
	const char *slash = n->n ? strrchr(n->v[0], '/') : NULL;
	struct buf b;
	char *ret;

	if (!n->n)
		return "no input";
	buf_init(&b, 4096);
	buf_str(&b, slash && slash[1] ? slash + 1 : n->v[0]);
	if (n->n > 1)
		buf_fmt(&b, " and %zu more", n->n - 1);
	ret = arena_text(&o->arena, buf_bytes(&b));
	buf_done(&b);
	return ret;
}

struct screens { /* the input of the UI */
	struct options *o;
	struct source **src; /* the present one */
	struct source *next; /* opened, not yet in its place */
	struct names files, interfaces;
	const char *bpf;
	struct dumper *dumper;
	struct pipeline_result result;
};

static void
screens_read(void *user, struct sink *sink)
{
	struct screens *s = user;

	pipeline_run(&s->o->run, *s->src, &sink, 1, s->dumper, &s->result);
}

static void
screens_stop(void *user)
{
	struct screens *s = user;

	if (*s->src)
		source_stop(*s->src);
}

static struct names
one_name(struct options *o, const char *name)
{
	struct names n = {.v = arena_get(&o->arena, 2 * sizeof(*n.v)), .n = 1};

	n.v[0] = arena_text(&o->arena, bytes_str(name));
	return n;
}

static int
screens_open(void *user, const struct input_wish *w, const char **ret_name, struct err *e)
{
	struct screens *s = user;
	struct options *o = s->o;

	s->files = w->kind == INPUT_SAME ? o->files : (struct names){0};
	s->interfaces = w->kind == INPUT_SAME ? o->interfaces : (struct names){0};
	if (w->kind == INPUT_FILE)
		s->files = one_name(o, w->name);
	if (w->kind == INPUT_LIVE)
		s->interfaces = one_name(o, w->name);
	s->bpf = *w->bpf ? arena_text(&o->arena, bytes_str(w->bpf)) : NULL;
	*ret_name = input_name(o, &s->interfaces, &s->files);
	source_free(&s->next);
	if (!s->interfaces.n && !s->files.n)
		return err_set(
			e, -ENOENT, "no input was chosen yet: open a file or an interface");
	if (s->interfaces.n)
		return source_open_live(
			s->interfaces.v, s->interfaces.n, s->bpf, &o->live, &s->next, e);
	return source_open_files(s->files.v, s->files.n, s->bpf, &s->next, e);
}

static void
screens_take(void *user)
{
	struct screens *s = user;

	source_free(s->src);
	*s->src = s->next;
	s->next = NULL;
	s->o->files = s->files;
	s->o->interfaces = s->interfaces;
	s->o->bpf = s->bpf;
	s->o->run.model.live = s->interfaces.n > 0;
}

/* A live capture has what -w keeps; of standard input nothing is left. */
static size_t
screens_files(void *user, const char *const **ret, struct err *e)
{
	struct options *o = ((struct screens *)user)->o;

	if (o->interfaces.n && o->write && !o->dumper.rotate_bytes && !o->dumper.rotate_ns) {
		*ret = &o->write;
		return 1;
	}
	if (o->interfaces.n) {
		err_set(e, -ENOENT,
			"a live capture keeps no packets by itself: begin it with -w FILE%s, "
			"then "
			"they can be saved from there",
			o->write ? " without --rotate" : "");
		return 0;
	}
	for (size_t i = 0; i < o->files.n; i++) {
		if (strcmp(o->files.v[i], "-") != 0)
			continue;
		err_set(e, -ENOENT,
			"standard input cannot be read a second time: put it in a file first");
		return 0;
	}
	*ret = o->files.v;
	return o->files.n;
}

static const char *
screens_bpf(void *user)
{
	return ((struct screens *)user)->o->bpf;
}

static int
run_screens(struct options *o, struct source **src, struct dumper *dumper,
	struct pipeline_result *ret, struct err *e)
{
	struct screens s = {.o = o, .src = src, .dumper = dumper};
	struct start_settings set = {.feed = feed_defaults,
		.input = input_name(o, &o->interfaces, &o->files),
		.filter = o->filter,
		.script = o->script,
		.size = o->size,
		.color = wants_color(o),
		.mouse = true,
		.nothing = !*src,
		.user = &s,
		.run = screens_read,
		.stop = screens_stop,
		.open = screens_open,
		.take = screens_take,
		.files = screens_files,
		.bpf = screens_bpf};
	int rc = start(&set, e);

	source_free(&s.next);
	*ret = s.result;
	return rc;
}

/* The input is open: sinks, dumper, run. */
static int
run_source(struct options *o, struct source **psrc, struct out *out, struct filter *filter)
{
	struct sink_settings set = {.out = out,
		.filter = filter,
		.color = wants_color(o),
		.flush_each = o->interfaces.n > 0,
		.format = o->format,
		.columns = o->columns,
		.session = o->session,
		.explain = o->explain,
		.raw = o->raw,
		.hex = o->hex,
		.event_types = o->event_types,
		.width = terminal_width()};
	struct pipeline_result result = {0};
	struct source *src = *psrc;
	struct dumper *dumper = NULL;
	struct err e = {0};
	struct sink *sink = o->command == CMD_UI ? NULL : make_sink(o, &set, &e);
	int status;

	if (!sink && o->command != CMD_UI)
		return fail(&e, EXIT_USAGE);
	if (o->write && dumper_open(o->write, &o->dumper, &dumper, &e) < 0) {
		if (sink)
			sink->ops->free(sink);
		return fail(&e, EXIT_INPUT);
	}
	o->run.out = out;
	if (sink) {
		catch_signals(src);
		pipeline_run(&o->run, src, &sink, 1, dumper, &result);
		signal_source = NULL;
		sink->ops->free(sink);
		status = run_status(o, &result);
	} else {
		status = run_screens(o, psrc, dumper, &result, &e) < 0 ? fail(&e, EXIT_USAGE)
								       : run_status(o, &result);
	}
	if (dumper && dumper_close(&dumper, &e) < 0 && !result.output_broken)
		status = fail(&e, EXIT_INPUT);
	return status;
}

/* A key log that is of no use is worth a line; the capture is read all the same. */
static void
judge_keylog(const struct options *o)
{
	struct keylog_counts n = keylog_counts(o->run.keylog);
	struct err e = {0};

	if (o->quiet)
		return;
	if (n.junk)
		err_set(&e, -EINVAL, "%s: %llu lines of it are none of a key log", o->keylog,
			(unsigned long long)n.junk);
	else if (!n.secrets && o->interfaces.n)
		err_set(&e, -ENOENT, "%s: no secrets yet; it is looked at again", o->keylog);
	else if (!n.secrets)
		err_set(&e, -ENOENT, "%s: the key log holds no secrets", o->keylog);
	if (e.code)
		say("warning", &e);
}

static int
open_keylog(struct options *o)
{
	struct err e = {0};

	o->run.keylog = keylog_new(o->run.keylog_bytes);
	if (!o->keylog)
		return EXIT_DONE;
	if (keylog_open(o->run.keylog, o->keylog, o->interfaces.n > 0, &e) < 0)
		return fail(&e, EXIT_INPUT);
	judge_keylog(o);
	return EXIT_DONE;
}

static int
run_input(struct options *o, int argc, char **argv)
{
	struct filter *filter = NULL;
	struct source *src = NULL;
	struct out *out = NULL;
	struct trust *trust = NULL;
	struct err e = {0};
	int status;

	if (check_nets(&o->trusted_nets, "--trusted-net", &e) < 0 ||
		check_nets(&o->trusted_proxies, "--trusted-proxy", &e) < 0)
		return fail(&e, EXIT_USAGE);
	set_lists(o);
	o->run.reveal = o->reveal;
	o->run.judge = o->fail;
	if (o->workers)
		o->run.workers = (uint32_t)o->workers;
	o->run.model.live = o->interfaces.n > 0;
	o->run.stats_ns = (int64_t)o->stats_s * INT64_C(1000000000);
	o->run.progress = !o->quiet && isatty(STDERR_FILENO) && !o->interfaces.n &&
			  o->command != CMD_UI;
	o->run.quiet = o->quiet;
	o->run.command_line = command_line(o, argc, argv);
	if (o->filter && !(filter = filter_parse(o->filter, &e)))
		return fail(&e, EXIT_USAGE);
	if (open_trust(o, &trust, &e) < 0)
		return fail(&e, EXIT_INPUT);
	status = open_keylog(o);
	if (status == EXIT_DONE)
		/* The screens can ask for it. */
		status = o->files.n || o->interfaces.n ? open_source(o, &src, &e) : EXIT_DONE;
	if (status == EXIT_DONE && open_output(o, &out, &e) < 0)
		status = fail(&e, EXIT_INPUT);
	if (status == EXIT_DONE)
		status = run_source(o, &src, out, filter);
	out_free(&out);
	source_free(&src);
	filter_free(&filter);
	trust_free(&trust);
	keylog_free(&o->run.keylog);
	return status;
}

static int
run(struct options *o, int argc, char **argv)
{
	struct buf b;

	switch (o->command) {
	case CMD_REPORT:
	case CMD_LOG:
	case CMD_SESSIONS:
	case CMD_SHOW:
	case CMD_UI:
		return run_input(o, argc, argv);
	case CMD_EXPLAIN:
		return run_explain(o);
	case CMD_INTERFACES:
		return run_interfaces();
	case CMD_VERSION:
		return run_version();
	case CMD_HELP:
		buf_init(&b, SIZE_MAX);
		options_help(&b, o->help_on);
		return print(&b);
	case CMD_SETTINGS:
		buf_init(&b, SIZE_MAX);
		settings_print(&b, &o->run, &o->live);
		return print(&b);
	}
	return EXIT_USAGE;
}

int
main(int argc, char **argv)
{
	struct options o;
	struct err e = {0};
	int status;

	signal(SIGPIPE, SIG_IGN);
	if (options_parse(argc, argv, &o, &e))
		status = fail(&e, EXIT_USAGE);
	else
		status = run(&o, argc, argv);
	options_done(&o);
	return status;
}
