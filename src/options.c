#include "options.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "output/log_types.h"
#include "output/nearest.h"
#include "output/text.h"

enum {
	ON_REPORT = 1 << CMD_REPORT,
	ON_LOG = 1 << CMD_LOG,
	ON_SESSIONS = 1 << CMD_SESSIONS,
	ON_SHOW = 1 << CMD_SHOW,
	ON_UI = 1 << CMD_UI
};
enum {
	ON_INPUT = ON_REPORT | ON_LOG | ON_SESSIONS | ON_SHOW | ON_UI,
	ON_ALL = -1
};

static const struct command_row {
	const char *name, *args, *help;
} commands[] = {
	[CMD_REPORT] = {"report", "FILE… | -i IF", "what is wrong and what is fine"},
	[CMD_LOG] = {"log", "FILE… | -i IF", "every event, one JSON object a line"},
	[CMD_SESSIONS] = {"sessions", "FILE… | -i IF", "one line a session"},
	[CMD_SHOW] = {"show", "FILE… [--session N]",
		"the dialogues as text: who said what, when"},
	[CMD_EXPLAIN] = {"explain", "[TERM]",
		"what a command, reply, capability or finding means"},
	[CMD_INTERFACES] = {"interfaces", "", "what can be captured from"},
	[CMD_HELP] = {"help", "[COMMAND]", "this text, or that of a command"},
	[CMD_VERSION] = {"version", "", "version and the libraries built in"},
	[CMD_SETTINGS] = {"settings", "",
		"every limit and threshold, for --set and the config file"},
	[CMD_UI] = {"ui", "FILE… | -i IF", "look at it on screen: sessions, dialogues"},
};
enum {
	N_COMMANDS = sizeof(commands) / sizeof(commands[0])
};

enum value_kind {
	FLAG,
	TEXT,
	LIST,
	NUMBER,
	BYTES_VALUE,
	SECONDS,
	OWN
};

struct option_row {
	const char *name;
	char letter;
	enum value_kind kind;
	int on; /* ON_…: the commands that know it */
	size_t offset;
	int (*own)(struct options *o, const char *value, struct err *e);
	const char *value, *help;
};

static void
names_add(struct options *o, struct names *n, const char *word)
{
	const char **v = arena_get(&o->arena, (n->n + 2) * sizeof(*v));

	if (n->n)
		memcpy(v, n->v, n->n * sizeof(*v));
	v[n->n++] = word;
	n->v = v;
}

static int
own_file(struct options *o, const char *value, struct err *e)
{
	names_add(o, &o->files, value);
	return 0;
}

static int
own_rotate(struct options *o, const char *value, struct err *e)
{
	char last = value[0] ? value[strlen(value) - 1] : 0;
	uint64_t bytes = 0;
	int64_t ns = 0;

	if (last && strchr("smhd", last) && time_parse(value, &ns) && ns > 0)
		o->dumper.rotate_ns = ns;
	else if (size_parse(value, &bytes) && bytes > 0)
		o->dumper.rotate_bytes = bytes;
	else
		return err_set(e, -EINVAL,
			"--rotate %s: give a size such as 100M or a time such as 10m", value);
	return 0;
}

static int
own_keep(struct options *o, const char *value, struct err *e)
{
	uint64_t n;

	if (!size_parse(value, &n) || n > UINT32_MAX)
		return err_set(e, -EINVAL, "--keep %s: give a number of files", value);
	o->dumper.keep = (uint32_t)n;
	return 0;
}

static int
own_hash(struct options *o, const char *value, struct err *e)
{
	if (strcmp(value, "none") && strcmp(value, "sha256") && strcmp(value, "all"))
		return err_set(e, -EINVAL, "--hash %s: give none, sha256 or all", value);
	o->run.model.sha256 = strcmp(value, "none") != 0;
	return 0;
}

static int
own_workers(struct options *o, const char *value, struct err *e)
{
	if (!size_parse(value, &o->workers) || !o->workers || o->workers > 256)
		return err_set(
			e, -EINVAL, "-j %s: give a number of workers from 1 to 256", value);
	return 0;
}

static int
own_memory(struct options *o, const char *value, struct err *e)
{
	uint64_t n;

	if (!size_parse(value, &n) || n < 16 << 20)
		return err_set(e, -EINVAL,
			"--memory %s: give a size of at least 16M, such as 512M or 2G", value);
	pipeline_share_memory(&o->run, n);
	return 0;
}

static int
own_fail_on(struct options *o, const char *value, struct err *e)
{
	if (!severity_parse(bytes_str(value), &o->fail_on))
		return err_set(e, -EINVAL,
			"--fail-on %s: give critical, high, medium, low or info", value);
	o->fail = true;
	return 0;
}

static int
own_color(struct options *o, const char *value, struct err *e)
{
	o->color_always = !strcmp(value, "always");
	o->color_never = !strcmp(value, "never");
	if (!o->color_always && !o->color_never && strcmp(value, "auto") != 0)
		return err_set(e, -EINVAL, "--color %s: give auto, always or never", value);
	return 0;
}

static int
own_types(struct options *o, const char *value, struct err *e)
{
	struct bytes rest = bytes_str(value);

	while (rest.n) {
		size_t n = bytes_find(rest, ',');
		unsigned bit = log_type_bit(bytes_sub(rest, 0, n));

		if (!bit)
			return err_set(e, -EINVAL,
				"--types %s: give some of "
				"flow,login,smtp,pop3,imap,tls,anomaly,alert,stats,dns",
				value);
		o->event_types |= bit;
		rest = bytes_from(rest, n + 1);
	}
	return 0;
}

static int
own_buffer(struct options *o, const char *value, struct err *e)
{
	uint64_t n;

	if (!size_parse(value, &n) || n < 1 << 20 || n > INT32_MAX)
		return err_set(e, -EINVAL,
			"--buffer %s: give a size from 1M to 2047M, such as 64M", value);
	o->live.buffer_bytes = (uint32_t)n;
	return 0;
}

static int
own_fanout(struct options *o, const char *value, struct err *e)
{
	uint64_t n;

	if (!size_parse(value, &n) || n < 1 || n > 64)
		return err_set(e, -EINVAL, "--fanout %s: give a number of sockets from 1 to 64",
			value);
	o->live.fanout = (uint32_t)n;
	return 0;
}

static int
own_session(struct options *o, const char *value, struct err *e)
{
	if (!size_parse(value, &o->session) || o->session == 0)
		return err_set(e, -EINVAL,
			"--session %s: give a number from 1 on, as `mailsnoop sessions` lists "
			"them",
			value);
	return 0;
}

static int
own_set(struct options *o, const char *value, struct err *e)
{
	const char *eq = strchr(value, '=');
	char *key;

	if (!eq)
		return err_set(e, -EINVAL,
			"--set %s: give KEY=VALUE; `mailsnoop settings` lists the keys", value);
	key = arena_text(
		&o->arena, (struct bytes){(const uint8_t *)value, (size_t)(eq - value)});
	return settings_set(&o->run, &o->live, &o->arena, key, eq + 1, e);
}

#define AT(field) offsetof(struct options, field)

/* clang-format off */
static const struct option_row rows[] = {
	{"read", 'r', OWN, ON_INPUT, 0, own_file, "FILE", "same as naming FILE; - is standard input; pcap, pcapng, gzip, zstd"},
	{"interface", 'i', LIST, ON_INPUT, AT(interfaces), NULL, "IF", "capture from there; repeatable; `any` is all of them"},
	{"bpf", 'f', TEXT, ON_INPUT, AT(bpf), NULL, "BPF", "capture filter, libpcap syntax"},
	{"filter", 'F', TEXT, ON_INPUT, AT(filter), NULL, "EXPR", "session filter, as in: proto == imap && user ~ \"bob\""},
	{"write", 'w', TEXT, ON_INPUT, AT(write), NULL, "FILE", "also keep the raw packets"},
	{"rotate", 0, OWN, ON_INPUT, 0, own_rotate, "SIZE|TIME", "-w: begin a new file after that much"},
	{"keep", 0, OWN, ON_INPUT, 0, own_keep, "N", "-w: files kept when rotating"},
	{"numeric", 'n', FLAG, ON_INPUT, SIZE_MAX, NULL, NULL, "no name look-ups (always so)"},
	{"count", 'c', NUMBER, ON_INPUT, AT(run.max_packets), NULL, "N", "stop after N packets"},
	{"duration", 0, SECONDS, ON_INPUT, AT(run.duration_ns), NULL, "T", "stop after that time (30s, 5m, 2h)"},
	{"keylog", 0, TEXT, ON_INPUT, AT(keylog), NULL, "FILE", "TLS secrets in SSLKEYLOGFILE format; decrypts what it can"},
	{"reveal", 0, FLAG, ON_INPUT, AT(reveal), NULL, NULL, "show secrets; without it they are masked everywhere"},
	{"hash", 0, OWN, ON_INPUT, 0, own_hash, "KIND", "digests of messages: none, sha256, all (default sha256)"},
	{"jobs", 'j', OWN, ON_INPUT, 0, own_workers, "N", "workers; the output is the same for any N"},
	{"memory", 0, OWN, ON_INPUT, 0, own_memory, "SIZE", "ceiling for flows and sessions (default 1G)"},
	{"fail-on", 0, OWN, ON_INPUT, 0, own_fail_on, "SEV", "exit status 1 when a finding of that severity or higher was made"},
	{"trusted-net", 0, LIST, ON_INPUT, AT(trusted_nets), NULL, "CIDR", "a network of ours (repeatable; default private ranges)"},
	{"trusted-proxy", 0, LIST, ON_INPUT, AT(trusted_proxies), NULL, "ADDR", "a proxy with many users behind it (repeatable)"},
	{"local-domain", 0, LIST, ON_INPUT, AT(local_domains), NULL, "DOMAIN", "a domain whose mail is ours, with all below it (repeatable)"},
	{"sensitive", 0, LIST, ON_INPUT, AT(sensitive), NULL, "NAME", "an account that matters more (repeatable; default root, admin …)"},
	{"ca", 0, LIST, ON_INPUT, AT(ca), NULL, "FILE", "authorities to trust beside those of the system, PEM (repeatable)"},
	{"set", 0, OWN, ON_INPUT, 0, own_set, "KEY=VALUE", "a limit or threshold; `mailsnoop settings` lists them"},
	{"config", 0, TEXT, ON_INPUT, AT(config), NULL, "FILE", "settings; default mailsnoop/config in the XDG config directory"},
	{"no-promiscuous", 0, FLAG, ON_INPUT, AT(no_promiscuous), NULL, NULL, "-i: only packets from and to this machine"},
	{"buffer", 'B', OWN, ON_INPUT, 0, own_buffer, "SIZE", "-i: ring for packets not yet read, of each socket (default 32M)"},
	{"fanout", 0, OWN, ON_INPUT, 0, own_fanout, "N", "-i: N sockets on each interface, its connections shared out over them"},
	{"time-stamps", 0, TEXT, ON_INPUT, AT(live.time_stamps), NULL, "CLOCK", "-i: host, adapter or adapter_unsynced; `mailsnoop interfaces` says who has which"},
	{"to", 0, TEXT, ON_LOG, AT(to), NULL, "FILE", "write there instead of standard output"},
	{"types", 0, OWN, ON_LOG, 0, own_types, "LIST", "only these event types: flow,login,smtp,pop3,imap,tls,anomaly,alert,stats; dns when named"},
	{"stats", 0, NUMBER, ON_LOG, AT(stats_s), NULL, "SECONDS", "a stats event so often (default: at the end only)"},
	{"format", 0, TEXT, ON_REPORT | ON_SESSIONS, AT(format), NULL, "FORMAT", "text, json or csv"},
	{"columns", 0, TEXT, ON_SESSIONS, AT(columns), NULL, "a,b,c", "which columns, in which order"},
	{"session", 0, OWN, ON_SHOW, 0, own_session, "N", "only session N of `mailsnoop sessions`"},
	{"explain", 0, FLAG, ON_SHOW, AT(explain), NULL, NULL, "say under each line what it means, with its RFC"},
	{"raw", 0, FLAG, ON_SHOW, AT(raw), NULL, NULL, "the bytes as they were sent, escaped"},
	{"hex", 0, FLAG, ON_SHOW, AT(hex), NULL, NULL, "hex dump with packet numbers and offsets"},
	{"script", 0, TEXT, ON_UI, AT(script), NULL, "FILE", "no terminal: keys from there (docs/ui.md)"},
	{"size", 0, TEXT, ON_UI, AT(size), NULL, "COLSxROWS", "--script: of the screen (default 80x24)"},
	{"color", 0, OWN, ON_ALL, 0, own_color, "WHEN", "auto, always or never; NO_COLOR is honoured"},
	{"quiet", 'q', FLAG, ON_ALL, AT(quiet), NULL, NULL, "no progress, no warnings"},
	{"verbose", 'v', FLAG, ON_ALL, AT(verbose), NULL, NULL, "say more on standard error"},
};
/* clang-format on */
enum {
	N_ROWS = sizeof(rows) / sizeof(rows[0])
};

static const struct option_row *
row_find(const char *name, size_t n, char letter)
{
	for (size_t i = 0; i < N_ROWS; i++) {
		if (letter ? rows[i].letter == letter
			   : strlen(rows[i].name) == n && !memcmp(rows[i].name, name, n))
			return &rows[i];
	}
	return NULL;
}

static int
row_take(struct options *o, const struct option_row *r, const char *value, struct err *e)
{
	void *at = (char *)o + r->offset;

	if (!(r->on & 1 << o->command))
		return err_set(e, -EINVAL,
			"--%s: `mailsnoop %s` has no such option; `mailsnoop %s -h` lists them",
			r->name, commands[o->command].name, commands[o->command].name);
	switch (r->kind) {
	case FLAG:
		if (r->offset != SIZE_MAX)
			*(bool *)at = true;
		return 0;
	case TEXT:
		*(const char **)at = value;
		return 0;
	case LIST:
		names_add(o, at, value);
		return 0;
	case NUMBER:
	case BYTES_VALUE:
		if (!size_parse(value, at))
			return err_set(
				e, -EINVAL, "--%s %s: a number is needed", r->name, value);
		return 0;
	case SECONDS:
		if (!time_parse(value, at))
			return err_set(e, -EINVAL,
				"--%s %s: a time such as 30s, 5m or 2h is needed", r->name,
				value);
		return 0;
	case OWN:
		return r->own(o, value, e);
	}
	return 0;
}

static int
unknown_option(const struct options *o, const char *word, struct err *e)
{
	const char *name = word[1] == '-' ? word + 2 : word + 1;
	struct bytes shown = bytes_str(name);
	struct nearest near;
	struct buf text;

	nearest_init(&near, bytes_sub(shown, 0, bytes_find(shown, '=')));
	for (size_t i = 0; i < N_ROWS && shown.n > 1; i++)
		if (rows[i].on & 1 << o->command)
			nearest_offer(&near, rows[i].name);
	buf_init(&text, 256);
	for (size_t i = 0; i < near.n; i++)
		buf_fmt(&text, "%s--%s", i ? " or " : "; did you mean ", near.best[i].name);
	err_set(e, -EINVAL, "%s: no such option%s%s `mailsnoop %s -h` lists them", word,
		buf_text(&text), near.n ? "?" : ";", commands[o->command].name);
	buf_done(&text);
	return -EINVAL;
}

/* One word that begins with a dash. *i moves over its value. */
static int
take_option(struct options *o, int argc, char **argv, int *i, struct err *e)
{
	const char *word = argv[*i], *value = NULL;
	const struct option_row *r;

	if (word[1] == '-') {
		const char *eq = strchr(word, '=');

		r = row_find(word + 2, eq ? (size_t)(eq - word - 2) : strlen(word + 2), 0);
		value = eq ? eq + 1 : NULL;
	} else {
		r = row_find(NULL, 0, word[1]);
		value = word[2] ? word + 2 : NULL;
	}
	if (!r)
		return unknown_option(o, word, e);
	if (value && r->kind == FLAG)
		return err_set(e, -EINVAL, "%s: --%s takes no value", word, r->name);
	if (r->kind != FLAG && !value) {
		if (*i + 1 >= argc)
			return err_set(e, -EINVAL, "%s needs a value: %s %s (%s)", word, word,
				r->value, r->help);
		value = argv[++*i];
	}
	return row_take(o, r, value, e);
}

static bool
command_find(const char *word, enum command *ret)
{
	for (size_t i = 0; i < N_COMMANDS; i++) {
		if (!strcmp(commands[i].name, word)) {
			*ret = (enum command)i;
			return true;
		}
	}
	return false;
}

static int
unknown_command(const char *word, const char *what, struct err *e)
{
	struct nearest near;
	struct buf text;

	nearest_init(&near, bytes_str(word));
	for (size_t i = 0; i < N_COMMANDS; i++)
		nearest_offer(&near, commands[i].name);
	buf_init(&text, 256);
	nearest_put(&near, &text);
	err_set(e, -EINVAL, "%s: %s%s%s `mailsnoop help` lists the commands", word, what,
		buf_text(&text), near.n ? "" : ";");
	buf_done(&text);
	return -EINVAL;
}

/* -h and -V anywhere, whatever else is wrong. */
static bool
asks_for_help(int argc, char **argv, struct options *o)
{
	for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
		bool version = !strcmp(argv[i], "-V") || !strcmp(argv[i], "--version");

		if (!version && strcmp(argv[i], "-h") != 0 && strcmp(argv[i], "--help") != 0)
			continue;
		o->help_on = CMD_HELP;
		command_find(argv[1], &o->help_on);
		o->command = version ? CMD_VERSION : CMD_HELP;
		return true;
	}
	return false;
}

static int
check(struct options *o, struct err *e)
{
	const char *name = commands[o->command].name;

	if (!((1 << o->command) & ON_INPUT))
		return 0;
	if (o->files.n && o->interfaces.n)
		return err_set(e, -EINVAL, "files and -i together: choose one");
	if (!o->files.n && !o->interfaces.n && o->command != CMD_UI)
		return err_set(e, -EINVAL,
			"nothing to read: name a capture file, or an interface as in "
			"`mailsnoop %s -i any`",
			name);
	if ((o->dumper.rotate_bytes || o->dumper.rotate_ns || o->dumper.keep) && !o->write)
		return err_set(e, -EINVAL,
			"--rotate and --keep are about the file of -w: give -w FILE too");
	return 0;
}

static int
take_word(struct options *o, const char *word, struct err *e)
{
	if ((1 << o->command) & ON_INPUT) {
		names_add(o, &o->files, word);
		return 0;
	}
	if (o->command == CMD_EXPLAIN && !o->term) {
		o->term = word;
		return 0;
	}
	if (o->command == CMD_EXPLAIN)
		return err_set(e, -EINVAL,
			"%s: explain takes one term; put several words in quotes", word);
	if (o->command == CMD_HELP)
		return command_find(word, &o->help_on)
			       ? 0
			       : unknown_command(word, "no such command", e);
	return err_set(e, -EINVAL,
		"%s: `mailsnoop %s` takes no word behind it; see `mailsnoop %s -h`", word,
		commands[o->command].name, commands[o->command].name);
}

int
options_parse(int argc, char **argv, struct options *o, struct err *e)
{
	int i = 1, rc = 0;
	bool only_words = false;

	*o = (struct options){
		.command = isatty(STDIN_FILENO) && isatty(STDOUT_FILENO) ? CMD_UI : CMD_REPORT,
		.help_on = CMD_HELP};
	arena_init(&o->arena, 1024);
	pipeline_settings_init(&o->run);
	o->live = source_live_defaults;
	if (argc < 2) {
		o->command = CMD_HELP;
		return 0;
	}
	if (asks_for_help(argc, argv, o))
		return 0;
	if (command_find(argv[1], &o->command)) {
		i = 2;
	} else if (argv[1][0] != '-' && access(argv[1], F_OK) != 0 && !strpbrk(argv[1], "./")) {
		return unknown_command(argv[1], "neither a command nor a file", e);
	}
	/* The config file comes first, so that the command line has the last word. */
	for (int k = i; k < argc; k++) {
		if (!strcmp(argv[k], "--config") && k + 1 < argc)
			o->config = argv[k + 1];
		else if (!strncmp(argv[k], "--config=", 9))
			o->config = argv[k] + 9;
	}
	rc = settings_file(&o->run, &o->live, &o->arena, o->config, e);
	for (; !rc && i < argc; i++) {
		if (!only_words && !strcmp(argv[i], "--"))
			only_words = true;
		else if (only_words || argv[i][0] != '-' || !argv[i][1])
			rc = take_word(o, argv[i], e);
		else
			rc = take_option(o, argc, argv, &i, e);
	}
	return rc ? rc : check(o, e);
}

void
options_done(struct options *o)
{
	arena_done(&o->arena);
}

#define HELP_WIDTH 80
#define HELP_COLUMN 29 /* of the words behind an option */

static void
help_row(struct buf *out, const char *word, size_t column, const char *help)
{
	size_t at = 2 + text_width(bytes_str(word));

	buf_fmt(out, "  %s", word);
	if (at + 2 > column) {
		buf_byte(out, '\n');
		at = 0;
	}
	text_spaces(out, column - at);
	text_wrap(out, bytes_str(help), column, column, HELP_WIDTH);
}

static void
help_options(struct buf *out, enum command on)
{
	buf_str(out, "\nOptions:\n");
	for (size_t i = 0; i < N_ROWS; i++) {
		char word[64];

		if (!(rows[i].on & 1 << on))
			continue;
		snprintf(word, sizeof(word), "%s%c%s--%s%s%s", rows[i].letter ? "-" : " ",
			rows[i].letter ? rows[i].letter : ' ', rows[i].letter ? ", " : "  ",
			rows[i].name, rows[i].value ? " " : "",
			rows[i].value ? rows[i].value : "");
		help_row(out, word, HELP_COLUMN, rows[i].help);
	}
	help_row(out, "-h, --help", HELP_COLUMN, "this text");
	help_row(out, "-V, --version", HELP_COLUMN, "version and the libraries built in");
}

static void
help_overview(struct buf *out)
{
	static const char *const examples[] = {"mailsnoop report day.pcap",
		"mailsnoop sessions -F 'user ~ \"bob\"' day.pcap",
		"mailsnoop show --session 3 --explain day.pcap", "sudo mailsnoop log -i any"};

	buf_str(out,
		"mailsnoop reads mail traffic from capture files or interfaces and says what "
		"is\nwrong with its security.\n\nCommands:\n");
	for (size_t i = 0; i < N_COMMANDS; i++) {
		char word[64];

		snprintf(word, sizeof(word), "%s%s%s", commands[i].name,
			*commands[i].args ? " " : "", commands[i].args);
		help_row(out, word, HELP_COLUMN, commands[i].help);
	}
	buf_str(out, "\nWithout a command: ui in a terminal, else report.\n"
		     "`mailsnoop COMMAND -h` lists the options of one.\n\nExamples:\n");
	for (size_t i = 0; i < sizeof(examples) / sizeof(examples[0]); i++)
		buf_fmt(out, "  %s\n", examples[i]);
	buf_str(out, "\nExit status:\n"
		     "  0  done\n"
		     "  1  --fail-on met\n"
		     "  2  the command line is wrong\n"
		     "  3  an input could not be read or ended early\n"
		     "  4  no permission for live capture\n");
}

void
options_help(struct buf *out, enum command on)
{
	if (on == CMD_HELP) {
		help_overview(out);
		return;
	}
	buf_fmt(out, "mailsnoop %s%s%s%s\n    %s\n", commands[on].name,
		(1 << on) & ON_INPUT ? " [OPTION…]" : "", *commands[on].args ? " " : "",
		commands[on].args, commands[on].help);
	help_options(out, on);
}
