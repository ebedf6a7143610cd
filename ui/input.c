/* Another input, from within: a file, an interface, a capture filter; the end of the present
 * one and a new beginning. */
#include "ui/ui_int.h"
#include "base/escape.h"
#include "capture/bpf.h"
#include "capture/interfaces.h"
#include "capture/source.h"

#include <stdio.h>

static bool
would_lose(const struct ui *ui)
{
	return ui->snapshot.stats.live;
}

static void
go_on(struct ui *ui, void *view, const char *text)
{
	ui->wish.pending = true;
}

/* What was captured live is not on disk: is it to be lost? */
static void
wish(struct ui *ui)
{
	static const struct prompt_ask sure = {
		.label = "What this capture shows is lost by that. Go on? y/n ",
		.yes_no = true,
		.done = go_on};

	if (job_runs(&ui->job))
		ui_say(ui, INK_PLAIN, "wait: %s goes on (F9 cancels it)", ui->job.doing);
	else if (would_lose(ui))
		ui_ask(ui, &sure, NULL);
	else
		ui->wish.pending = true;
}

static void
set_wish(struct ui *ui, enum input_kind kind, const char *name, const char *bpf)
{
	ui->wish.kind = kind;
	memset(ui->wish.name, 0, sizeof(ui->wish.name));
	memccpy(ui->wish.name, name, 0, sizeof(ui->wish.name) - 1);
	memset(ui->wish.bpf, 0, sizeof(ui->wish.bpf));
	memccpy(ui->wish.bpf, bpf ? bpf : "", 0, sizeof(ui->wish.bpf) - 1);
	wish(ui);
}

static const char *
filter_now(struct ui *ui)
{
	const char *bpf = ui->options.host->bpf(ui->options.host->user);

	return bpf ? bpf : "";
}

void
input_grant(struct ui *ui)
{
	const struct input_wish w = {
		.kind = ui->wish.kind, .name = ui->wish.name, .bpf = ui->wish.bpf};
	struct err e = {0};
	struct buf b;

	ui->wish.pending = false;
	if (ui->options.host->open(ui->options.host->user, &w, &e) >= 0)
		return;
	buf_init(&b, sizeof(e.text));
	escape_term(&b, bytes_sub(bytes_str(e.text), 0, bytes_find(bytes_str(e.text), '\n')));
	ui_say(ui, INK_ERROR, "%s", buf_text(&b));
	buf_done(&b);
}

static void
file_done(struct ui *ui, void *view, const char *text)
{
	char path[FILES_PATH];

	if (files_expand(text, path))
		set_wish(ui, INPUT_FILE, path, filter_now(ui));
}

static void
interface_done(struct ui *ui, const char *line)
{
	struct bytes rest = bytes_str(line), word = bytes_word(&rest);
	char name[64];

	snprintf(name, sizeof(name), "%.*s", BYTES_FMT(word));
	if (word.n >= sizeof(name) || line[0] == ' ' || !interfaces_known(name))
		ui_say(ui, INK_PLAIN, "that line is not an interface");
	else
		set_wish(ui, INPUT_LIVE, name, filter_now(ui));
}

static void
ask_interface(struct ui *ui)
{
	struct choose_wish c = {
		.title = "Interfaces: Enter captures from one", .done = interface_done};
	struct err e = {0};
	struct buf lines;

	buf_init(&lines, SIZE_MAX);
	if (source_list_interfaces(&lines, &e) < 0) {
		ui_say(ui, INK_ERROR, "%s", e.text);
	} else {
		c.lines = buf_bytes(&lines);
		ui_open(ui, &screen_choose, &c);
	}
	buf_done(&lines);
}

static bool
check_bpf(const char *text, struct err *e)
{
	return !bytes_trim(bytes_str(text)).n || bpf_check(text, e) == 0;
}

static void
bpf_done(struct ui *ui, void *view, const char *text)
{
	set_wish(ui, INPUT_SAME, "", bytes_trim(bytes_str(text)).n ? text : "");
}

static void
again(struct ui *ui, void *view, const char *text)
{
	set_wish(ui, INPUT_SAME, "", filter_now(ui));
}

static void
stop(struct ui *ui)
{
	const struct ui_host *host = ui->options.host;

	if (job_runs(&ui->job)) {
		atomic_store(&ui->job.cancel, true);
	} else if (ui->snapshot.finished) {
		again(ui, NULL, NULL);
	} else {
		host->stop(host->user);
		ui_say(ui, INK_PLAIN, "%s; what was read stays",
			ui->snapshot.stats.live ? "the capture ends"
						: "the reading is cancelled");
	}
}

bool
input_act(struct ui *ui, enum action a)
{
	static const struct prompt_ask file = {.label = "Open: ",
		.exact = true,
		.check = files_check_read,
		.complete = files_complete,
		.done = file_done};
	static const struct prompt_ask bpf = {.label = "Capture filter (empty: none): ",
		.check = check_bpf,
		.done = bpf_done};

	if (!ui->options.host)
		return false;
	switch ((int)a) {
	case ACT_OPEN_FILE:
		ui_ask(ui, &file, NULL);
		return true;
	case ACT_INTERFACE:
		ask_interface(ui);
		return true;
	case ACT_CAPTURE_FILTER:
		ui_ask(ui, &bpf, filter_now(ui));
		return true;
	case ACT_STOP:
		stop(ui);
		return true;
	default:
		return false;
	}
}
