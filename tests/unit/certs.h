/* Certificates of the lab, by name: the seeds of their fuzz target. For the unit tests. */
#ifndef MS_TESTS_CERTS_H
#define MS_TESTS_CERTS_H

#include <stdio.h>
#include <string.h>

#include "base/arena.h"

#define CERTS 8 /* of a chain */

static const char *seeds; /* their directory */

static inline struct bytes
certs_load(struct arena *a, const char *name)
{
	char path[4096];
	uint8_t *p = arena_get(a, 8192);
	FILE *f;
	size_t n;

	snprintf(path, sizeof(path), "%s/%s.der", seeds, name);
	f = fopen(path, "rb");
	if (!f)
		fail_msg("%s cannot be read", path);
	n = fread(p, 1, 8192, f);
	fclose(f);
	return (struct bytes){p, n};
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
