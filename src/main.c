#include <langinfo.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <openssl/crypto.h>
#include <pcap/pcap.h>
#include <zlib.h>
#include <zstd.h>

#include "base/escape.h"
#include "dissectors/dns/dns.h"
#include "dissectors/mime/words.h"
#include "guess/guess.h"
#include "output/explain.h"
#include "run.h"

void
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

int
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

struct out *
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
	buf_fmt(&b, "  %s\n",
		dns_library() ? dns_library() : "no ldns: DNS answers are not read");
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

int
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

bool
wants_color(const struct options *o)
{
	const char *no = getenv("NO_COLOR"), *term = getenv("TERM");

	if (o->color_always || o->color_never)
		return o->color_always;
	return isatty(STDOUT_FILENO) && !(no && *no) && !(term && !strcmp(term, "dumb"));
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
