/* The -F language: any text gives a filter or an error with text, and a filter can be asked. */
#include "output/filter.h"

#include <stdlib.h>
#include <string.h>

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct flow flow = {.id = 1, .client = {.family = 4}, .server = {.family = 6}};
	struct greeting greeting = {.banner = BYTES("ready")};
	struct session s = {.flow = &flow,
		.proto = PROTO_SMTP,
		.greeting = &greeting,
		.caps = &caps_unknown,
		.caps_clear = &caps_unknown,
		.caps_tls = &caps_unknown};
	char *text = malloc(size + 1);
	struct err e = {0};
	struct filter *f;

	facts_put(&s.facts, TEXT_USER, BYTES("bob"));
	if (size)
		memcpy(text, data, size);
	text[size] = '\0';
	f = filter_parse(text, &e);
	if (!f && (e.code >= 0 || !e.text[0]))
		abort();
	if (f)
		filter_match(f, &s);
	filter_free(&f);
	facts_done(&s.facts);
	free(text);
	return 0;
}
