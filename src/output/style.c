#include "output/style.h"

static const char *const sequences[] = {/* ECMA-48 8.3.117 SGR */
	[STYLE_PLAIN] = NULL,
	[STYLE_HEAD] = "1",
	[STYLE_DIM] = "2",
	[STYLE_CLIENT] = "36",
	[STYLE_SERVER] = "32",
	[STYLE_NOTE] = "2",
	[STYLE_GOOD] = "32",
	[STYLE_LOW] = "36",
	[STYLE_MEDIUM] = "35",
	[STYLE_HIGH] = "31",
	[STYLE_CRITICAL] = "1;31"};

enum style
style_severity(enum severity s)
{
	switch (s) {
	case SEV_NONE:
	case SEV_INFO:
		return STYLE_PLAIN;
	case SEV_LOW:
		return STYLE_LOW;
	case SEV_MEDIUM:
		return STYLE_MEDIUM;
	case SEV_HIGH:
		return STYLE_HIGH;
	case SEV_CRITICAL:
		return STYLE_CRITICAL;
	}
	return STYLE_PLAIN;
}

void
style_on(struct buf *out, bool color, enum style s)
{
	if (color && sequences[s])
		buf_fmt(out, "\x1b[%sm", sequences[s]);
}

void
style_off(struct buf *out, bool color, enum style s)
{
	if (color && sequences[s])
		buf_str(out, "\x1b[0m");
}
