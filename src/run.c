/* From the options to the pipeline: the input, what is done with it, where it goes. */
#include "run.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/escape.h"
#include "dissectors/tls/keylog.h"
#include "findings/net.h"
#include "model/trust.h"
#include "output/filter.h"

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

int
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
		{offsetof(struct options, local_domains),
			offsetof(struct options, run.findings.local_domains)},
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

static int
open_list(const struct setting_files *files, enum wordlist_kind kind, struct wordlist **ret,
	struct err *e)
{
	if (!files->n)
		return 0;
	*ret = wordlist_new(kind);
	for (size_t i = 0; i < files->n; i++) {
		if (wordlist_read(*ret, files->v[i], e) < 0)
			return -EIO;
	}
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

int
run_input(struct options *o, int argc, char **argv)
{
	struct filter *filter = NULL;
	struct source *src = NULL;
	struct out *out = NULL;
	struct trust *trust = NULL;
	struct wordlist *bad_keys = NULL, *fingerprints = NULL;
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
	if (open_list(&o->run.bad_keys, WORDLIST_KEYS, &bad_keys, &e) < 0 ||
		open_list(&o->run.fingerprints, WORDLIST_FINGERPRINTS, &fingerprints, &e) < 0)
		status = fail(&e, EXIT_INPUT);
	else
		status = open_keylog(o);
	o->run.findings.bad_keys = bad_keys;
	o->run.findings.fingerprints = fingerprints;
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
	wordlist_free(&bad_keys);
	wordlist_free(&fingerprints);
	keylog_free(&o->run.keylog);
	return status;
}
