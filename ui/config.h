/*
 * What the screens remember from one run to the next: lines "key = value" of the file
 * mailsnoop/ui in the XDG config directory; # begins a comment. Lines that are not understood
 * are kept as they are.
 *
 *	theme = light            colours
 *	columns.sessions = time proto client:20
 *	filter.exposed = severity >= high
 *	key.quit = q Ctrl-Q
 */
#ifndef MS_UI_CONFIG_H
#define MS_UI_CONFIG_H

#include "base/buf.h"
#include "base/err.h"

#define CONFIG_BYTES ((size_t)1 << 20) /* of the file at most */

struct config;

/*
 * path NULL: the default. A file that is not there is an empty one. warn: gets a line for each
 * thing that is wrong ("ui:3: colour: there is no such key"); may be NULL. Never fails.
 */
struct config *config_load(const char *path, struct buf *warn);
void config_free(struct config **c);
const char *config_path(const struct config *c);
/* NULL when it is not there. A loan until the next change. */
const char *config_get(const struct config *c, const char *key);
/* value NULL takes the line away. In memory; config_save() writes it. False: key or value
 * cannot be written in a line. */
bool config_set(struct config *c, const char *key, const char *value);
/* The entries whose keys begin with prefix ("filter."), in the order of the file. Start with
 * *pos 0. */
bool config_next(const struct config *c, const char *prefix, size_t *pos, const char **ret_name,
	const char **ret_value);
/*
 * Puts on disk what was set since then: into the file as it is now, so that two programs do not
 * take each other's changes away. Readable by the user only, replaced in one step. 0 or
 * negative errno with a text.
 */
int config_save(struct config *c, struct err *e);

#endif
