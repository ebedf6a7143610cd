#include "findings/engine.h"
#include "base/arena.h"
#include <stdlib.h>
struct windows {
	int unused;
};
struct windows *
windows_new(const struct findings_settings *set)
{
	return mem_get(sizeof(struct windows));
}
void
windows_free(struct windows **w)
{
	free(*w);
	*w = NULL;
}
size_t
windows_memory(const struct windows *w)
{
	return sizeof(*w);
}
bool
windows_is_guess(const struct findings *f, const struct session *s, struct bytes account)
{
	return false;
}
const struct rule rules_windows[] = {{.row = NULL}};
