/* The TLS of a server, as the report counts it. */
#ifndef MS_OUTPUT_REPORT_TLS_H
#define MS_OUTPUT_REPORT_TLS_H

#include "output/json.h"
#include "output/report.h"

#define REPORT_TLS_VERSIONS 6 /* SSL 2 to TLS 1.3 */
#define REPORT_TLS_CHOICES                                                                     \
	8 /* suites or groups counted apart; the last stands for all others */

struct report_counted {
	uint16_t version; /* SSL_2, whose suites have numbers of their own; else 0 */
	uint16_t id;
	uint32_t n;
};

struct report_tls {
	uint64_t handshakes, established, failed, resumed, hidden, decrypted;
	uint64_t versions[REPORT_TLS_VERSIONS];
	struct report_counted suites[REPORT_TLS_CHOICES], groups[REPORT_TLS_CHOICES];
	bool leaf_seen;
	struct bytes subject; /* of the certificate seen last */
	int64_t not_after_s, leaf_at_s;
};

/* Counts a session of the server; *x is made when it has TLS. */
void report_tls_add(struct report_tls **x, const struct session *s);
void report_tls_free(struct report_tls **x);
/* A chapter of the text report; a member of a server in the JSON one. */
void report_tls_text(struct report *r, struct buf *t);
void report_tls_json(struct json *j, const struct report_tls *x);
/* For a table: lists as "TLS 1.3: 2; TLS 1.2: 1", what is not known as nothing. x may be NULL.
 */
enum report_tls_cell {
	REPORT_TLS_CELL_VERSIONS,
	REPORT_TLS_CELL_SUITES,
	REPORT_TLS_CELL_GROUPS,
	REPORT_TLS_CELL_CERTIFICATE, /* "seen" "hidden" "not_shown" */
	REPORT_TLS_CELL_SUBJECT,
	REPORT_TLS_CELL_NOTAFTER,
	REPORT_TLS_CELLS
};
void report_tls_cell(struct buf *out, const struct report_tls *x, enum report_tls_cell what);

#endif
