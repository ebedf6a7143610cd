/*
 * mmapwalk FILE: maps a capture, decodes its headers and searches every byte of payload for
 * line feeds. What memory and the page cache allow.
 */
#include <err.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "walk.h"

struct count {
	uint64_t packets, tcp, bytes, lines;
};

static void
look(struct count *c, const uint8_t *frame, uint32_t len)
{
	struct walk_packet p;

	c->packets++;
	if (!walk_decode(frame, len, &p))
		return;
	c->tcp += p.ip[9] == WALK_TCP;
	if (p.data >= p.end)
		return;
	c->bytes += (uint64_t)(p.end - p.data);
	for (const uint8_t *d = p.data; d < p.end; d++) {
		d = memchr(d, '\n', (size_t)(p.end - d));
		if (!d)
			break;
		c->lines++;
	}
}

int
main(int argc, char **argv)
{
	struct count c = {0};
	struct stat st;

	if (argc != 2)
		errx(2, "mmapwalk FILE");
	int fd = open(argv[1], O_RDONLY);
	if (fd < 0 || fstat(fd, &st) < 0)
		err(1, "%s", argv[1]);
	size_t n = (size_t)st.st_size;
	const uint8_t *m = mmap(NULL, n, PROT_READ, MAP_PRIVATE, fd, 0);
	if (m == MAP_FAILED)
		err(1, "%s", argv[1]);
	madvise((void *)m, n, MADV_SEQUENTIAL);
	for (size_t o = WALK_HEADER; o + WALK_RECORD <= n;) {
		uint32_t len = walk_raw32(m + o + 8);

		if (o + WALK_RECORD + len > n)
			break;
		look(&c, m + o + WALK_RECORD, len);
		o += WALK_RECORD + len;
	}
	printf("%lu packets %lu tcp %lu payload bytes %lu lines\n", c.packets, c.tcp, c.bytes,
		c.lines);
	return 0;
}
