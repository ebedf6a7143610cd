#include "dissectors/line.h"

#include <string.h>

size_t
line_cut(struct bytes in, size_t *seen)
{
	const uint8_t *lf = in.n > *seen ? memchr(in.p + *seen, '\n', in.n - *seen) : NULL;

	*seen = lf ? 0 : in.n;
	return lf ? (size_t)(lf - in.p) + 1 : 0;
}

/* The first CR that no LF follows at once, or SIZE_MAX; `line` is without its end, which cannot
 * begin with a bare CR. */
static size_t
bare_cr(struct bytes line)
{
	size_t at = bytes_find(line, '\r');

	return at < line.n ? at : SIZE_MAX;
}

static void
say_odd_bytes(struct bytes line, size_t end, size_t base, struct events *out)
{
	size_t nul = bytes_find(line, 0), cr = bare_cr(line);

	if (nul < line.n)
		events_anomaly(out, ANOMALY_NUL_BYTE, base + nul, 1, BYTES_NONE);
	if (cr != SIZE_MAX)
		events_anomaly(out, ANOMALY_BARE_CR, base + cr, 1, BYTES_NONE);
	if (end == 1)
		events_anomaly(out, ANOMALY_BARE_LF, base + line.n, 1, BYTES_NONE);
}

enum line_result
line_take_max(struct line_state *ls, struct bytes in, size_t base, size_t max,
	struct bytes *ret, size_t *used, size_t *ret_end, struct events *out)
{
	size_t n = line_cut(in, &ls->seen);
	bool begun = ls->swallow;

	*ret = BYTES_NONE;
	*ret_end = 0;
	*used = 0;
	if (begun || n > max || (n == 0 && in.n > max)) {
		if (in.n == 0)
			return LINE_MORE;
		if (!begun)
			events_anomaly(out, ANOMALY_LINE_TOO_LONG, base, max, BYTES_NONE);
		ls->swallow = n == 0;
		ls->seen = 0;
		*used = n ? n : in.n;
		return LINE_SKIP;
	}
	if (n == 0)
		return LINE_MORE;
	*ret_end = n > 1 && in.p[n - 2] == '\r' ? 2 : 1;
	*ret = bytes_sub(in, 0, n - *ret_end);
	*used = n;
	say_odd_bytes(*ret, *ret_end, base, out);
	return LINE_READY;
}

enum line_result
line_take(struct line_state *ls, struct bytes in, size_t base, struct bytes *ret, size_t *used,
	size_t *ret_end, struct events *out)
{
	return line_take_max(
		ls, in, base, events_limits(out)->line_bytes, ret, used, ret_end, out);
}
