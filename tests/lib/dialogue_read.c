#include "tests/lib/dialogue.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <arpa/inet.h>

static int
hex_digit(char c)
{
	static const char digits[] = "0123456789abcdef";
	const char *p = c ? strchr(digits, c | 0x20) : NULL;

	return p ? (int)(p - digits) : -1;
}

/* {N:text}: the text N times. Returns the bytes behind the brace that were read. */
static size_t
repeat(const char *s, size_t n, struct buf *out)
{
	const char *colon = memchr(s, ':', n), *end = memchr(s, '}', n);

	if (!colon || !end || colon > end)
		return 0;
	for (long k = strtol(s, NULL, 10); k > 0; k--)
		buf_add(out,
			(struct bytes){(const uint8_t *)colon + 1, (size_t)(end - colon - 1)});
	return (size_t)(end - s) + 1;
}

static void
unescape(const char *s, size_t n, struct buf *out)
{
	static const char plain[] = "rnt0", means[] = "\r\n\t\0";

	for (size_t i = 0; i < n; i++) {
		const char *p;

		if (s[i] != '\\' || i + 1 >= n) {
			buf_byte(out, (uint8_t)s[i]);
			continue;
		}
		i++;
		p = memchr(plain, s[i], 4);
		if (p) {
			buf_byte(out, (uint8_t)means[p - plain]);
		} else if (s[i] == 'x' && i + 2 < n && hex_digit(s[i + 1]) >= 0 &&
			   hex_digit(s[i + 2]) >= 0) {
			buf_byte(
				out, (uint8_t)(hex_digit(s[i + 1]) << 4 | hex_digit(s[i + 2])));
			i += 2;
		} else if (s[i] == '{') {
			i += repeat(s + i + 1, n - i - 1, out);
		} else {
			buf_byte(out, (uint8_t)s[i]);
		}
	}
}

static int
bad(const char *path, int line, const char *what)
{
	fprintf(stderr, "%s:%d: %s\n", path, line, what);
	return -1;
}

static void
read_turn(struct dialogue *d, const char *s, size_t n, int64_t *ack)
{
	struct turn *t = &d->turns[d->n_turns++];
	size_t skip = n > 2 && s[2] == ' ' ? 3 : 2;
	struct buf b;

	*t = (struct turn){
		.kind = TURN_DATA, .dir = s[0] == 'C' ? DIR_C2S : DIR_S2C, .ack = *ack};
	*ack = -1;
	buf_init(&b, 16 << 20);
	unescape(s + skip, n - skip, &b);
	if (s[1] == ':')
		buf_str(&b, "\r\n");
	t->data = arena_copy(&d->arena, buf_bytes(&b));
	buf_done(&b);
}

/* The word behind "what ", kept; NULL: it is another line. */
static const char *
named(struct dialogue *d, const char *s, const char *what)
{
	size_t n = strlen(what);

	if (strncmp(s, what, n) != 0 || s[n] != ' ')
		return NULL;
	return arena_text(&d->arena, bytes_str(s + n + 1));
}

static struct endpoint
address(const char *text)
{
	struct endpoint e = {.family = strchr(text, ':') ? 6 : 4};

	inet_pton(e.family == 6 ? AF_INET6 : AF_INET, text, e.addr);
	return e;
}

/* Who is meant, and what is asked of the findings; false: the line is none of these. */
static bool
read_setting(struct dialogue *d, const char *s)
{
	const char *word;

	if ((word = named(d, s, "client")))
		d->client = address(word);
	else if ((word = named(d, s, "server")))
		d->server = address(word);
	else if ((word = named(d, s, "findings")))
		d->findings = word;
	else if ((word = named(d, s, "local")))
		d->local = word;
	else
		return false;
	return true;
}

static int
read_word(struct dialogue *d, const char *path, int line, const char *s, int64_t *ack)
{
	char dir;
	unsigned long long n;
	int port;

	if (read_setting(d, s))
		return 0;
	if (sscanf(s, "port %d", &port) == 1)
		d->port = (uint16_t)port;
	else if (sscanf(s, "gap %c %llu", &dir, &n) == 2)
		d->turns[d->n_turns++] = (struct turn){
			.kind = TURN_GAP, .dir = dir == 'C' ? DIR_C2S : DIR_S2C, .lost = n};
	else if (sscanf(s, "fin %c", &dir) == 1)
		d->turns[d->n_turns++] = (struct turn){
			.kind = TURN_FIN, .dir = dir == 'C' ? DIR_C2S : DIR_S2C};
	else if (sscanf(s, "ack %llu", &n) == 1)
		*ack = (int64_t)n;
	else if (!strcmp(s, "ack unknown"))
		*ack = -2;
	else if (!strcmp(s, "midstream"))
		d->midstream = true;
	else if (sscanf(s, "only %c", &dir) == 1)
		d->only = dir == 'C' ? DIR_C2S : DIR_S2C;
	else if (!strncmp(s, "keylog ", 7)) {
		buf_str(&d->keylog, s + 7);
		buf_byte(&d->keylog, '\n');
	} else if (!strcmp(s, "reveal"))
		d->reveal = true;
	else if (!strcmp(s, "placeless"))
		d->placeless = true;
	else
		return bad(path, line, "neither a turn (C: S: C< S<) nor a known word");
	return 0;
}

static int
read_line(struct dialogue *d, const char *path, int line, char *s, size_t n, int64_t *ack,
	bool *expecting)
{
	while (n && s[n - 1] == '\n')
		s[--n] = 0;
	if (!n || s[0] == '#')
		return 0;
	if (!strcmp(s, "expect")) {
		*expecting = true;
		return 0;
	}
	if (d->n_turns == TURNS_MAX)
		return bad(path, line, "too many turns");
	if ((s[0] == 'C' || s[0] == 'S') && (s[1] == ':' || s[1] == '<')) {
		read_turn(d, s, n, ack);
		return 0;
	}
	return read_word(d, path, line, s, ack);
}

int
dialogue_read(const char *path, struct dialogue *ret)
{
	FILE *f = fopen(path, "rb");
	char *line = NULL;
	size_t cap = 0;
	ssize_t n;
	int no = 0, rc = 0;
	int64_t ack = -1;
	bool expecting = false;
	struct buf head, expect;

	memset(ret, 0, sizeof(*ret));
	ret->port = 25;
	ret->only = -1;
	ret->client = address("192.0.2.2");
	ret->server = address("192.0.2.1");
	arena_init(&ret->arena, 4096);
	buf_init(&ret->keylog, SIZE_MAX);
	if (!f)
		return bad(path, 0, "cannot be opened");
	buf_init(&head, 16 << 20);
	buf_init(&expect, 16 << 20);
	while (!rc && (n = getline(&line, &cap, f)) > 0) {
		no++;
		buf_add(expecting ? &expect : &head,
			(struct bytes){(uint8_t *)line, (size_t)n});
		if (!expecting)
			rc = read_line(ret, path, no, line, (size_t)n, &ack, &expecting);
	}
	ret->head = arena_text(&ret->arena, buf_bytes(&head));
	ret->expect = arena_text(&ret->arena, buf_bytes(&expect));
	buf_done(&head);
	buf_done(&expect);
	free(line);
	fclose(f);
	return rc;
}

void
dialogue_free(struct dialogue *d)
{
	arena_done(&d->arena);
	buf_done(&d->keylog);
}
