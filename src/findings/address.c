#include "findings/address.h"

#include <stddef.h>

struct bytes
address_domain(struct bytes path)
{
	size_t at = path.n;

	while (at && path.p[at - 1] != '@')
		at--;
	return at ? bytes_from(path, at) : BYTES_NONE;
}

static bool
is_letter(uint8_t c)
{
	return (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
}

/* Labels of letters, digits and hyphens, more than one, the last of letters. */
static bool
is_host(struct bytes in)
{
	size_t dots = 0, last = 0;

	for (size_t i = 0; i < in.n; i++) {
		uint8_t c = in.p[i];

		if (c == '.') {
			dots++;
			last = i + 1;
		} else if (!is_letter(c) && !(c >= '0' && c <= '9') && c != '-') {
			return false;
		}
	}
	if (!dots || in.n - last < 2 || in.p[0] == '.')
		return false;
	for (size_t i = last; i < in.n; i++)
		if (!is_letter(in.p[i]))
			return false;
	return true;
}

const char *
address_route(struct bytes path)
{
	size_t domain = address_domain(path).n, percent, bang;
	struct bytes local = bytes_sub(path, 0, path.n - domain);
	bool quoted = local.n && local.p[0] == '"';

	if (path.n && path.p[0] == '@' && bytes_find(path, ':') < path.n)
		return "source_route";
	if (local.n && local.p[local.n - 1] == '@')
		local.n--;
	if (bytes_find(local, '@') < local.n)
		return quoted ? "quoted" : "several_at";
	percent = bytes_find(local, '%');
	bang = bytes_find(local, '!');
	if (percent < local.n && is_host(bytes_from(local, percent + 1)))
		return "percent";
	if (bang < local.n && is_host(bytes_sub(local, 0, bang)))
		return "bang";
	return NULL;
}

static bool
has(struct bytes in, const char *what)
{
	return bytes_isearch(in, bytes_str(what)) != SIZE_MAX;
}

static size_t
count(struct bytes in, uint8_t c)
{
	size_t n = 0;

	for (size_t i = 0; i < in.n; i++)
		n += in.p[i] == c;
	return n;
}

/* Behind a pipe or a semicolon. X.400 has "a= ;p=b" in quoted local parts, some clients name
 * several addresses so: a word with = or @ is none. */
static bool
is_shell_word(struct bytes rest)
{
	struct bytes word = bytes_word(&rest);

	word = bytes_sub(word, 0, bytes_find(word, ';'));
	return word.n && is_letter(word.p[0]) && bytes_find(word, '=') == word.n &&
	       bytes_find(word, '@') == word.n;
}

/* A command, and a blank or a path: no name has both. */
static bool
has_shell(struct bytes in)
{
	bool blank = bytes_find(in, ' ') < in.n || bytes_find(in, '\t') < in.n;

	for (size_t i = 0; i + 1 < in.n; i++) {
		if (in.p[i] != '|' && in.p[i] != ';')
			continue;
		if (in.p[i + 1] == '/' || (blank && is_shell_word(bytes_from(in, i + 1))))
			return true;
	}
	return has(in, "&& ") || has(in, "&&/");
}

/* %n alone may be the beginning of a host name behind a %. */
static bool
has_format(struct bytes in)
{
	size_t at = bytes_search(in, BYTES("%n"));

	if (has(in, "%s%s%s"))
		return true;
	return at != SIZE_MAX && (at + 2 >= in.n || !is_letter(in.p[at + 2])) &&
	       count(in, '%') > 1;
}

/* Few arguments have one of these at all. */
static bool
may_have_code(struct bytes in)
{
	for (size_t i = 0; i < in.n; i++) {
		switch (in.p[i]) {
		case '$':
		case '`':
		case '|':
		case ';':
		case '&':
		case '%':
		case '\\':
		case '(':
		case '/':
		case '=':
			return true;
		}
	}
	return false;
}

const char *
address_code(struct bytes in)
{
	if (!may_have_code(in))
		return NULL;
	if (has(in, "${jndi:"))
		return "lookup";
	if (has(in, "${run") || has(in, "${readsocket"))
		return "expansion";
	if (has(in, "$(") || count(in, '`') > 1)
		return "substitution";
	if (has(in, "() {"))
		return "function";
	if (has_shell(in))
		return "shell";
	if (has(in, "../"))
		return "traversal";
	if (has(in, "%0d%0a") || has(in, "\\r\\n") || has(in, "=0D=0A"))
		return "line_break";
	return has_format(in) ? "format" : NULL;
}
