#include "ui/settings.h"
#include "ui/config.h"
#include "ui/ui_int.h"

static const char *const on_off[] = {"on", "off", NULL};
static const char *const off_on[] = {"off", "on", NULL};
static const char *const signs[] = {"Unicode", "ASCII", NULL};
static const char *const theme_words[] = {"dark", "light", "mono", "high contrast", NULL};
static const char *const forms[] = {"clock", "milliseconds", "date", "begin", NULL};
static const char *const form_words[] = {
	"10:11:12", "10:11:12.345", "with the date", "seconds", NULL};
static const char *const ladder[] = {"seconds", "clock", NULL};
static const char *const ladder_words[] = {"seconds", "10:11:12.345", NULL};
static const char *const zones[] = {"utc", "local", NULL};
static const char *const zone_words[] = {"UTC", "local", NULL};

static size_t
get_theme(const struct ui *ui)
{
	return ui->theme;
}

static void
set_theme(struct ui *ui, size_t value)
{
	ui->theme = (enum theme_name)value;
}

static size_t
get_ascii(const struct ui *ui)
{
	return !ui->canvas.unicode;
}

/* A terminal that has nothing but ASCII gets nothing else. */
static void
set_ascii(struct ui *ui, size_t value)
{
	ui->canvas.unicode = ui->options.unicode && !value;
	ui->snapshot.unicode = ui->canvas.unicode;
}

static size_t
get_mouse(const struct ui *ui)
{
	return !ui->mouse;
}

static void
set_mouse(struct ui *ui, size_t value)
{
	ui->mouse = !value;
}

static size_t
get_time(const struct ui *ui)
{
	return ui->times.lists;
}

static void
set_time(struct ui *ui, size_t value)
{
	ui->times.lists = (uint8_t)value;
}

static size_t
get_dialogue_time(const struct ui *ui)
{
	return ui->times.clock;
}

static void
set_dialogue_time(struct ui *ui, size_t value)
{
	ui->times.clock = value != 0;
}

static size_t
get_zone(const struct ui *ui)
{
	return ui->times.local;
}

static void
set_zone(struct ui *ui, size_t value)
{
	ui->times.local = value != 0;
}

static const struct setting_row rows[SETTINGS] = {
	[SETTING_THEME] = {"theme", "Colours",
		"dark and light are for the background of your terminal; mono has no colours, "
		"only bold, underlined and reversed; high contrast has a black background of "
		"its own.",
		theme_names, theme_words, get_theme, set_theme},
	[SETTING_ASCII] = {"ascii", "Signs",
		"Lines, arrows and ticks as drawn signs, or with plain letters where the font "
		"or a "
		"paste into a ticket has none.",
		off_on, signs, get_ascii, set_ascii},
	[SETTING_MOUSE] = {"mouse", "Mouse",
		"On: click, double click, the wheel, dragging a border of columns. Off: the "
		"terminal can select text.",
		on_off, on_off, get_mouse, set_mouse},
	[SETTING_TIME] = {"time", "Time in lists",
		"How the columns of time are written; seconds are those since the beginning of "
		"the input.",
		forms, form_words, get_time, set_time},
	[SETTING_DIALOGUE_TIME] = {"dialogue_time", "Time in dialogues",
		"Its left column: the seconds since it began, or the time of day.", ladder,
		ladder_words, get_dialogue_time, set_dialogue_time},
	[SETTING_ZONE] = {"zone", "Time zone",
		"UTC, or that of this machine. Filters, reports and events are in UTC always.",
		zones, zone_words, get_zone, set_zone},
};

const struct setting_row *
setting_row(enum setting s)
{
	return &rows[s];
}

size_t
setting_count(enum setting s)
{
	size_t n = 0;

	while (rows[s].values[n])
		n++;
	return n;
}

void
setting_choose(struct ui *ui, enum setting s, size_t value)
{
	const struct setting_row *r = &rows[s];

	value %= setting_count(s);
	r->set(ui, value);
	ui->snapshot.times = ui->times;
	if (r->get(ui) != value) {
		ui_say(ui, INK_PLAIN, "this terminal has ASCII only");
		return;
	}
	config_set(ui->config, r->key, r->values[value]);
	if (s == SETTING_THEME && ui->options.mono && value != THEME_MONO)
		ui_say(ui, INK_PLAIN, "%s: %s (but here there are no colours)", r->title,
			r->words[value]);
	else
		ui_say(ui, INK_PLAIN, "%s: %s", r->title, r->words[value]);
	ui_config_save(ui);
}

void
setting_next(struct ui *ui, enum setting s)
{
	setting_choose(ui, s, rows[s].get(ui) + 1);
}

static void
load_one(struct ui *ui, enum setting s, struct buf *warn)
{
	const struct setting_row *r = &rows[s];
	const char *text = config_get(ui->config, r->key);

	if (!text)
		return;
	for (size_t i = 0; r->values[i]; i++) {
		if (strcmp(r->values[i], text) == 0) {
			r->set(ui, i);
			return;
		}
	}
	buf_fmt(warn, "%s: %s: not %s, but one of", config_path(ui->config), r->key, text);
	for (size_t i = 0; r->values[i]; i++)
		buf_fmt(warn, " %s", r->values[i]);
	buf_byte(warn, '\n');
}

void
settings_load(struct ui *ui, struct buf *warn)
{
	bool mouse = ui->mouse;

	for (int s = 0; s < SETTINGS; s++)
		if (s != SETTING_THEME || !ui->options.mono)
			load_one(ui, (enum setting)s, warn);
	ui->mouse &= mouse; /* --no-mouse */
}
