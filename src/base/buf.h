/* A growing buffer that was told its maximum at birth. */
#ifndef MS_BASE_BUF_H
#define MS_BASE_BUF_H

#include "base/bytes.h"

struct buf {
	uint8_t *p;
	size_t n;   /* bytes in use */
	size_t cap; /* bytes allocated */
	size_t max; /* bytes it may ever hold; SIZE_MAX: no ceiling (output buffers that are
		       flushed) */
	bool cut;   /* something did not fit and was left out */
};

void buf_init(struct buf *b, size_t max);
/* Frees; the buffer is as after buf_init with the same max. */
void buf_done(struct buf *b);
/* Overwrites the content with zeros, then as buf_done. For secrets. */
void buf_wipe(struct buf *b);
void buf_clear(struct buf *b);
/* Appends what fits. False (and ->cut set) when something was left out. */
bool buf_add(struct buf *b, struct bytes in);
bool buf_str(struct buf *b, const char *s);
bool buf_byte(struct buf *b, uint8_t c);
bool buf_fmt(struct buf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Removes the first n bytes. */
void buf_eat(struct buf *b, size_t n);
struct bytes buf_bytes(const struct buf *b);
/* The content as text: a NUL is put behind it (not counted in n). Valid until the next change.
 */
const char *buf_text(struct buf *b);

#endif
