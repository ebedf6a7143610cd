/* Certificates of the lab, by name: the seeds of their fuzz target. For the unit tests. */
#ifndef MS_TESTS_CERTS_H
#define MS_TESTS_CERTS_H

#include <stdio.h>
#include <string.h>

#include "base/arena.h"

#define CERTS 8 /* of a chain */

static const char *seeds; /* their directory */

/* Into room of CERTS_BYTES. */
#define CERTS_BYTES 8192
static inline struct bytes
certs_read(const char *name, uint8_t *room)
{
	char path[4096];
	FILE *f;
	size_t n;

	snprintf(path, sizeof(path), "%s/%s.der", seeds, name);
	f = fopen(path, "rb");
	if (!f)
		fail_msg("%s cannot be read", path);
	n = fread(room, 1, CERTS_BYTES, f);
	fclose(f);
	return (struct bytes){room, n};
}

static inline struct bytes
certs_load(struct arena *a, const char *name)
{
	return certs_read(name, arena_get(a, CERTS_BYTES));
}

/* names: "good issuing"; "junk" is no certificate. Returns how many. */
static inline size_t
certs_named(struct arena *a, const char *names, struct bytes ret[CERTS])
{
	struct bytes rest = bytes_str(names), word;
	char name[64];
	size_t n = 0;

	while ((word = bytes_word(&rest)).n && n < CERTS) {
		snprintf(name, sizeof(name), "%.*s", BYTES_FMT(word));
		ret[n++] = strcmp(name, "junk") ? certs_load(a, name) : BYTES("junk");
	}
	return n;
}

#endif
