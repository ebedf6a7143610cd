/* The filter language of -F over the records of the feed. */
#ifndef MS_UI_MATCH_H
#define MS_UI_MATCH_H

#include "base/err.h"
#include "ui/feed.h"

struct match;
/* NULL with a text in e when it is wrong. */
struct match *match_new(const char *text, struct err *e);
void match_free(struct match **m);
const char *match_text(const struct match *m);
bool match_session(struct match *m, const struct feed *f, const struct feed_session *r);

#endif
