/* Keys by number and name: "a", "Enter", "PgDn", "F1", "Ctrl-L", "Space". */
#ifndef MS_UI_KEYS_H
#define MS_UI_KEYS_H

#include "base/buf.h"

/* A character is its code point; everything else is above all of them. */
enum key {
	KEY_NO_KEY = 0,
	KEY_FIRST = 0x200000,
	KEY_IS_UP = KEY_FIRST,
	KEY_IS_DOWN,
	KEY_IS_LEFT,
	KEY_IS_RIGHT,
	KEY_IS_PGUP,
	KEY_IS_PGDN,
	KEY_IS_HOME,
	KEY_IS_END,
	KEY_IS_ENTER,
	KEY_IS_ESC,
	KEY_IS_TAB,
	KEY_IS_BACKTAB,
	KEY_IS_BACKSPACE,
	KEY_IS_DELETE,
	KEY_IS_F1,
	KEY_IS_F12 = KEY_IS_F1 + 11,
	KEY_IS_RESIZE, /* the terminal has another size */
	KEY_IS_CLICK,  /* see struct key_mouse */
	KEY_IS_DOUBLE_CLICK,
	KEY_IS_WHEEL_UP,
	KEY_IS_WHEEL_DOWN,
	KEY_IS_RELEASE, /* of the button, somewhere else than it was pressed */
	KEY_LAST,
};
#define KEY_CTRL(c) ((c)&0x1f)

struct key_press {
	uint32_t key;
	int row, col; /* of a click */
};

/* KEY_NO_KEY when there is none of that name. */
uint32_t key_parse(struct bytes name);
void key_put(uint32_t key, struct buf *out);

#endif
