/* The certificate that each server showed last, in the report. */
#ifndef MS_OUTPUT_REPORT_CERT_H
#define MS_OUTPUT_REPORT_CERT_H

#include "output/json.h"
#include "output/report_page.h"

struct report_cert;

/* Keeps what session s showed, instead of the one before; *c is made when there is none. */
void report_cert_add(struct report_cert **c, const struct session *s);
void report_cert_free(struct report_cert **c);
/* The chapter on certificates, if any was seen. t: scratch, left empty. */
void report_cert_text(struct report *r, struct buf *t);
/* A member of the open object; c may be NULL. */
void report_cert_json(struct json *j, const struct report_cert *c);

#endif
