/* The columns of `sessions`: what can be shown of a session, by name. */
#ifndef MS_OUTPUT_COLUMNS_H
#define MS_OUTPUT_COLUMNS_H

#include "base/err.h"
#include "findings/finding.h"

enum cell_kind {
	CELL_NONE,
	CELL_TEXT,
	CELL_NUMBER,
	CELL_BOOL,
	CELL_TIME,
	CELL_SPAN
};
struct cell {
	enum cell_kind kind;
	int64_t n;         /* numbers, bool, ns */
	struct bytes text; /* raw wire bytes or ours */
};

struct column {
	const char *name;  /* --columns, the CSV head, the JSON key */
	const char *title; /* of the table */
	unsigned min; /* columns to which the table shrinks it, in need to two thirds of that;
			 0: never */
	bool right;
	bool wire; /* free text of the wire: to be redacted */
	/* scratch: room for texts that are made. number: of the session, from 1; 0 while it is
	 * not known. */
	struct cell (*get)(const struct session *s, uint64_t number, struct buf *scratch);
};

#define COLUMNS_MAX 64
struct columns {
	const struct column *col[COLUMNS_MAX];
	size_t n;
};

/* "a,b,c". -EINVAL names the unknown column and the nearest. */
int columns_parse(const char *list, struct columns *ret, struct err *e);
extern const char columns_table_default[], columns_data_default[];
/* The column that is filled in when all sessions are known. */
bool column_is_number(const struct column *c);
/* All, ends with name NULL. */
extern const struct column columns_all[];

/* A record of cells, for the spool. */
void cells_put(struct buf *out, const struct cell *c);
/* Takes the next cell off *rest; CELL_NONE when nothing is left. The text is borrowed. */
struct cell cells_take(struct bytes *rest);

#endif
