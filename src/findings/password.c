#include "findings/password.h"
#include "base/escape.h"

#include <string.h>

/* The words here are case folded, with zeros behind: all that can be one of them is compared in
 * one go. */
#define WORD_BYTES 16

/* The head of every published list of leaked passwords. */
/* clang-format off */
static const char common[][WORD_BYTES] = {
	"123456", "1234567", "12345678", "123456789", "1234567890", "12345", "1234", "111111", "000000", "123123", "654321",
	"password", "password1", "password12", "password123", "passw0rd", "p@ssw0rd", "p@ssword", "pass", "pass1234", "passwort",
	"motdepasse", "contraseña", "secret", "secret123", "geheim", "changeme", "changeit", "default", "letmein", "letmein1",
	"welcome", "welcome1", "welcome123", "willkommen", "hello123", "test", "test1", "test123", "test1234", "testing",
	"testtest", "demo", "guest", "user", "login", "master", "admin", "admin1", "admin123", "administrator", "root", "toor",
	"qwerty", "qwerty1", "qwerty12", "qwerty123", "qwertyuiop", "qwertz", "azerty", "asdf", "asdfgh", "asdfghjkl", "asdf1234",
	"zxcvbn", "zxcvbnm", "1q2w3e", "1q2w3e4r", "1q2w3e4r5t", "1qaz2wsx", "q1w2e3r4", "qazwsx", "zaq12wsx", "abc123", "abcd1234",
	"abc12345", "a123456", "aa123456", "iloveyou", "princess", "sunshine", "monkey", "dragon", "football", "baseball", "superman",
	"batman", "shadow", "michael", "jennifer", "jordan", "charlie", "donald", "freedom", "whatever", "trustno1", "starwars",
	"killer", "pokemon", "computer", "internet", "google", "samsung", "mail", "mailman", "postmaster", "server", "oracle", "cisco",
	"summer", "winter", "spring", "autumn", "hallo", "hallo123", "schatz", "ficken", "soleil", "bonjour", "access", "flower", "lovely",
};
static const char seasons[][WORD_BYTES] = {
	"spring", "summer", "autumn", "fall", "winter", "january", "february", "march", "april", "may", "june", "july", "august",
	"september", "october", "november", "december", "password", "passwort", "welcome", "fruehling", "sommer", "herbst",
	"januar", "februar", "maerz", "juni", "juli", "oktober", "dezember",
};
/* clang-format on */
#define N(a) (sizeof(a) / sizeof((a)[0]))

static size_t
characters(struct bytes in)
{
	size_t n = 0;
	uint32_t cp;

	for (size_t i = 0; i < in.n; n++) {
		size_t len = utf8_next(bytes_from(in, i), &cp);

		i += len ? len : 1;
	}
	return n;
}

static bool
all_digits(struct bytes in)
{
	for (size_t i = 0; i < in.n; i++)
		if (in.p[i] < '0' || in.p[i] > '9')
			return false;
	return in.n > 0;
}

/* aaaa, abcd, 9876 */
static bool
is_run(struct bytes in)
{
	int by = in.n > 1 ? in.p[1] - in.p[0] : 2;

	if (in.n < 3 || by < -1 || by > 1)
		return false;
	for (size_t i = 2; i < in.n; i++)
		if (in.p[i] - in.p[i - 1] != by)
			return false;
	return true;
}

static void
fold(struct bytes in, char out[WORD_BYTES])
{
	memset(out, 0, WORD_BYTES);
	for (size_t i = 0; i < in.n && i < WORD_BYTES; i++)
		out[i] = (char)(in.p[i] >= 'A' && in.p[i] <= 'Z' ? in.p[i] + 32 : in.p[i]);
}

static bool
is_common(struct bytes in)
{
	char word[WORD_BYTES];

	if (in.n >= WORD_BYTES || memchr(in.p, '\0', in.n))
		return false;
	fold(in, word);
	for (size_t i = 0; i < N(common); i++)
		if (memcmp(word, common[i], WORD_BYTES) == 0)
			return true;
	return false;
}

static bool
holds(struct bytes password, struct bytes name)
{
	uint8_t back[64];

	if (name.n < 3 || name.n > sizeof(back)) /* shorter ones are anywhere by chance */
		return name.n > 0 && bytes_ieq(password, name);
	for (size_t i = 0; i < name.n; i++)
		back[i] = name.p[name.n - 1 - i];
	return bytes_isearch(password, name) != SIZE_MAX ||
	       bytes_isearch(password, (struct bytes){back, name.n}) != SIZE_MAX;
}

static bool
tells_account(struct bytes password, struct bytes account)
{
	size_t at = bytes_find(account, '@');
	struct bytes domain = bytes_from(account, at + 1);
	struct bytes label = bytes_sub(domain, 0, bytes_find(domain, '.'));

	return holds(password, account) || holds(password, bytes_sub(account, 0, at)) ||
	       (at < account.n && (holds(password, domain) || holds(password, label)));
}

static size_t
digits_at(struct bytes in, size_t at)
{
	size_t n = 0;

	while (all_digits(bytes_sub(in, at + n, 1)))
		n++;
	return n;
}

/* A year (2 or 4 digits) behind the word, perhaps with a sign between or behind. */
static bool
is_year(struct bytes rest)
{
	size_t n;

	if (rest.n && strchr("-_.!@#", rest.p[0]))
		rest = bytes_from(rest, 1);
	n = digits_at(bytes_sub(rest, 0, 5), 0);
	return (n == 2 || n == 4) && rest.n - n <= 2;
}

static bool
is_dated(struct bytes in)
{
	char word[WORD_BYTES];

	fold(in, word);
	for (size_t i = 0; i < N(seasons); i++) {
		size_t n;

		if (word[0] != seasons[i][0])
			continue;
		n = strlen(seasons[i]);
		if (in.n >= n && !memcmp(word, seasons[i], n) && is_year(bytes_from(in, n)))
			return true;
	}
	return false;
}

unsigned
password_weak(struct bytes in, struct bytes account, unsigned min_len)
{
	size_t n = characters(in);
	unsigned weak = 0;

	if (in.n == 0)
		return 0;
	weak |= n < min_len ? WEAK_SHORT : 0;
	weak |= is_common(in) ? WEAK_COMMON : 0;
	weak |= all_digits(in) && n < 12 ? WEAK_DIGITS : 0;
	weak |= is_run(in) ? WEAK_RUN : 0;
	weak |= is_dated(in) ? WEAK_DATE : 0;
	/* Long enough that a name inside does not matter. */
	weak |= n < 20 && tells_account(in, account) ? WEAK_ACCOUNT : 0;
	return weak;
}

char *
password_rules(unsigned weak, char out[PASSWORD_RULES])
{
	static const char *const names[] = {
		"short", "common", "account", "digits", "run", "date"};
	size_t n = 0;

	out[0] = '\0';
	for (size_t i = 0; i < N(names); i++)
		if (weak & 1u << i)
			n = (size_t)(stpcpy(stpcpy(out + n, n ? "+" : ""), names[i]) - out);
	return out;
}
