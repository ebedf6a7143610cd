/* A finding, as every sink prints it (FINDINGS.md 1.1). */
#ifndef MS_FINDINGS_FINDING_H
#define MS_FINDINGS_FINDING_H

#include "model/session.h"

/* Higher is worse. CONTRACT: JSON severity is 1 critical … 5 info = 6 - value. */
enum severity {
	SEV_NONE,
	SEV_INFO,
	SEV_LOW,
	SEV_MEDIUM,
	SEV_HIGH,
	SEV_CRITICAL
};
const char *severity_name(enum severity s); /* "critical" … */
/* False when the name is unknown. */
bool severity_parse(struct bytes name, enum severity *ret);

enum certainty {
	CERTAINTY_CONFIRMED,
	CERTAINTY_PROBABLE,
	CERTAINTY_POSSIBLE
};
const char *certainty_name(enum certainty c);
enum finding_class {
	CLASS_FINDING,
	CLASS_OBSERVATION,
	CLASS_POSITIVE
};
const char *finding_class_name(enum finding_class c);
enum scope {
	SCOPE_CONN,
	SCOPE_MSG,
	SCOPE_HOST,
	SCOPE_PAIR,
	SCOPE_SERVICE,
	SCOPE_DOMAIN,
	SCOPE_WINDOW,
	SCOPE_CAPTURE,
	SCOPE_ACCOUNT
};
const char *scope_name(enum scope s);

struct evidence {
	struct place at;
	const char *input; /* name of the file or interface of at.input, or NULL */
	struct bytes text; /* already redacted (secrets_redact), not escaped */
};
#define EVIDENCE_MAX 8 /* the first ones and the last one */

/* A reason for which a finding means something else than its row says. */
struct finding_case {
	const char *reason;
	const char *title, *explain, *remedy;
};

/* One row of the catalogue: everything that is the same for each occurrence. */
struct finding_row {
	const char *id;        /* "auth.cleartext" */
	unsigned signature_id; /* stable number, only grows */
	const char *title;
	enum severity severity;
	enum finding_class cls;
	enum scope scope;
	const char *explain, *remedy;     /* FINDINGS.md Explain, Fix */
	const char *const *refs;          /* ends with NULL */
	const struct finding_case *cases; /* ends with a reason NULL; NULL: none */
};

/* What a reader is told for this reason: of the row, or of its case. reason may be NULL. */
struct finding_case finding_case(const struct finding_row *row, const char *reason);
/* The same for one that is known by its title alone, as in a dialogue. */
struct finding_case finding_case_titled(const struct finding_row *row, struct bytes title);

struct finding {
	const struct finding_row *row;
	const char *reason;     /* short token; lives as long as the findings engine */
	enum severity severity; /* after the modifiers of FINDINGS.md 1.5 */
	enum certainty certainty;
	struct endpoint client, server; /* family 0: not of one */
	struct endpoint via; /* the packets' client, where `client` is who it passes on by a
				PROXY header; family 0: `client` is that of the packets */
	enum proto proto;
	struct bytes account; /* or none */
	int64_t first_ns, last_ns;
	uint64_t number;  /* of this record among those of the run, from 1: told again, it is
			     the same */
	uint64_t count;   /* occurrences merged */
	uint64_t flow_id; /* of the session that made it last; 0 none */
	struct evidence evidence[EVIDENCE_MAX];
	size_t n_evidence;
	struct bytes note; /* more for the reader ("10 failures in 4 min, 3 secrets"), redacted,
			      or none */
};

#endif
