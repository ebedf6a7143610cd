#include "ui/keys.h"
#include "base/escape.h"

#include <stdio.h>

static const struct {
	uint32_t key;
	const char *name;
} names[] = {
	{KEY_IS_UP, "Up"},
	{KEY_IS_DOWN, "Down"},
	{KEY_IS_LEFT, "Left"},
	{KEY_IS_RIGHT, "Right"},
	{KEY_IS_PGUP, "PgUp"},
	{KEY_IS_PGDN, "PgDn"},
	{KEY_IS_HOME, "Home"},
	{KEY_IS_END, "End"},
	{KEY_IS_ENTER, "Enter"},
	{KEY_IS_ESC, "Esc"},
	{KEY_IS_TAB, "Tab"},
	{KEY_IS_BACKTAB, "Shift-Tab"},
	{KEY_IS_BACKSPACE, "Backspace"},
	{KEY_IS_DELETE, "Delete"},
	{KEY_IS_WHEEL_UP, "WheelUp"},
	{KEY_IS_WHEEL_DOWN, "WheelDown"},
	{' ', "Space"},
};

uint32_t
key_parse(struct bytes name)
{
	uint64_t number;
	uint32_t cp;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (bytes_iis(name, names[i].name))
			return names[i].key;
	if (name.n >= 2 && (name.p[0] == 'F' || name.p[0] == 'f') &&
		bytes_u64(bytes_from(name, 1), 12, &number) && number)
		return KEY_IS_F1 + (uint32_t)number - 1;
	if (name.n == 6 && bytes_istarts(name, "Ctrl-") && name.p[5] >= '@')
		return KEY_CTRL(name.p[5]);
	if (utf8_next(name, &cp) == name.n && name.n && cp >= 0x20)
		return cp;
	return KEY_NO_KEY;
}

void
key_put(uint32_t key, struct buf *out)
{
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (names[i].key == key) {
			buf_str(out, names[i].name);
			return;
		}
	}
	if (key >= KEY_IS_F1 && key <= KEY_IS_F12)
		buf_fmt(out, "F%u", (unsigned)(key - KEY_IS_F1 + 1));
	else if (key && key < 0x20)
		buf_fmt(out, "Ctrl-%c", (int)(key + '@'));
	else if (key > 0x20 && key < 0x7f)
		buf_byte(out, (uint8_t)key);
	else if (key < KEY_FIRST)
		utf8_add(out, key);
}
