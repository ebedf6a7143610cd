/* F2: what, then where, then whether something may be overwritten; then it is done. */
#include "ui/ui_int.h"
#include "base/arena.h"
#include "base/escape.h"
#include "output/text.h"
#include "ui/flows.h"
#include "ui/list.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#define ROWS_AT_ONCE 1000u /* of a list */

struct packets { /* of a job: everything is its own */
	struct flows *flows;
	char **files;
	size_t n_files;
	char *bpf, *keylog;
	struct newfile out;
	bool whole; /* the sessions are over: their packets are known */
};

static void
say_saved(struct err *ret, const char *path, const char *what, uint64_t bytes)
{
	struct buf name;
	char size[TEXT_NUMBER];

	buf_init(&name, sizeof(ret->text) / 2);
	escape_term(&name, bytes_str(path));
	err_set(ret, 0, "saved %s to %s (%s bytes)", what, buf_text(&name),
		text_number(bytes, size));
	buf_done(&name);
}

static void
run_packets(struct job *j, struct err *ret)
{
	struct packets *p = j->user;
	struct flows_count n = {0};
	char what[160], number[TEXT_NUMBER], missing[TEXT_NUMBER];
	off_t bytes = 0;
	int rc = flows_copy(p->flows, (const char *const *)p->files, p->n_files, p->bpf,
		p->keylog, p->out.tmp, j, &n, ret);

	if (rc == 0 && !n.packets)
		rc = err_set(ret, -ENOENT,
			p->whole ? "no packet of these sessions is in %s: has it changed?"
				 : "no packet of these sessions is in %s yet",
			p->files[0]);
	if (rc < 0) {
		newfile_drop(&p->out);
		return;
	}
	if (newfile_commit(&p->out, ret) < 0)
		return;
	files_exists(p->out.path, &bytes);
	snprintf(what, sizeof(what), "%s packets of %zu session%s%s",
		text_number(n.packets, number), n.sessions, n.sessions == 1 ? "" : "s",
		n.secrets ? " with TLS secrets" : "");
	if (n.packets < n.expected)
		snprintf(what + strlen(what), sizeof(what) - strlen(what), ", %s %s,",
			text_number(n.expected - n.packets, missing),
			p->whole ? "fewer than they had" : "more are not yet in the file");
	say_saved(ret, p->out.path, what, (uint64_t)bytes);
}

static void
free_packets(void *user)
{
	struct packets *p = user;

	newfile_drop(&p->out);
	flows_free(&p->flows);
	for (size_t i = 0; i < p->n_files; i++)
		free(p->files[i]);
	free(p->files);
	free(p->bpf);
	free(p->keylog);
	free(p);
}

static int
save_packets(struct ui *ui, bool replace, struct err *e)
{
	const struct ui_host *host = ui->options.host;
	const struct job what = {.doing = "saving", .run = run_packets, .free = free_packets};
	struct packets *p;
	const char *const *files;
	size_t n = host->files(host->user, &files, e);
	struct job job = what;
	int rc;

	if (!n)
		return e->code;
	p = mem_get(sizeof(*p));
	p->out.fd = -1;
	rc = newfile_open(&p->out, ui->saving.path, replace, e);
	p->files = mem_get(n * sizeof(*p->files));
	for (p->n_files = 0; p->n_files < n; p->n_files++)
		p->files[p->n_files] = mem_text(files[p->n_files]);
	if (!ui->snapshot.stats.live && host->bpf(host->user))
		p->bpf = mem_text(host->bpf(host->user));
	if (ui->saving.with_keylog)
		p->keylog = mem_text(host->keylog(host->user));
	p->whole = ui->snapshot.finished && !ui->snapshot.stats.live;
	p->flows = flows_new();
	for (size_t i = 0; i < ui->saving.n; i++) {
		struct feed_session s;

		rows_get(&ui->feed->sessions, ui->saving.sessions[i], &s);
		flows_add(p->flows, &s, texts_get(ui->feed->texts, s.random));
	}
	for (size_t i = 0; i < ui->snapshot.sessions; i++) {
		struct feed_session s;

		rows_get(&ui->feed->sessions, i, &s);
		flows_except(p->flows, &s);
	}
	job.user = p;
	if (rc == 0)
		rc = job_start(&ui->job, &job, e);
	if (rc < 0)
		free_packets(p);
	return rc;
}

static int
put_list(struct ui *ui, struct newfile *f, struct list *t, struct err *e)
{
	struct buf b;
	int rc;

	buf_init(&b, SIZE_MAX);
	list_csv_head(t, &b);
	rc = newfile_put(f, buf_bytes(&b), e);
	for (size_t i = 0; i < t->n && rc == 0; i += ROWS_AT_ONCE) {
		buf_clear(&b);
		list_csv(t, &ui->snapshot, i, i + ROWS_AT_ONCE, &b);
		rc = newfile_put(f, buf_bytes(&b), e);
	}
	buf_done(&b);
	return rc;
}

static int
put_text(struct ui *ui, struct newfile *f, size_t *ret_lines, struct err *e)
{
	struct open_screen *o = ui_top(ui);
	struct buf b;
	int rc;

	buf_init(&b, SIZE_MAX);
	o->screen->text(ui, o->view, &b);
	for (size_t i = 0; i < b.n; i++)
		*ret_lines += b.p[i] == '\n';
	rc = newfile_put(f, buf_bytes(&b), e);
	buf_done(&b);
	return rc;
}

static int
save_text(struct ui *ui, bool replace, struct err *e)
{
	struct open_screen *o = ui_top(ui);
	bool csv = ui->saving.kind == 'c';
	struct newfile f;
	char what[64], number[TEXT_NUMBER];
	size_t lines = 0;
	off_t bytes = 0;
	int rc = newfile_open(&f, ui->saving.path, replace, e);

	if (rc < 0)
		return rc;
	if (csv) {
		struct list *t = o->screen->list(o->view);

		lines = t->n;
		rc = put_list(ui, &f, t, e);
	} else {
		rc = put_text(ui, &f, &lines, e);
	}
	if (rc < 0)
		newfile_drop(&f);
	else
		rc = newfile_commit(&f, e);
	if (rc < 0)
		return rc;
	files_exists(f.path, &bytes);
	snprintf(what, sizeof(what), "%s lines", text_number(lines, number));
	say_saved(e, f.path, what, (uint64_t)bytes);
	ui_say(ui, INK_GOOD, "%s", e->text);
	return 0;
}

static void
save(struct ui *ui, bool replace)
{
	struct err e = {0};
	int rc = ui->saving.kind == 'p' ? save_packets(ui, replace, &e)
					: save_text(ui, replace, &e);
	struct buf b;

	if (rc >= 0)
		return;
	buf_init(&b, sizeof(e.text));
	escape_term(&b, bytes_str(e.text));
	ui_say(ui, INK_ERROR, "not saved: %s", buf_text(&b));
	buf_done(&b);
}

static void
answer_keylog(struct ui *ui, void *view, const char *text)
{
	ui->saving.with_keylog = text[0] == 'y';
	save(ui, ui->saving.replace);
}

static bool
any_tls(const struct ui *ui)
{
	for (size_t i = 0; i < ui->saving.n; i++) {
		struct feed_session s;

		rows_get(&ui->feed->sessions, ui->saving.sessions[i], &s);
		if (s.random)
			return true;
	}
	return false;
}

/* Whoever has the file reads what was encrypted: that is asked. */
static void
ask_keylog(struct ui *ui, bool replace)
{
	static const struct prompt_ask ask = {.label = "TLS secrets of --keylog too? Whoever "
						       "has the file can decrypt it then. "
						       "y/n ",
		.keys = "yn",
		.done = answer_keylog};
	const struct ui_host *host = ui->options.host;

	ui->saving.replace = replace;
	ui->saving.with_keylog = false;
	if (ui->saving.kind == 'p' && host->keylog(host->user) && any_tls(ui))
		ui_ask(ui, &ask, NULL);
	else
		save(ui, replace);
}

static void
replace_it(struct ui *ui, void *view, const char *text)
{
	ask_keylog(ui, true);
}

/* It may be one of those that are being read. */
static bool
is_input(struct ui *ui)
{
	const struct ui_host *host = ui->options.host;
	const char *const *files;
	struct err e = {0};
	size_t n = host ? host->files(host->user, &files, &e) : 0;

	for (size_t i = 0; i < n; i++)
		if (files_same(files[i], ui->saving.path))
			return true;
	return false;
}

static void
take_name(struct ui *ui, void *view, const char *text)
{
	struct saving *s = &ui->saving;
	char size[TEXT_NUMBER];
	off_t bytes;

	if (!files_expand(text, s->path))
		return;
	if (!files_exists(s->path, &bytes)) {
		ask_keylog(ui, false);
		return;
	}
	if (is_input(ui)) {
		ui_say(ui, INK_ERROR, "not saved: that is the file that is shown here");
		return;
	}
	snprintf(s->label, sizeof(s->label),
		"There is such a file (%s bytes). Overwrite it? y/n ",
		text_number((uint64_t)bytes, size));
	s->ask = (struct prompt_ask){.label = s->label, .yes_no = true, .done = replace_it};
	ui_ask(ui, &s->ask, NULL);
}

static void
take_kind(struct ui *ui, void *view, const char *text)
{
	static const struct prompt_ask name = {.label = "Save as: ",
		.exact = true,
		.check = files_check_write,
		.complete = files_complete,
		.done = take_name};

	ui->saving.kind = text[0];
	ui_ask(ui, &name,
		text[0] == 'p'   ? "mailsnoop.pcapng"
		: text[0] == 'c' ? "mailsnoop.csv"
				 : "mailsnoop.txt");
}

void
save_done(struct ui *ui)
{
	free(ui->saving.sessions);
	ui->saving.sessions = NULL;
	ui->saving.n = 0;
}

static void
offer(struct saving *s, struct buf *label, char key, const char *fmt, const char *what)
{
	size_t n = strlen(s->kinds);

	s->kinds[n] = key;
	s->kinds[n + 1] = '\0';
	buf_fmt(label, fmt, n ? ", " : "", what);
}

void
save_ask(struct ui *ui)
{
	struct saving *s = &ui->saving;
	struct open_screen *o = ui_top(ui);
	const char *words = "";
	char what[80], number[TEXT_NUMBER];
	struct buf label;

	save_done(ui);
	s->kinds[0] = '\0';
	buf_init(&label, sizeof(s->label) - 1);
	buf_str(&label, "Save: ");
	if (o->screen->about && ui->options.host)
		s->n = o->screen->about(ui, o->view, &s->sessions, &words);
	snprintf(what, sizeof(what), "%s %s%ssession%s", text_number(s->n, number), words,
		*words ? " " : "", s->n == 1 ? "" : "s");
	if (s->n)
		offer(s, &label, 'p', "%sp packets of %s", what);
	if (o->screen->text)
		offer(s, &label, 't', "%st this %s as text", o->screen->name);
	if (o->screen->list)
		offer(s, &label, 'c', "%sc %s as CSV", "this list");
	buf_str(&label, " ");
	memset(s->label, 0, sizeof(s->label));
	memccpy(s->label, buf_text(&label), 0, sizeof(s->label) - 1);
	buf_done(&label);
	s->ask = (struct prompt_ask){.label = s->label, .keys = s->kinds, .done = take_kind};
	if (s->kinds[0])
		ui_ask(ui, &s->ask, NULL);
	else
		ui_say(ui, INK_PLAIN, "nothing of this screen can be saved");
}
