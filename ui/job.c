#include "ui/job.h"
#include "base/arena.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>

struct job_inside {
	pthread_t thread;
	atomic_bool over;
	struct err told;
};

static void *
run(void *user)
{
	struct job *j = user;

	j->run(j, &j->inside->told);
	atomic_store_explicit(&j->inside->over, true, memory_order_release);
	return NULL;
}

int
job_start(struct job *j, const struct job *what, struct err *e)
{
	sigset_t all, old;
	int rc;

	if (j->inside)
		return err_set(e, -EBUSY, "wait: %s goes on (F9 cancels it)", j->doing);
	j->doing = what->doing;
	j->user = what->user;
	j->run = what->run;
	j->free = what->free;
	atomic_store(&j->permille, 0);
	atomic_store(&j->cancel, false);
	j->inside = mem_get(sizeof(*j->inside));
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	rc = pthread_create(&j->inside->thread, NULL, run, j);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	if (rc == 0)
		return 0;
	free(j->inside);
	j->inside = NULL;
	return err_set(e, -rc, "no thread could be started");
}

bool
job_runs(const struct job *j)
{
	return j->inside;
}

static void
finish(struct job *j, struct err *ret)
{
	pthread_join(j->inside->thread, NULL);
	*ret = j->inside->told;
	if (j->free)
		j->free(j->user);
	free(j->inside);
	j->inside = NULL;
}

bool
job_ended(struct job *j, struct err *ret)
{
	if (!j->inside || !atomic_load_explicit(&j->inside->over, memory_order_acquire))
		return false;
	finish(j, ret);
	return true;
}

void
job_stop(struct job *j)
{
	struct err told;

	if (!j->inside)
		return;
	atomic_store(&j->cancel, true);
	finish(j, &told);
}
