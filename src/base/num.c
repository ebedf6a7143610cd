#include "base/num.h"

#include <string.h>

static const char pairs[] = "00010203040506070809101112131415161718192021222324"
			    "25262728293031323334353637383940414243444546474849"
			    "50515253545556575859606162636465666768697071727374"
			    "75767778798081828384858687888990919293949596979899";

/* Decimal digits of n. 1233 / 4096 is a little more than log10(2): bits give digits, or one
 * less. */
static unsigned
digits(uint64_t n)
{
	static const uint64_t tens[] = {0, 10, 100, 1000, 10000, 100000, 1000000, 10000000,
		100000000, 1000000000, 10000000000, 100000000000, 1000000000000, 10000000000000,
		100000000000000, 1000000000000000, 10000000000000000, 100000000000000000,
		1000000000000000000, UINT64_C(10000000000000000000)};
	unsigned less = (64 - (unsigned)__builtin_clzll(n | 1)) * 1233 >> 12;

	return less + (n >= tens[less]);
}

size_t
num_dec(char *out, uint64_t n)
{
	unsigned width = digits(n);

	num_pad(out, width, n);
	return width;
}

void
num_pad(char *out, unsigned width, uint64_t n)
{
	while (width >= 2) {
		width -= 2;
		memcpy(out + width, pairs + n % 100 * 2, 2);
		n /= 100;
	}
	if (width)
		out[0] = (char)('0' + n % 10);
}
