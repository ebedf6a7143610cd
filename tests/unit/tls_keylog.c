/* The key log: lines, look-ups, its ceiling, and the file that grows, comes late or is
 * replaced. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "dissectors/tls/keylog.h"

#define COUNT(a) (sizeof(a) / sizeof(*(a)))
#define MIB ((size_t)1 << 20)
#define RANDOM "00112233445566778899aabbccddeeff00112233445566778899AABBCCDDEEFF"
#define S32 "0101010101010101010101010101010101010101010101010101010101010101"
#define S48 S32 "02020202020202020202020202020202"

static const struct {
	const char *name, *in;
	enum keylog_label label;
	size_t want; /* octets found */
	uint64_t secrets, ignored, junk;
} lines[] = {
	{"master", "CLIENT_RANDOM " RANDOM " " S48 "\n", KEYLOG_MASTER, 48, 1, 0, 0},
	{"crlf, no end",
		"CLIENT_RANDOM " RANDOM " " S48 "\r\n# x\r\n\r\nCLIENT_RANDOM " RANDOM " " S48,
		KEYLOG_MASTER, 48, 2, 0, 0},
	{"client handshake", "CLIENT_HANDSHAKE_TRAFFIC_SECRET " RANDOM " " S32 "\n",
		KEYLOG_HANDSHAKE_CLIENT, 32, 1, 0, 0},
	{"server handshake", "SERVER_HANDSHAKE_TRAFFIC_SECRET " RANDOM " " S48 "\n",
		KEYLOG_HANDSHAKE_SERVER, 48, 1, 0, 0},
	{"client data", "CLIENT_TRAFFIC_SECRET_0 " RANDOM " " S32 "\n", KEYLOG_TRAFFIC_CLIENT,
		32, 1, 0, 0},
	{"server data", "SERVER_TRAFFIC_SECRET_0 " RANDOM " " S32 "\n", KEYLOG_TRAFFIC_SERVER,
		32, 1, 0, 0},
	{"early data", "CLIENT_EARLY_TRAFFIC_SECRET " RANDOM " " S32 "\n", KEYLOG_EARLY, 32, 1,
		0, 0},
	{"of another label", "CLIENT_EARLY_TRAFFIC_SECRET " RANDOM " " S32 "\n", KEYLOG_MASTER,
		0, 1, 0, 0},
	{"exporter, later secrets",
		"EXPORTER_SECRET " RANDOM " " S32 "\nCLIENT_TRAFFIC_SECRET_1 " RANDOM " " S32
		"\nSERVER_TRAFFIC_SECRET_2 x\n",
		KEYLOG_TRAFFIC_CLIENT, 0, 0, 3, 0},
	{"junk",
		"hello\nCLIENT_RANDOM\nCLIENT_RANDOM " RANDOM "\nCLIENT_RANDOM " RANDOM
		" 0g\nCLIENT_RANDOM 00 " S48 "\nCLIENT_RANDOM " RANDOM " " S48 "00\n"
		"CLIENT_RANDOM " RANDOM " " S48 " x\nclient_random " RANDOM " " S48 "\n",
		KEYLOG_MASTER, 0, 0, 0, 8},
};

static struct bytes
random_bytes(uint8_t out[KEYLOG_KEY])
{
	for (size_t i = 0; i < KEYLOG_KEY; i++)
		out[i] = (uint8_t)(0x11 * (i % 16));
	return (struct bytes){out, KEYLOG_KEY};
}

static void
test_lines(void **state)
{
	for (size_t i = 0; i < COUNT(lines); i++) {
		struct keylog *k = keylog_new(MIB);
		uint8_t key[KEYLOG_KEY], got[KEYLOG_SECRET];
		struct keylog_counts n;
		size_t found;

		assert_false(keylog_active(k));
		keylog_text(k, bytes_str(lines[i].in));
		found = keylog_get(k, lines[i].label, random_bytes(key), got);
		n = keylog_counts(k);
		if (found != lines[i].want || (found && got[0] != 1) ||
			n.secrets != lines[i].secrets || n.ignored != lines[i].ignored ||
			n.junk != lines[i].junk)
			fail_msg("%s: %zu octets, %d secrets, %d ignored, %d junk",
				lines[i].name, found, (int)n.secrets, (int)n.ignored,
				(int)n.junk);
		assert_int_equal(keylog_active(k), lines[i].secrets > 0);
		keylog_free(&k);
	}
}

static void
test_rsa(void **state)
{
	struct keylog *k = keylog_new(MIB);
	uint8_t got[KEYLOG_SECRET];

	assert_false(keylog_has_rsa(k));
	keylog_text(k, bytes_str("RSA 0011223344556677 " S48 "\n"));
	assert_true(keylog_has_rsa(k));
	assert_int_equal(
		keylog_get(k, KEYLOG_RSA, BYTES("\x00\x11\x22\x33\x44\x55\x66\x77"), got), 48);
	assert_int_equal(
		keylog_get(k, KEYLOG_RSA, BYTES("\x00\x11\x22\x33\x44\x55\x66\x78"), got), 0);
	keylog_free(&k);
}

static void
put_number(struct keylog *k, unsigned i)
{
	char line[256];

	snprintf(line, sizeof(line), "CLIENT_RANDOM %064x %s\n", i, S48);
	keylog_text(k, bytes_str(line));
}

static bool
has_number(struct keylog *k, unsigned i)
{
	uint8_t got[KEYLOG_SECRET], key[KEYLOG_KEY] = {0};

	for (int b = 0; b < 4; b++)
		key[KEYLOG_KEY - 1 - b] = (uint8_t)(i >> 8 * b);
	return keylog_get(k, KEYLOG_MASTER, (struct bytes){key, sizeof(key)}, got) == 48;
}

/* The ceiling holds, and it is the oldest that are gone. */
static void
test_ceiling(void **state)
{
	enum {
		N = 20000,
		MOST = 1 << 20
	};
	struct keylog *k = keylog_new(MOST);
	struct keylog_counts n;
	unsigned kept;

	for (unsigned i = 0; i < N; i++)
		put_number(k, i);
	n = keylog_counts(k);
	kept = (unsigned)(N - n.forgotten);
	assert_true(kept > 8000 && kept < N);
	assert_true(n.bytes <= MOST + MOST / 4);
	for (unsigned i = 0; i < N; i++)
		assert_int_equal(has_number(k, i), i >= N - kept);
	keylog_free(&k);
}

static void
add(const char *path, const char *mode, const char *text)
{
	FILE *f = fopen(path, mode);

	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

static bool
look(struct keylog *k)
{
	usleep(1500);
	return keylog_look(k);
}

static void
test_live_file(void **state)
{
	char dir[] = "/tmp/keylog-XXXXXX", path[64], other[64];
	struct keylog *k = keylog_new(MIB);
	uint8_t key[KEYLOG_KEY], got[KEYLOG_SECRET];
	struct err e = {0};

	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/keys", dir);
	snprintf(other, sizeof(other), "%s/other", dir);
	/* Comes late. */
	assert_int_equal(keylog_open(k, path, true, &e), 0);
	assert_true(keylog_active(k) && keylog_growing(k));
	assert_false(look(k));
	/* Grows, a line in two pieces. */
	add(path, "w", "# begins\nCLIENT_RANDOM " RANDOM);
	assert_false(look(k));
	add(path, "a", " " S48);
	assert_false(look(k));
	add(path, "a", "\nEXPORTER");
	assert_true(look(k));
	assert_int_equal(keylog_get(k, KEYLOG_MASTER, random_bytes(key), got), 48);
	/* Cut and begun again. */
	add(path, "w", "CLIENT_TRAFFIC_SECRET_0 " RANDOM " " S32 "\n");
	assert_true(look(k));
	assert_int_equal(keylog_get(k, KEYLOG_TRAFFIC_CLIENT, random_bytes(key), got), 32);
	/* Replaced by another. */
	add(other, "w", "SERVER_TRAFFIC_SECRET_0 " RANDOM " " S32 "\n");
	assert_int_equal(rename(other, path), 0);
	assert_true(look(k));
	assert_int_equal(keylog_get(k, KEYLOG_TRAFFIC_SERVER, random_bytes(key), got), 32);
	assert_int_equal(keylog_get(k, KEYLOG_MASTER, random_bytes(key), got), 48);
	keylog_free(&k);
	unlink(path);
	rmdir(dir);
}

static void
test_no_file(void **state)
{
	char dir[] = "/tmp/keylog-XXXXXX", fifo[64];
	struct keylog *k = keylog_new(MIB);
	struct err e = {0};

	assert_non_null(mkdtemp(dir));
	assert_int_equal(keylog_open(k, "/nowhere/keys", false, &e), -ENOENT);
	assert_non_null(strstr(e.text, "/nowhere/keys"));
	keylog_free(&k);
	k = keylog_new(MIB);
	assert_int_equal(keylog_open(k, dir, true, &e), -EISDIR);
	keylog_free(&k);
	k = keylog_new(MIB);
	snprintf(fifo, sizeof(fifo), "%s/fifo", dir);
	assert_int_equal(mkfifo(fifo, 0600), 0);
	assert_int_equal(keylog_open(k, fifo, false, &e), -EINVAL);
	keylog_free(&k);
	unlink(fifo);
	rmdir(dir);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_rsa),
		cmocka_unit_test(test_ceiling),
		cmocka_unit_test(test_live_file),
		cmocka_unit_test(test_no_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
