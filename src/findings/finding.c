#include "findings/finding.h"

#include <string.h>

/* clang-format off */
static const char *const severities[] = {"none", "info", "low", "medium", "high", "critical"};
static const char *const certainties[] = {"confirmed", "probable", "possible"};
static const char *const classes[] = {"finding", "observation", "positive"};
static const char *const scopes[] = {
	"conn", "msg", "host", "pair", "service", "domain", "window", "capture", "account",
};
/* clang-format on */

const char *
severity_name(enum severity s)
{
	return severities[s];
}

bool
severity_parse(struct bytes name, enum severity *ret)
{
	for (int s = SEV_INFO; s <= SEV_CRITICAL; s++) {
		if (bytes_iis(name, severities[s])) {
			*ret = (enum severity)s;
			return true;
		}
	}
	return false;
}

const char *
certainty_name(enum certainty c)
{
	return certainties[c];
}

const char *
finding_class_name(enum finding_class c)
{
	return classes[c];
}

const char *
scope_name(enum scope s)
{
	return scopes[s];
}

static struct finding_case
usual(const struct finding_row *row)
{
	return (struct finding_case){NULL, row->title, row->explain, row->remedy};
}

struct finding_case
finding_case(const struct finding_row *row, const char *reason)
{
	for (const struct finding_case *c = row->cases; c && c->reason; c++)
		if (reason && strcmp(c->reason, reason) == 0)
			return *c;
	return usual(row);
}

struct finding_case
finding_case_titled(const struct finding_row *row, struct bytes title)
{
	for (const struct finding_case *c = row->cases; c && c->reason; c++)
		if (bytes_is(title, c->title))
			return *c;
	return usual(row);
}
