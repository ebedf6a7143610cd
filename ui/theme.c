#include "ui/theme.h"

#include <stddef.h>
#include <string.h>

const char *const theme_names[] = {"dark", "light", "mono", "contrast", NULL};

enum {
	BLACK,
	RED,
	GREEN,
	YELLOW,
	BLUE,
	MAGENTA,
	CYAN,
	WHITE
};
#define B STYLE_IS_BOLD
#define D STYLE_IS_DIM
#define R STYLE_IS_REVERSE
#define U STYLE_IS_UNDERLINE

typedef const struct theme_style palette[THEME_COUNT][INK_COUNT];

/* clang-format off */
#define MONO                                                                                   \
	[INK_DIM] = {-1, -1, D}, [INK_STRONG] = {-1, -1, B}, [INK_PLAIN] = {-1, -1, 0},        \
	[INK_TITLE] = {-1, -1, R}, [INK_TAB] = {-1, -1, B}, [INK_HEAD] = {-1, -1, B | U},      \
	[INK_KEY] = {-1, -1, B}, [INK_BAR] = {-1, -1, R}, [INK_FRAME] = {-1, -1, D},           \
	[INK_CLIENT] = {-1, -1, 0}, [INK_SERVER] = {-1, -1, 0}, [INK_SECRET] = {-1, -1, U},    \
	[INK_TLS] = {-1, -1, B}, [INK_NOTE] = {-1, -1, D}, [INK_GOOD] = {-1, -1, 0},           \
	[INK_INFO] = {-1, -1, 0}, [INK_LOW] = {-1, -1, 0}, [INK_MEDIUM] = {-1, -1, B},         \
	[INK_HIGH] = {-1, -1, B}, [INK_CRITICAL] = {-1, -1, B | U},                            \
	[INK_MARK] = {-1, -1, B | U}, [INK_ERROR] = {-1, -1, B}

/* Eight colours, which every terminal has as it likes: nothing that is bright on a light ground,
 * nothing that is blue on a dark one. */
static palette few = {
	[THEME_DARK] = {
		[INK_PLAIN] = {-1, -1, 0}, [INK_DIM] = {-1, -1, D}, [INK_STRONG] = {-1, -1, B},
		[INK_TITLE] = {WHITE, BLUE, 0}, [INK_TAB] = {WHITE, BLUE, B | R}, [INK_HEAD] = {CYAN, -1, B | U},
		[INK_KEY] = {-1, -1, B}, [INK_BAR] = {BLACK, CYAN, 0}, [INK_FRAME] = {-1, -1, D},
		[INK_CLIENT] = {CYAN, -1, 0}, [INK_SERVER] = {GREEN, -1, 0}, [INK_SECRET] = {MAGENTA, -1, B},
		[INK_TLS] = {CYAN, -1, B}, [INK_NOTE] = {-1, -1, D}, [INK_GOOD] = {GREEN, -1, 0},
		[INK_INFO] = {-1, -1, 0}, [INK_LOW] = {CYAN, -1, 0}, [INK_MEDIUM] = {YELLOW, -1, 0},
		[INK_HIGH] = {RED, -1, B}, [INK_CRITICAL] = {WHITE, RED, B},
		[INK_MARK] = {BLACK, YELLOW, 0}, [INK_ERROR] = {RED, -1, B},
	},
	[THEME_LIGHT] = {
		[INK_PLAIN] = {-1, -1, 0}, [INK_DIM] = {-1, -1, 0}, [INK_STRONG] = {-1, -1, B},
		[INK_TITLE] = {WHITE, BLUE, 0}, [INK_TAB] = {WHITE, BLUE, B | R}, [INK_HEAD] = {BLUE, -1, B | U},
		[INK_KEY] = {-1, -1, B}, [INK_BAR] = {WHITE, BLUE, 0}, [INK_FRAME] = {-1, -1, D},
		[INK_CLIENT] = {BLUE, -1, 0}, [INK_SERVER] = {MAGENTA, -1, 0}, [INK_SECRET] = {RED, -1, B},
		[INK_TLS] = {BLUE, -1, B}, [INK_NOTE] = {-1, -1, 0}, [INK_GOOD] = {BLUE, -1, 0},
		[INK_INFO] = {-1, -1, 0}, [INK_LOW] = {BLUE, -1, 0}, [INK_MEDIUM] = {MAGENTA, -1, B},
		[INK_HIGH] = {RED, -1, B}, [INK_CRITICAL] = {WHITE, RED, B},
		[INK_MARK] = {WHITE, MAGENTA, 0}, [INK_ERROR] = {RED, -1, B},
	},
	[THEME_MONO] = {MONO},
	[THEME_CONTRAST] = {
		[INK_PLAIN] = {WHITE, BLACK, B}, [INK_DIM] = {WHITE, BLACK, 0}, [INK_STRONG] = {WHITE, BLACK, B},
		[INK_TITLE] = {WHITE, BLACK, B | R}, [INK_TAB] = {WHITE, BLACK, B | U}, [INK_HEAD] = {WHITE, BLACK, B | U},
		[INK_KEY] = {WHITE, BLACK, B}, [INK_BAR] = {WHITE, BLACK, R}, [INK_FRAME] = {WHITE, BLACK, 0},
		[INK_CLIENT] = {CYAN, BLACK, B}, [INK_SERVER] = {YELLOW, BLACK, B}, [INK_SECRET] = {MAGENTA, BLACK, B | U},
		[INK_TLS] = {CYAN, BLACK, B | U}, [INK_NOTE] = {WHITE, BLACK, 0}, [INK_GOOD] = {GREEN, BLACK, B},
		[INK_INFO] = {WHITE, BLACK, 0}, [INK_LOW] = {CYAN, BLACK, B}, [INK_MEDIUM] = {YELLOW, BLACK, B},
		[INK_HIGH] = {RED, BLACK, B | U}, [INK_CRITICAL] = {WHITE, RED, B | U},
		[INK_MARK] = {BLACK, YELLOW, 0}, [INK_ERROR] = {RED, BLACK, B},
	},
};

/* 256 colours, of which those from 16 on are the same everywhere: a cube of 6x6x6, and greys. */
static palette many = {
	[THEME_DARK] = {
		[INK_PLAIN] = {-1, -1, 0}, [INK_DIM] = {247, -1, 0}, [INK_STRONG] = {-1, -1, B},
		[INK_TITLE] = {231, 24, 0}, [INK_TAB] = {231, 24, B | R}, [INK_HEAD] = {80, -1, B | U},
		[INK_KEY] = {-1, -1, B}, [INK_BAR] = {16, 80, 0}, [INK_FRAME] = {243, -1, 0},
		[INK_CLIENT] = {80, -1, 0}, [INK_SERVER] = {114, -1, 0}, [INK_SECRET] = {213, -1, B},
		[INK_TLS] = {111, -1, B}, [INK_NOTE] = {247, -1, 0}, [INK_GOOD] = {114, -1, 0},
		[INK_INFO] = {-1, -1, 0}, [INK_LOW] = {80, -1, 0}, [INK_MEDIUM] = {221, -1, 0},
		[INK_HIGH] = {210, -1, B}, [INK_CRITICAL] = {231, 160, B},
		[INK_MARK] = {16, 221, 0}, [INK_ERROR] = {210, -1, B},
	},
	[THEME_LIGHT] = {
		[INK_PLAIN] = {-1, -1, 0}, [INK_DIM] = {240, -1, 0}, [INK_STRONG] = {-1, -1, B},
		[INK_TITLE] = {231, 24, 0}, [INK_TAB] = {231, 24, B | R}, [INK_HEAD] = {24, -1, B | U},
		[INK_KEY] = {-1, -1, B}, [INK_BAR] = {231, 24, 0}, [INK_FRAME] = {244, -1, 0},
		[INK_CLIENT] = {25, -1, 0}, [INK_SERVER] = {22, -1, 0}, [INK_SECRET] = {90, -1, B},
		[INK_TLS] = {18, -1, B}, [INK_NOTE] = {240, -1, 0}, [INK_GOOD] = {22, -1, 0},
		[INK_INFO] = {-1, -1, 0}, [INK_LOW] = {25, -1, 0}, [INK_MEDIUM] = {94, -1, B},
		[INK_HIGH] = {124, -1, B}, [INK_CRITICAL] = {231, 160, B},
		[INK_MARK] = {16, 221, 0}, [INK_ERROR] = {124, -1, B},
	},
	[THEME_MONO] = {MONO},
	[THEME_CONTRAST] = { /* with a ground of its own */
		[INK_PLAIN] = {231, 16, 0}, [INK_DIM] = {252, 16, 0}, [INK_STRONG] = {231, 16, B},
		[INK_TITLE] = {16, 231, B}, [INK_TAB] = {231, 16, B | U}, [INK_HEAD] = {231, 16, B | U},
		[INK_KEY] = {231, 16, B}, [INK_BAR] = {16, 231, 0}, [INK_FRAME] = {252, 16, 0},
		[INK_CLIENT] = {87, 16, B}, [INK_SERVER] = {227, 16, B}, [INK_SECRET] = {219, 16, B | U},
		[INK_TLS] = {117, 16, B}, [INK_NOTE] = {252, 16, 0}, [INK_GOOD] = {120, 16, B},
		[INK_INFO] = {231, 16, 0}, [INK_LOW] = {87, 16, B}, [INK_MEDIUM] = {227, 16, B},
		[INK_HIGH] = {217, 16, B | U}, [INK_CRITICAL] = {231, 88, B | U},
		[INK_MARK] = {16, 227, B}, [INK_ERROR] = {217, 16, B},
	},
};
/* clang-format on */

const struct theme_style *
theme_style(enum theme_name theme, enum ink ink, int colors)
{
	return colors >= 256 ? &many[theme][ink] : &few[theme][ink];
}

enum ink
theme_severity(unsigned severity)
{
	static const enum ink inks[] = {
		INK_PLAIN, INK_INFO, INK_LOW, INK_MEDIUM, INK_HIGH, INK_CRITICAL};

	return inks[severity < sizeof(inks) / sizeof(inks[0]) ? severity : 0];
}
