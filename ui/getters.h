/* For the tables of columns: what a column shows of `rec`, an expression over it, and how it is
 * sorted. To be included by the file of a list alone. */
#ifndef MS_UI_GETTERS_H
#define MS_UI_GETTERS_H

#include "ui/cells.h"

#define PUT(name)                                                                              \
	static enum ink put_##name(const struct snapshot *s, const void *rec, struct buf *out)
#define SORT(name) static struct list_key sort_##name(const struct snapshot *s, const void *rec)

#define NUMBER_COLUMN(name, expr)                                                              \
	PUT(name)                                                                              \
	{                                                                                      \
		cells_number(expr, out);                                                       \
		return INK_PLAIN;                                                              \
	}                                                                                      \
	SORT(name)                                                                             \
	{                                                                                      \
		return cells_number_key(expr);                                                 \
	}
/* The number of a text. */
#define TEXT_COLUMN(name, expr, ink)                                                           \
	PUT(name)                                                                              \
	{                                                                                      \
		cells_text(s, expr, out);                                                      \
		return ink;                                                                    \
	}                                                                                      \
	SORT(name)                                                                             \
	{                                                                                      \
		return cells_text_key(s, expr);                                                \
	}
/* how: cells_addr or cells_endpoint. */
#define HOST_COLUMN(name, expr, ink, how)                                                      \
	PUT(name)                                                                              \
	{                                                                                      \
		how(expr, out);                                                                \
		return ink;                                                                    \
	}                                                                                      \
	SORT(name)                                                                             \
	{                                                                                      \
		return cells_addr_key(expr);                                                   \
	}
/* The suite of a text of ui/tls_info.h. */
#define CIPHER_COLUMN(tls)                                                                     \
	PUT(cipher)                                                                            \
	{                                                                                      \
		cells_cipher(s, tls, out);                                                     \
		return INK_PLAIN;                                                              \
	}                                                                                      \
	SORT(cipher)                                                                           \
	{                                                                                      \
		struct tls_info t;                                                             \
                                                                                               \
		return cells_number_key(cells_tls(s, tls, &t) ? t.h.cipher : 0);               \
	}
/* The numbers of both texts of ui/tls_info.h; when_ns: as of when days are left. */
#define CERT_COLUMNS(certificate, tls, when_ns)                                                \
	PUT(cert)                                                                              \
	{                                                                                      \
		cells_subject(s, certificate, out);                                            \
		return INK_PLAIN;                                                              \
	}                                                                                      \
	SORT(cert)                                                                             \
	{                                                                                      \
		return cells_number_key(certificate);                                          \
	}                                                                                      \
	PUT(cert_days)                                                                         \
	{                                                                                      \
		return cells_put_days(s, certificate, when_ns, out);                           \
	}                                                                                      \
	SORT(cert_days)                                                                        \
	{                                                                                      \
		return cells_days_key(s, certificate, when_ns);                                \
	}                                                                                      \
	PUT(cert_trust)                                                                        \
	{                                                                                      \
		return cells_trust(s, tls, out);                                               \
	}                                                                                      \
	SORT(cert_trust)                                                                       \
	{                                                                                      \
		struct tls_info t;                                                             \
                                                                                               \
		cells_tls(s, tls, &t);                                                         \
		return (struct list_key){.text = t.judged};                                    \
	}
/* As the user has times. */
#define TIME_COLUMN(name, expr)                                                                \
	PUT(name)                                                                              \
	{                                                                                      \
		times_put(&s->times, expr, out);                                               \
		return INK_DIM;                                                                \
	}                                                                                      \
	SORT(name)                                                                             \
	{                                                                                      \
		return (struct list_key){.n = expr};                                           \
	}

#endif
