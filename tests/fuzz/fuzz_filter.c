/* The -F language: any text gives a filter or an error with text, and a filter can be asked. */
#include "output/filter.h"

#include <stdlib.h>
#include <string.h>

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct flow flow = {.id = 1, .client = {.family = 4}, .server = {.family = 6}};
	struct session s = {.flow = &flow, .user = BYTES("bob"), .proto = PROTO_SMTP};
	char *text = malloc(size + 1);
	struct err e = {0};
	struct filter *f;

	if (size)
		memcpy(text, data, size);
	text[size] = '\0';
	f = filter_parse(text, &e);
	if (!f && (e.code >= 0 || !e.text[0]))
		abort();
	if (f)
		filter_match(f, &s);
	filter_free(&f);
	free(text);
	return 0;
}
