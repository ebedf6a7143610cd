/* One thing at a time that takes too long for the thread of the screens. */
#ifndef MS_UI_JOB_H
#define MS_UI_JOB_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

struct job {
	const char *doing; /* "saving"; static */
	void *user;
	/* In the thread. Looks at `cancel` often and keeps `permille` up to date. What is to be
	 * told of it: *ret; the code below 0 when it failed. */
	void (*run)(struct job *j, struct err *ret);
	void (*free)(void *user); /* in the thread of the screens, when it is over; or NULL */
	atomic_uint permille;
	atomic_bool cancel;
	struct job_inside *inside; /* NULL: nothing runs */
};

/* -EBUSY while another one runs. */
int job_start(struct job *j, const struct job *what, struct err *e);
bool job_runs(const struct job *j);
/* Has it ended since the last call? Then *ret is what it told. */
bool job_ended(struct job *j, struct err *ret);
/* Cancels and waits for the end. */
void job_stop(struct job *j);

#endif
