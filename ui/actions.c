#include "ui/actions.h"

static const struct action_row rows[ACT_COUNT] = {
#define X(id, name, keys, words, help) [ACT_##id] = {name, keys, words, help},
	ACTIONS(X)
#undef X
};

const enum action actions_moving[] = {ACT_UP, ACT_DOWN, ACT_LEFT, ACT_RIGHT, ACT_PAGE_UP,
	ACT_PAGE_DOWN, ACT_TOP, ACT_BOTTOM, ACT_NONE};
const enum action actions_everywhere[] = {ACT_SESSIONS, ACT_FINDINGS, ACT_LOGINS, ACT_SERVERS,
	ACT_STATISTICS, ACT_NEXT_SCREEN, ACT_PREV_SCREEN, ACT_BACK, ACT_SAVE, ACT_OPEN_FILE,
	ACT_INTERFACE, ACT_CAPTURE_FILTER, ACT_STOP, ACT_COLUMNS, ACT_SETTINGS, ACT_MOUSE,
	ACT_PAUSE, ACT_THEME, ACT_ASCII, ACT_REDRAW, ACT_HELP, ACT_QUIT, ACT_NONE};

int64_t
action_step(enum action a, int page)
{
	switch ((int)a) {
	case ACT_UP:
		return -1;
	case ACT_DOWN:
		return 1;
	case ACT_PAGE_UP:
		return -page;
	case ACT_PAGE_DOWN:
		return page;
	case ACT_TOP:
		return -ACTION_ALL;
	case ACT_BOTTOM:
		return ACTION_ALL;
	default:
		return 0;
	}
}

const struct action_row *
action_row(enum action a)
{
	return &rows[a];
}

bool
bindings_set(struct bindings *b, enum action a, const char *keys)
{
	struct bytes rest = bytes_str(keys), word;
	uint32_t key[ACTION_KEYS] = {0};
	size_t n = 0;

	while ((word = bytes_word(&rest)).n && n < ACTION_KEYS) {
		key[n] = key_parse(word);
		if (key[n++] == KEY_NO_KEY)
			return false;
	}
	memcpy(b->key[a], key, sizeof(key));
	return true;
}

void
bindings_init(struct bindings *b)
{
	*b = (struct bindings){0};
	for (int a = ACT_NONE + 1; a < ACT_COUNT; a++)
		bindings_set(b, (enum action)a, rows[a].keys);
}

static enum action
find_in(const struct bindings *b, const enum action *list, uint32_t key)
{
	for (; list && *list; list++)
		for (size_t i = 0; i < ACTION_KEYS; i++)
			if (b->key[*list][i] == key)
				return *list;
	return ACT_NONE;
}

static bool
share_key(const struct bindings *b, enum action x, enum action y)
{
	for (size_t i = 0; i < ACTION_KEYS && b->key[x][i]; i++)
		for (size_t j = 0; j < ACTION_KEYS; j++)
			if (b->key[x][i] == b->key[y][j])
				return true;
	return false;
}

static bool
has(const enum action *list, enum action a)
{
	while (list && *list && *list != a)
		list++;
	return list && *list == a;
}

static enum action
clash_in(const struct bindings *b, const enum action *list, enum action a)
{
	for (; list && *list; list++)
		if (*list != a && share_key(b, *list, a))
			return *list;
	return ACT_NONE;
}

enum action
bindings_clash(const struct bindings *b, const enum action *list, enum action a)
{
	enum action other;

	if (list)
		return has(list, a) ? clash_in(b, list, a) : ACT_NONE;
	if (!has(actions_moving, a) && !has(actions_everywhere, a))
		return ACT_NONE;
	other = clash_in(b, actions_moving, a);
	return other ? other : clash_in(b, actions_everywhere, a);
}

enum action
bindings_find(const struct bindings *b, const enum action *own, uint32_t key)
{
	enum action a = find_in(b, own, key);

	if (key == KEY_NO_KEY)
		return ACT_NONE;
	if (!a)
		a = find_in(b, actions_moving, key);
	return a ? a : find_in(b, actions_everywhere, key);
}

void
bindings_name(const struct bindings *b, enum action a, struct buf *out)
{
	if (b->key[a][0])
		key_put(b->key[a][0], out);
}

void
bindings_names(const struct bindings *b, enum action a, struct buf *out)
{
	for (size_t i = 0; i < ACTION_KEYS && b->key[a][i]; i++) {
		if (i)
			buf_byte(out, ' ');
		key_put(b->key[a][i], out);
	}
}
