/* Length of the client's part (2 bytes), its bytes, then the server's. */
#include <assert.h>

#include "base/cursor.h"
#include "guess/guess.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct guess *g;
	struct cursor c = cursor_of((struct bytes){data, size});
	size_t n = cursor_be16(&c);
	struct bytes c2s = cursor_take(&c, n < cursor_left(&c) ? n : cursor_left(&c));
	struct bytes s2c = cursor_take(&c, cursor_left(&c));
	struct ev_proxy p;
	int length = guess_proxy_header(c2s, &p);

	assert(length <= (int)c2s.n && length <= GUESS_PROXY_MAX);
	if (length > 0 && p.known)
		assert(p.src.family == p.dst.family &&
			(p.src.family == 4 || p.src.family == 6));
	if (!g)
		g = guess_new();
	guess_flow(g, 40000, 25, c2s, s2c);
	return 0;
}
