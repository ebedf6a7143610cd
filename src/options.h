/* The command line, by one table of options; and the settings that --set and the config file
 * change, by another. */
#ifndef MS_OPTIONS_H
#define MS_OPTIONS_H

#include "base/arena.h"
#include "capture/source.h"
#include "pipeline.h"

enum command {
	CMD_REPORT,
	CMD_LOG,
	CMD_SESSIONS,
	CMD_SHOW,
	CMD_EXPLAIN,
	CMD_INTERFACES,
	CMD_HELP,
	CMD_VERSION,
	CMD_SETTINGS,
	CMD_UI
};

struct names { /* a list of words */
	const char **v;
	size_t n;
};

struct options {
	enum command command;
	enum command help_on; /* CMD_HELP: of which command; CMD_HELP itself: the overview */
	struct names files, interfaces, trusted_nets, trusted_proxies, local_domains, sensitive,
		ca;
	const char *term; /* explain */
	const char *bpf, *filter, *write, *to, *format, *columns, *config, *keylog;
	const char *script, *size; /* ui */
	uint64_t session;
	bool explain, raw, hex, reveal, quiet, verbose, no_promiscuous;
	unsigned event_types;
	uint64_t workers, stats_s;
	bool color_always, color_never;
	bool fail;
	enum severity fail_on;
	struct dumper_settings dumper;
	struct source_live_settings live;
	struct pipeline_settings run;
	struct arena arena;
};

/* 0, or -EINVAL with a text that names the word, what is wrong with it and what would be right.
 */
int options_parse(int argc, char **argv, struct options *ret, struct err *e);
void options_done(struct options *o);
void options_help(struct buf *out, enum command on);

/* settings.c: KEY=VALUE for every limit and threshold; values take k M G, ms s m h. */
/* Names of files are copied into `keep`. */
int settings_set(struct pipeline_settings *run, struct source_live_settings *live,
	struct arena *keep, const char *key, const char *value, struct err *e);
/* Lines "key = value" of a file, # comments. A missing default file is fine (path NULL: XDG).
 */
int settings_file(struct pipeline_settings *run, struct source_live_settings *live,
	struct arena *keep, const char *path, struct err *e);
/* Every key with its value, unit and meaning. */
void settings_print(struct buf *out, const struct pipeline_settings *run,
	const struct source_live_settings *live);
/* "10M", "4k", "1G", "123" bytes; "30s" "5m" "2h" "100ms" as nanoseconds. False when it is
 * neither. */
bool size_parse(const char *s, uint64_t *ret);
bool time_parse(const char *s, int64_t *ret_ns);

#endif
