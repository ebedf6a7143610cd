/* What several lists show in the same way. All append to out. */
#ifndef MS_UI_CELLS_H
#define MS_UI_CELLS_H

#include "ui/list.h"
#include "ui/tls_info.h"

/* "smtp", "subm", "imaps": five columns. */
const char *cells_protocol(const struct feed_session *r);
/* A sign and a letter for the verdict, and the words behind them. */
void cells_verdict(const struct snapshot *s, unsigned verdict, struct buf *out);
enum ink cells_verdict_ink(unsigned verdict);
char cells_verdict_letter(unsigned verdict);
/* "1.3"; "" when none was seen. */
const char *cells_tls_version(uint16_t version);
/* Names of what was chosen in TLS, "" when it was not seen; appended. */
bool cells_tls(const struct snapshot *s, uint32_t tls, struct tls_info *ret);
void cells_cipher(const struct snapshot *s, uint32_t tls, struct buf *out);
void cells_subject(const struct snapshot *s, uint32_t cert, struct buf *out);
enum ink cells_trust(const struct snapshot *s, uint32_t tls, struct buf *out);
/* Days that a certificate was still valid at that time, if that is known. */
enum ink cells_put_days(const struct snapshot *s, uint32_t cert, int64_t ns, struct buf *out);
/* Those that end first come first, those without any last. */
struct list_key cells_days_key(const struct snapshot *s, uint32_t cert, int64_t ns);
void cells_number(uint64_t n, struct buf *out);
void cells_size(uint64_t bytes, struct buf *out); /* 3 columns and a letter */
void cells_text(const struct snapshot *s, uint32_t text, struct buf *out);
void cells_addr(const struct endpoint *e, struct buf *out);
void cells_endpoint(const struct endpoint *e, struct buf *out);
/* lead, then the text as a string of the filter language. */
void cells_quote(struct bytes text, const char *lead, struct buf *out);
/* Orders addresses as numbers. */
struct list_key cells_addr_key(const struct endpoint *e);
struct list_key cells_number_key(uint64_t n);
struct list_key cells_text_key(const struct snapshot *s, uint32_t text);

#endif
