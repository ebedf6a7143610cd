/* Private to names*.c. */
#ifndef MS_DISSECTORS_TLS_NAMES_INT_H
#define MS_DISSECTORS_TLS_NAMES_INT_H

#include "dissectors/tls/names.h"

struct tls_name {
	uint16_t id;
	const char *name;
};

extern const struct tls_name tls_suites[]; /* by id, as all tables of names */
extern const size_t tls_suites_n;

#endif
