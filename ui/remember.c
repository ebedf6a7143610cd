/* What the config file says, and what it shall say from now on. */
#include "ui/ui_int.h"
#include "base/escape.h"
#include "ui/config.h"
#include "ui/list.h"
#include "ui/settings.h"

#include <stdio.h>

struct config *
ui_config(struct ui *ui)
{
	return ui->config;
}

static void
say(struct ui *ui, struct bytes text)
{
	struct buf b;

	buf_init(&b, sizeof(ui->said));
	escape_term(&b, bytes_sub(text, 0, bytes_find(text, '\n')));
	ui_say(ui, INK_ERROR, "%s", buf_text(&b));
	buf_done(&b);
}

void
ui_config_save(struct ui *ui)
{
	struct err e = {0};

	if (config_save(ui->config, &e) < 0)
		say(ui, bytes_str(e.text));
}

static void
take_keys(struct ui *ui, struct buf *warn)
{
	const char *name, *keys;
	size_t pos = 0;

	while (config_next(ui->config, "key.", &pos, &name, &keys)) {
		int a = ACT_NONE + 1;

		while (a < ACT_COUNT && strcmp(action_row((enum action)a)->name, name) != 0)
			a++;
		if (a == ACT_COUNT)
			buf_fmt(warn, "%s: key.%s: nothing has that name\n",
				config_path(ui->config), name);
		else if (!bindings_set(&ui->bindings, (enum action)a, keys))
			buf_fmt(warn, "%s: key.%s: no key is called so: %s\n",
				config_path(ui->config), name, keys);
	}
}

/* All of them, to be read when the screens are closed. */
static void
print_warnings(struct bytes rest)
{
	struct buf line;

	buf_init(&line, SIZE_MAX);
	while (rest.n) {
		size_t n = bytes_find(rest, '\n');

		buf_clear(&line);
		escape_term(&line, bytes_sub(rest, 0, n));
		fprintf(stderr, "warning: %s\n", buf_text(&line));
		rest = bytes_from(rest, n + 1);
	}
	buf_done(&line);
}

void
remember_begin(struct ui *ui)
{
	struct buf warn;

	buf_init(&warn, 65536);
	ui->config = config_load(ui->options.config, &warn);
	take_keys(ui, &warn);
	settings_load(ui, &warn);
	if (warn.n) {
		say(ui, buf_bytes(&warn));
		print_warnings(buf_bytes(&warn));
	}
	buf_done(&warn);
}

void
remember_list(struct ui *ui, const char *name, struct list *t)
{
	const char *columns;
	char key[64];

	snprintf(key, sizeof(key), "columns.%s", name);
	columns = config_get(ui->config, key);
	if (columns)
		list_set_columns(t, columns);
}

/* All lists of that name that are open take it over. */
void
remember_columns(struct ui *ui, const char *name, const char *columns)
{
	char key[64];

	snprintf(key, sizeof(key), "columns.%s", name);
	config_set(ui->config, key, *columns ? columns : NULL);
	ui_config_save(ui);
	for (size_t i = 0; i < ui->depth; i++) {
		const struct screen *s = ui->stack[i].screen;
		struct list *t = s->list ? s->list(ui->stack[i].view) : NULL;

		if (t && strcmp(s->name, name) == 0 && !list_set_columns(t, columns))
			t->setup.n = 0;
	}
}
