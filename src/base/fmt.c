#include "base/fmt.h"
#include "base/bytes.h"
#include "base/num.h"

#include <stdio.h>
#include <string.h>

struct text {
	char *out;
	size_t max, n; /* n: bytes it would have with room for all of them */
};

static void
put(struct text *t, const char *p, size_t n)
{
	size_t room = t->n < t->max ? t->max - t->n : 0;

	if (n < room)
		memcpy(t->out + t->n, p, n);
	else if (room)
		memcpy(t->out + t->n, p, room);
	t->n += n;
}

static void
put_number(struct text *t, unsigned long long n)
{
	char digits[NUM_TEXT];

	put(t, digits, num_dec(digits, n));
}

static void
put_char(struct text *t, int c)
{
	char text = (char)c;

	put(t, &text, 1);
}

/* One conversion; returns what stands behind it, or NULL when it is none of ours. */
static const char *
convert(struct text *t, const char *at, va_list *ap)
{
	const char *s;
	int n;

	switch (*at) {
	case 's':
		s = va_arg(*ap, const char *);
		if (!s)
			return NULL;
		put(t, s, strlen(s));
		return at + 1;
	case '.':
		if (at[1] != '*' || at[2] != 's')
			return NULL;
		n = va_arg(*ap, int);
		s = va_arg(*ap, const char *);
		if (!s)
			return NULL;
		put(t, s, n < 0 ? strlen(s) : strnlen(s, (size_t)n));
		return at + 3;
	case 'u':
		put_number(t, va_arg(*ap, unsigned));
		return at + 1;
	case 'l':
		if (at[1] != 'l' || at[2] != 'u')
			return NULL;
		put_number(t, va_arg(*ap, unsigned long long));
		return at + 3;
	case 'c':
		put_char(t, va_arg(*ap, int));
		return at + 1;
	case '%':
		put(t, "%", 1);
		return at + 1;
	}
	return NULL;
}

int
fmt_text(char *out, size_t max, const char *fmt, va_list ap)
{
	struct text t = {out, max, 0};
	const char *at = fmt, *percent;
	va_list args;

	va_copy(args, ap);
	while (at && *(percent = strchrnul(at, '%'))) {
		put(&t, at, (size_t)(percent - at));
		at = convert(&t, percent + 1, &args);
	}
	va_end(args);
	if (!at)
		return vsnprintf(out, max, fmt, ap);
	put(&t, at, strlen(at));
	if (max)
		out[t.n < max ? t.n : max - 1] = '\0';
	return (int)t.n;
}
