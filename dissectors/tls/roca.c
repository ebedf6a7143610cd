#include "dissectors/tls/roca.h"

#define N(a) (sizeof(a) / sizeof((a)[0]))

static const uint8_t primes[] = {3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59,
	61, 67, 71, 73, 79, 83, 89, 97, 101, 103, 107, 109, 113, 127, 131, 137, 139, 149, 151,
	157, 163, 167};

/* Of the modulus to the base 65537, modulo one prime: known modulo the order of the base. */
struct logarithm {
	uint32_t value, order;
};

static uint32_t
remainder_of(struct bytes n, uint32_t p)
{
	uint32_t r = 0;

	for (size_t i = 0; i < n.n; i++)
		r = (r << 8 | n.p[i]) % p;
	return r;
}

static bool
find_log(struct bytes modulus, uint32_t p, struct logarithm *ret)
{
	uint32_t want = remainder_of(modulus, p), power = 1;
	bool found = false;

	ret->order = 0;
	do {
		if (power == want) {
			ret->value = ret->order;
			found = true;
		}
		power = power * (65537 % p) % p;
		ret->order++;
	} while (power != 1);
	return found;
}

static uint32_t
common_divisor(uint32_t a, uint32_t b)
{
	while (b) {
		uint32_t r = a % b;

		a = b;
		b = r;
	}
	return a;
}

/* One exponent fits all primes when it fits any two of them. */
bool
roca_fits(struct bytes modulus)
{
	struct logarithm logs[N(primes)];

	for (size_t i = 0; i < N(primes); i++) {
		if (!find_log(modulus, primes[i], &logs[i]))
			return false;
		for (size_t k = 0; k < i; k++) {
			uint32_t d = common_divisor(logs[i].order, logs[k].order);

			if (logs[i].value % d != logs[k].value % d)
				return false;
		}
	}
	return true;
}
