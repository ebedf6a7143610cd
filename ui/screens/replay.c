/* The dialogue once more, at the pace at which it came, faster, or line by line. */
#include "ui/screens/dialogue.h"
#include "base/clock.h"
#include "ui/ui_int.h"

#include <stdio.h>

static const unsigned speeds[] = {1, 2, 4, 10};
enum {
	N_SPEEDS = sizeof(speeds) / sizeof(speeds[0])
};

size_t
replay_entries(const struct dialogue *d)
{
	return d->replay.on && d->replay.shown < d->n_entries ? d->replay.shown : d->n_entries;
}

/* Bodies that are folded are no line to wait for. */
static bool
is_seen(const struct dialogue *d, size_t i)
{
	return !talk_folded(d, &d->entries[i]);
}

static void
step(struct dialogue *d)
{
	struct replay *r = &d->replay;

	while (r->shown < d->n_entries && !is_seen(d, r->shown))
		r->shown++;
	if (r->shown < d->n_entries)
		r->shown++;
	if (r->shown)
		r->clock_ns = d->entries[r->shown - 1].ts_ns;
}

static void
begin(struct ui *ui, struct dialogue *d)
{
	struct replay *r = &d->replay;

	*r = (struct replay){
		.on = true, .playing = !ui->options.steady, .mono_ns = clock_mono_ns()};
	step(d);
	d->cursor = d->top = 0;
	d->width = 0;
}

bool
replay_act(struct ui *ui, struct dialogue *d, enum action a)
{
	struct replay *r = &d->replay;

	switch ((int)a) {
	case ACT_REPLAY:
		if (r->on)
			r->on = false;
		else if (d->n_entries)
			begin(ui, d);
		d->width = 0;
		return true;
	case ACT_PLAY:
		r->playing = !r->playing;
		r->mono_ns = clock_mono_ns();
		break;
	case ACT_STEP:
		r->playing = false;
		if (r->on)
			step(d);
		d->width = 0;
		d->cursor = d->n_lines;
		break;
	case ACT_FASTER:
		r->speed += r->speed + 1 < N_SPEEDS;
		break;
	case ACT_SLOWER:
		r->speed -= r->speed > 0;
		break;
	default:
		return false;
	}
	if (!r->on)
		ui_say(ui, INK_PLAIN, "R begins the replay");
	return true;
}

bool
replay_tick(struct ui *ui, struct dialogue *d)
{
	struct replay *r = &d->replay;
	int64_t now = clock_mono_ns();
	size_t before = r->shown;

	if (!r->on || !r->playing)
		return false;
	ui_again(ui);
	r->clock_ns += (now - r->mono_ns) * speeds[r->speed];
	r->mono_ns = now;
	while (r->shown < d->n_entries && d->entries[r->shown].ts_ns <= r->clock_ns)
		r->shown++;
	if (r->shown == d->n_entries)
		r->playing = false;
	return r->shown != before;
}

void
replay_status(const struct dialogue *d, struct buf *out)
{
	const struct replay *r = &d->replay;

	buf_fmt(out, "replay %ux, %zu of %zu", speeds[r->speed], replay_entries(d),
		d->n_entries);
	if (r->shown >= d->n_entries) {
		buf_str(out, ", the end; R shows all again,");
		return;
	}
	if (!r->playing)
		buf_str(out, ", held: Space goes on, . steps,");
	else
		buf_fmt(out, ", next in %.1f s,",
			(double)(d->entries[r->shown].ts_ns - r->clock_ns) / (double)NS_PER_S /
				speeds[r->speed]);
}
