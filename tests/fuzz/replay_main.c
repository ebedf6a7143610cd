/*
 * Runs a fuzz target without libFuzzer: over the files named as arguments (a directory stands
 * for its files), each whole and with 64 small changes that are the same in every run. Prints
 * how many inputs it ran.
 */
#include <dirent.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum {
	CHANGES = 64,
	INPUT_MAX = 1 << 20
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static unsigned long inputs;

static uint32_t x; /* never 0 */

static uint32_t
dice(void)
{
	x ^= x << 13;
	x ^= x >> 17;
	x ^= x << 5;
	return x;
}

/* In memory of exactly that size, so that the sanitizer sees a read beyond. */
static void
run(const uint8_t *data, size_t size)
{
	uint8_t *copy = calloc(size ? size : 1, 1);

	if (!copy)
		abort();

	memcpy(copy, data, size);
	LLVMFuzzerTestOneInput(copy, size);
	free(copy);
	inputs++;
}

static void
run_changed(uint8_t *data, size_t size)
{
	for (int i = 0; i < CHANGES && size; i++) {
		size_t at = dice() % size, n = i % 4 == 0 ? dice() % (size + 1) : size;
		uint8_t kept = data[at];

		data[at] = (uint8_t)(i % 2 ? dice() : kept ^ (1u << dice() % 8));
		run(data, n);
		data[at] = kept;
	}
}

static int
run_file(const char *path)
{
	FILE *f = fopen(path, "rb");
	uint8_t *data;
	size_t n;

	if (!f) {
		fprintf(stderr, "%s: %s\n", path, strerror(errno));
		return 1;
	}
	data = malloc(INPUT_MAX);
	n = fread(data, 1, INPUT_MAX, f);
	fclose(f);
	x = 2463534242u; /* what is tried of one file does not depend on the others */
	run(data, n);
	run_changed(data, n);
	free(data);
	return 0;
}

static int
run_path(const char *path)
{
	struct dirent **names;
	struct stat st;
	int n, bad = 0;

	if (stat(path, &st) != 0 || !S_ISDIR(st.st_mode))
		return run_file(path);
	n = scandir(path, &names, NULL, alphasort);
	for (int i = 0; i < n; i++) {
		char file[4096];

		snprintf(file, sizeof(file), "%s/%s", path, names[i]->d_name);
		if (names[i]->d_name[0] != '.')
			bad |= run_file(file);
		free(names[i]);
	}
	free(n >= 0 ? names : NULL);
	return bad || n < 0;
}

int
main(int argc, char **argv)
{
	int bad = 0;

	run((const uint8_t *)"", 0);
	for (int i = 1; i < argc; i++)
		bad |= run_path(argv[i]);
	printf("%lu inputs\n", inputs);
	return bad;
}
