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

/* clang-format off */
static const struct theme_style styles[THEME_COUNT][INK_COUNT] = {
	[THEME_DARK] = {
		[INK_PLAIN] = {-1, -1, 0}, [INK_DIM] = {-1, -1, D}, [INK_STRONG] = {-1, -1, B},
		[INK_TITLE] = {WHITE, BLUE, 0}, [INK_TAB] = {WHITE, BLUE, B | R}, [INK_HEAD] = {CYAN, -1, B | U},
		[INK_KEY] = {-1, -1, B}, [INK_BAR] = {BLACK, CYAN, 0}, [INK_FRAME] = {-1, -1, D},
		[INK_CLIENT] = {CYAN, -1, 0}, [INK_SERVER] = {GREEN, -1, 0}, [INK_SECRET] = {MAGENTA, -1, B},
		[INK_TLS] = {BLUE, -1, B}, [INK_NOTE] = {-1, -1, D}, [INK_GOOD] = {GREEN, -1, 0},
		[INK_INFO] = {-1, -1, 0}, [INK_LOW] = {CYAN, -1, 0}, [INK_MEDIUM] = {YELLOW, -1, 0},
		[INK_HIGH] = {RED, -1, B}, [INK_CRITICAL] = {WHITE, RED, B},
		[INK_MARK] = {BLACK, YELLOW, 0}, [INK_ERROR] = {RED, -1, B},
	},
	[THEME_LIGHT] = {
		[INK_PLAIN] = {-1, -1, 0}, [INK_DIM] = {-1, -1, D}, [INK_STRONG] = {-1, -1, B},
		[INK_TITLE] = {WHITE, BLUE, 0}, [INK_TAB] = {WHITE, BLUE, B | R}, [INK_HEAD] = {BLUE, -1, B | U},
		[INK_KEY] = {-1, -1, B}, [INK_BAR] = {WHITE, BLUE, 0}, [INK_FRAME] = {-1, -1, D},
		[INK_CLIENT] = {BLUE, -1, 0}, [INK_SERVER] = {MAGENTA, -1, 0}, [INK_SECRET] = {RED, -1, B},
		[INK_TLS] = {BLUE, -1, B}, [INK_NOTE] = {-1, -1, D}, [INK_GOOD] = {GREEN, -1, B},
		[INK_INFO] = {-1, -1, 0}, [INK_LOW] = {BLUE, -1, 0}, [INK_MEDIUM] = {MAGENTA, -1, B},
		[INK_HIGH] = {RED, -1, B}, [INK_CRITICAL] = {WHITE, RED, B},
		[INK_MARK] = {WHITE, MAGENTA, 0}, [INK_ERROR] = {RED, -1, B},
	},
	[THEME_MONO] = {
		[INK_DIM] = {-1, -1, D}, [INK_STRONG] = {-1, -1, B}, [INK_PLAIN] = {-1, -1, 0},
		[INK_TITLE] = {-1, -1, R}, [INK_TAB] = {-1, -1, B}, [INK_HEAD] = {-1, -1, B | U},
		[INK_KEY] = {-1, -1, B}, [INK_BAR] = {-1, -1, R}, [INK_FRAME] = {-1, -1, D},
		[INK_CLIENT] = {-1, -1, 0}, [INK_SERVER] = {-1, -1, 0}, [INK_SECRET] = {-1, -1, U},
		[INK_TLS] = {-1, -1, B}, [INK_NOTE] = {-1, -1, D}, [INK_GOOD] = {-1, -1, 0},
		[INK_INFO] = {-1, -1, 0}, [INK_LOW] = {-1, -1, 0}, [INK_MEDIUM] = {-1, -1, B},
		[INK_HIGH] = {-1, -1, B}, [INK_CRITICAL] = {-1, -1, B | U},
		[INK_MARK] = {-1, -1, B | U}, [INK_ERROR] = {-1, -1, B},
	},
	[THEME_CONTRAST] = {
		[INK_PLAIN] = {-1, -1, B}, [INK_DIM] = {-1, -1, 0}, [INK_STRONG] = {-1, -1, B},
		[INK_TITLE] = {-1, -1, B | R}, [INK_TAB] = {-1, -1, B | U}, [INK_HEAD] = {-1, -1, B | U},
		[INK_KEY] = {-1, -1, B}, [INK_BAR] = {-1, -1, R}, [INK_FRAME] = {-1, -1, 0},
		[INK_CLIENT] = {CYAN, -1, B}, [INK_SERVER] = {YELLOW, -1, B}, [INK_SECRET] = {MAGENTA, -1, B | U},
		[INK_TLS] = {BLUE, -1, B}, [INK_NOTE] = {-1, -1, 0}, [INK_GOOD] = {GREEN, -1, B},
		[INK_INFO] = {-1, -1, 0}, [INK_LOW] = {CYAN, -1, B}, [INK_MEDIUM] = {YELLOW, -1, B},
		[INK_HIGH] = {RED, -1, B | U}, [INK_CRITICAL] = {WHITE, RED, B | U},
		[INK_MARK] = {BLACK, YELLOW, B}, [INK_ERROR] = {RED, -1, B},
	},
};
/* clang-format on */

const struct theme_style *
theme_style(enum theme_name theme, enum ink ink)
{
	return &styles[theme][ink];
}

bool
theme_parse(const char *name, enum theme_name *ret)
{
	for (size_t i = 0; theme_names[i]; i++) {
		if (strcmp(theme_names[i], name) == 0) {
			*ret = (enum theme_name)i;
			return true;
		}
	}
	return false;
}

enum ink
theme_severity(unsigned severity)
{
	static const enum ink inks[] = {
		INK_PLAIN, INK_INFO, INK_LOW, INK_MEDIUM, INK_HIGH, INK_CRITICAL};

	return inks[severity < sizeof(inks) / sizeof(inks[0]) ? severity : 0];
}
