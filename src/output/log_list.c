/* Capability lists of the `flow` event. A server sends all its clients the same one, so each is
 * escaped once and then copied. */
#include "output/log.h"
#include "base/arena.h"
#include "model/shared.h"

#include <stdlib.h>

#define LISTS 64 /* written lists that are kept, each in the place of its number */
#define LIST_BYTES ((size_t)4096) /* longer ones are written anew each time */

struct log_list {
	uint64_t number; /* shared_number() of the list, 0: none */
	struct buf text; /* its items, with the commas */
};

struct log_list *
log_lists_new(void)
{
	struct log_list *lists = mem_get(LISTS * sizeof(*lists));

	for (size_t i = 0; i < LISTS; i++)
		buf_init(&lists[i].text, SIZE_MAX);
	return lists;
}

void
log_lists_free(struct log_list **lists)
{
	for (size_t i = 0; *lists && i < LISTS; i++)
		buf_done(&(*lists)[i].text);
	free(*lists);
	*lists = NULL;
}

static struct bytes
written(struct log_sink *k, const struct caps *c)
{
	uint64_t number = shared_number(c);
	struct log_list *l = &k->lists[number % LISTS];
	struct json j;

	if (l->number != number) {
		l->number = number;
		buf_clear(&l->text);
		json_values_of(&j, &l->text);
		for (size_t i = 0; i < c->n; i++)
			json_str(&j, NULL, c->items[i]);
	}
	return buf_bytes(&l->text);
}

void
log_list(struct log_sink *k, struct session *s, const char *key, const struct caps *c)
{
	if (!c->known || c->n == 0)
		return;
	json_array(&k->json, key);
	/* One without its text is not of the model's table, and has no number. */
	if (c->text.n && c->text.n <= LIST_BYTES && !log_hides(k, s, c->text)) {
		json_members(&k->json, written(k, c));
	} else {
		for (size_t i = 0; i < c->n; i++)
			log_wire(k, s, NULL, c->items[i]);
	}
	json_close(&k->json);
}
