/* Colours as roles. Nothing is said by colour alone. */
#ifndef MS_OUTPUT_STYLE_H
#define MS_OUTPUT_STYLE_H

#include "findings/finding.h"

enum style {
	STYLE_PLAIN,
	STYLE_HEAD,
	STYLE_DIM,
	STYLE_CLIENT,
	STYLE_SERVER,
	STYLE_NOTE, /* what is not of the wire: gaps, TLS, folded bodies */
	STYLE_GOOD,
	STYLE_LOW,
	STYLE_MEDIUM,
	STYLE_HIGH,
	STYLE_CRITICAL,
};

enum style style_severity(enum severity s);
/* Appends the terminal's sequence, or nothing when color is false. */
void style_on(struct buf *out, bool color, enum style s);
void style_off(struct buf *out, bool color, enum style s);

#endif
