#include "findings/finding.h"

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
