/*
 * What failed and why, for a person. Functions that can fail for reasons outside us (files,
 * devices, libraries) return a negative errno and fill a struct err, which main.c or the UI
 * prints. A good text names the thing, the cause and the way out.
 */
#ifndef MS_BASE_ERR_H
#define MS_BASE_ERR_H

struct err {
	int code; /* negative errno, 0 = none */
	char text[768];
};

/* Sets text and code, returns `code`, so that `return err_set(e, -EINVAL, "…")` reads well. e
 * may be NULL. */
int err_set(struct err *e, int code, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

#endif
