/* Unpackers for compressed capture files: one row a format. */
#ifndef MS_CAPTURE_UNPACK_H
#define MS_CAPTURE_UNPACK_H

#include "base/bytes.h"
#include "base/err.h"

struct unpack {
	const char *name;
	bool (*sees)(struct bytes
			head); /* are these the first bytes of such a file? Needs 4 of them. */
	void *(*start)(void);
	void (*stop)(void *st);
	/*
	 * Takes bytes from *in, puts at most `room` at out, *ret_got of them. Returns 0, or
	 * -EBADMSG with the reason; what was put before counts all the same.
	 */
	int (*run)(void *st, struct bytes *in, uint8_t *out, size_t room, size_t *ret_got,
		struct err *e);
	bool (*whole)(const void *st); /* may the packed file end here? */
};

/* The unpacker for a file that begins so, or NULL. */
const struct unpack *unpack_for(struct bytes head);

#endif
