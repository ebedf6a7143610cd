/* Between the command line and the pipeline: what main.c, run.c and run_screens.c share. */
#ifndef MS_RUN_H
#define MS_RUN_H

#include "options.h"

enum exit_status { /* CONTRACT.md */
	EXIT_DONE = 0,
	EXIT_FINDING = 1,
	EXIT_USAGE = 2,
	EXIT_INPUT = 3,
	EXIT_PERMISSION = 4
};

/* A line on standard error, escaped: "warning: …". */
void say(const char *kind, const struct err *e);
/* The same as an error; gives back the status. */
int fail(const struct err *e, int status);

/* Standard output and other descriptors; ASCII only where a terminal knows no more. */
struct out *out_open(int fd, bool own_fd);
int terminal_width(void);
bool wants_color(const struct options *o);

/* Opens the input that the options name, with a filter of libpcap. Exit status. */
int open_source(struct options *o, struct source **ret, struct err *e);
/* Reads the input into the sink of the command, or onto the screens. Exit status. */
int run_input(struct options *o, int argc, char **argv);
/* The screens; *src may be NULL, and another one afterwards. Negative errno with text. */
int run_screens(struct options *o, struct source **src, struct dumper *dumper,
	struct pipeline_result *ret, struct err *e);

#endif
