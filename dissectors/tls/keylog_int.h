/* What the two halves of the key log share: the store and the file. */
#ifndef MS_DISSECTORS_TLS_KEYLOG_INT_H
#define MS_DISSECTORS_TLS_KEYLOG_INT_H

#include <pthread.h>
#include <sys/types.h>

#include "base/buf.h"
#include "dissectors/tls/keylog.h"

struct keylog_entry {
	uint8_t key[KEYLOG_KEY]; /* zeros behind one that is shorter */
	uint8_t label;
	uint8_t n;
	uint8_t secret[KEYLOG_SECRET];
};

/* A file that is followed. */
struct keylog_file {
	char *path; /* NULL: none */
	int fd;     /* -1: not there yet */
	bool live;
	dev_t dev;
	ino_t ino;
	off_t at;
	struct buf line; /* what has come of the last line */
	int64_t looked_ns;
};

struct keylog {
	pthread_mutex_t lock;
	struct keylog_entry **chunks;
	size_t n_chunks, max_chunks;
	size_t count;    /* entries in use */
	size_t next;     /* the entry that is filled next; once all are in use the oldest */
	uint32_t *slots; /* number of an entry + 1, 0 free; open addressing */
	size_t n_slots;  /* a power of two, or 0 */
	uint64_t seed;
	_Atomic bool active, rsa; /* set once, read without the lock */
	_Atomic size_t held;
	struct keylog_counts counts;
	struct keylog_file file;
};

/* With the lock held. The last line may lack its LF. */
void keylog_lines(struct keylog *k, struct bytes text);
void keylog_file_done(struct keylog_file *f);

#endif
