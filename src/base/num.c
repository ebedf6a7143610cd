#include "base/num.h"

#include <string.h>

static const char pairs[] = "00010203040506070809101112131415161718192021222324"
			    "25262728293031323334353637383940414243444546474849"
			    "50515253545556575859606162636465666768697071727374"
			    "75767778798081828384858687888990919293949596979899";

size_t
num_dec(char *out, uint64_t n)
{
	char text[NUM_TEXT];
	size_t at = sizeof(text);

	while (n >= 100) {
		at -= 2;
		memcpy(text + at, pairs + n % 100 * 2, 2);
		n /= 100;
	}
	if (n >= 10) {
		at -= 2;
		memcpy(text + at, pairs + n * 2, 2);
	} else {
		text[--at] = (char)('0' + n);
	}
	memcpy(out, text + at, sizeof(text) - at);
	return sizeof(text) - at;
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
