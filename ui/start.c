#include "ui/start.h"
#include "base/clock.h"
#include "base/escape.h"
#include "ui/script.h"
#include "ui/terminal.h"

#include <errno.h>
#include <locale.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#define FRAME_NS (NS_PER_S / 10) /* what comes by itself is drawn so often at most */
#define LEAVE_S 3                /* an input that cannot be stopped is left behind after */

struct run {
	const struct start_settings *set;
	struct feed *feed;
	pthread_t thread; /* 0: nothing is read */
	struct ui *ui;
	struct ui_host host;
};

static volatile sig_atomic_t told_to_leave;

static void
on_signal(int sig)
{
	told_to_leave = sig;
}

static void *
read_input(void *user)
{
	struct run *r = user;

	r->set->run(r->set->user, &r->feed->sink);
	/* Also when it could not even begin. */
	atomic_store_explicit(&r->feed->finished, true, memory_order_release);
	return NULL;
}

/* Signals are for the thread that has the terminal. */
static int
start_reading(struct run *r, struct err *e)
{
	sigset_t all, old;
	int rc;

	if (r->set->nothing && !r->ui) {
		atomic_store(&r->feed->finished, true);
		return 0;
	}

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	rc = pthread_create(&r->thread, NULL, read_input, r);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	if (rc == 0)
		return 0;
	r->thread = 0;
	atomic_store(&r->feed->finished, true);
	return err_set(e, -rc, "no thread could be started: %s", strerror(rc));
}

/* False when the input does not end. */
static bool
stop_reading(struct run *r)
{
	struct timespec until;

	if (!r->thread)
		return true;
	r->set->stop(r->set->user);
	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += LEAVE_S;
	if (pthread_timedjoin_np(r->thread, NULL, &until) != 0)
		return false;
	r->thread = 0;
	return true;
}

static int
host_open(void *user, const struct input_wish *w, struct err *e)
{
	struct run *r = user;
	struct feed *old = r->feed;
	const char *name;
	int rc = r->set->open(r->set->user, w, &name, e);

	if (rc < 0)
		return rc;
	if (!stop_reading(r))
		return err_set(e, -EBUSY, "the present input does not end");
	r->set->take(r->set->user);
	r->feed = feed_new(&r->set->feed);
	rc = start_reading(r, e);
	ui_use(r->ui, r->feed, name);
	feed_free(&old);
	return rc;
}

static void
host_stop(void *user)
{
	const struct start_settings *set = ((struct run *)user)->set;

	set->stop(set->user);
}

static size_t
host_files(void *user, const char *const **ret, struct err *e)
{
	const struct start_settings *set = ((struct run *)user)->set;

	return set->files(set->user, ret, e);
}

static const char *
host_bpf(void *user)
{
	const struct start_settings *set = ((struct run *)user)->set;

	return set->bpf(set->user);
}

static const char *
host_keylog(void *user)
{
	const struct start_settings *set = ((struct run *)user)->set;

	return set->keylog(set->user);
}

static struct ui *
make_ui(struct run *r, struct ui_options *o)
{
	r->host = (struct ui_host){.user = r,
		.open = host_open,
		.stop = host_stop,
		.files = host_files,
		.bpf = host_bpf,
		.keylog = host_keylog};
	o->host = &r->host;
	o->choose = r->set->nothing;
	r->ui = ui_new(r->feed, o);
	return r->ui;
}

static void
catch_signals(void)
{
	static const int ends[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};
	struct sigaction sa = {.sa_handler = on_signal};

	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
		sigaction(ends[i], &sa, NULL);
}

static void
show_news(struct ui *ui)
{
	struct buf news, line;

	buf_init(&news, 4096);
	buf_init(&line, 512);
	if (terminal_news(&news)) {
		escape_term(&line,
			bytes_sub(buf_bytes(&news), 0, bytes_find(buf_bytes(&news), '\n')));
		ui_say(ui, INK_ERROR, "%s", buf_text(&line));
	}
	buf_done(&news);
	buf_done(&line);
}

static void
resize(struct ui *ui)
{
	int rows, cols;

	terminal_size(&rows, &cols);
	ui_resize(ui, rows, cols);
}

/* Keys at once, everything else ten times a second at most. */
static void
loop(struct ui *ui, bool *mouse)
{
	int64_t next_ns = 0;

	resize(ui);
	while (!ui_over(ui) && !told_to_leave) {
		int64_t now = clock_mono_ns();
		int wait_ms = next_ns > now ? (int)((next_ns - now) / NS_PER_MS) + 1 : 0;
		struct key_press k = terminal_key(wait_ms);
		bool pressed = k.key != KEY_NO_KEY;

		for (int i = 0; k.key != KEY_NO_KEY && i < 64; i++) { /* typed ahead */
			if (k.key == KEY_IS_RESIZE)
				resize(ui);
			else
				ui_key(ui, k);
			k = terminal_key(0);
		}
		if (!pressed && clock_mono_ns() < next_ns)
			continue;
		show_news(ui);
		if (ui_wiped(ui))
			terminal_wipe();
		if (ui_mouse(ui) != *mouse)
			terminal_mouse(*mouse = ui_mouse(ui));
		if (ui_tick(ui) || pressed)
			terminal_paint(ui_draw(ui), ui_theme(ui));
		next_ns = clock_mono_ns() + FRAME_NS;
	}
}

static int
run_terminal(const struct start_settings *set, struct run *r, struct err *e)
{
	struct terminal_settings t = {.color = set->color, .mouse = set->mouse};
	struct ui_options o = {.theme = terminal_is_light() ? THEME_LIGHT : THEME_DARK,
		.mouse = set->mouse,
		.input = set->input,
		.filter = set->filter};
	struct ui *ui;
	int rc = terminal_open(&t, e);

	if (rc < 0)
		return rc;
	o.unicode = terminal_is_unicode();
	o.mono = !terminal_has_color();
	catch_signals();
	rc = start_reading(r, e);
	if (rc == 0) {
		ui = make_ui(r, &o);
		loop(ui, &t.mouse);
		ui_free(&ui);
	}
	terminal_close();
	return rc;
}

static int
run_script(const struct start_settings *set, struct run *r, struct err *e)
{
	struct ui_options o = {.mouse = set->mouse,
		.input = set->input,
		.filter = set->filter,
		.unicode = terminal_is_unicode(),
		.steady = true};
	struct ui *ui;
	int rows = 24, cols = 80, rc = start_reading(r, e);

	if (rc < 0)
		return rc;
	if (set->size)
		script_size(bytes_str(set->size), &rows, &cols);
	ui = make_ui(r, &o);
	ui_resize(ui, rows, cols);
	rc = script_run(ui, set->script, e);
	ui_free(&ui);
	return rc;
}

int
start(const struct start_settings *set, struct err *e)
{
	struct run r = {.set = set, .feed = feed_new(&set->feed)};
	int rc;

	setlocale(LC_CTYPE, "");
	rc = set->script ? run_script(set, &r, e) : run_terminal(set, &r, e);
	if (!stop_reading(&r)) /* a pipe that nobody writes to, perhaps */
		_exit(rc < 0 ? 2 : 0);
	feed_free(&r.feed);
	return rc;
}
