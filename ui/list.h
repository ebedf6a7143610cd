/* The list that screens share: columns as rows of a table, a cursor, sorting, a width for
 * every terminal. */
#ifndef MS_UI_LIST_H
#define MS_UI_LIST_H

#include "ui/ui.h"

#define LIST_COLUMNS 40
#define LIST_WIDEST 200   /* columns of the terminal that one of the list can have */
#define LIST_TIME 0, 0, 0 /* width, min, max of a column: as the user has times */
#define LIST_RECORD 640   /* bytes of a record at most */

struct list_key { /* what a list is sorted by: number first, then text */
	int64_t n;
	struct bytes text;
};

struct list_column {
	const char *key, *title;
	uint8_t width; /* wanted */
	uint8_t min;   /* can do with */
	uint8_t max;   /* can make use of, when there is room to spare */
	uint8_t rank;  /* 0 stays longest when there is not enough room for all */
	bool right;
	/* Appends what is shown, escaped where it is of the wire. */
	enum ink (*put)(const struct snapshot *s, const void *record, struct buf *out);
	struct list_key (*sort)(const struct snapshot *s, const void *record);
	bool fixed; /* a record's key never changes: then new ones find their place alone */
};

/* Where records come from: number i of n, copied to ret. */
typedef void list_fetch(const struct snapshot *s, const void *user, size_t i, void *ret);
/* Does it belong in the list? */
typedef bool list_accept(const struct snapshot *s, const void *user, const void *record);

struct list_setup { /* columns that the user has chosen, from left to right */
	struct list_chosen {
		uint8_t col, width; /* width 0: as it fits */
	} v[LIST_COLUMNS];
	size_t n; /* 0: nothing was chosen */
};

struct list {
	const struct list_column *columns; /* ends with key NULL */
	struct list_setup setup;
	list_fetch *fetch;
	list_accept *accept; /* or NULL */
	const void *user;
	size_t sort;      /* index of the column */
	char wanted[128]; /* only records that show this text somewhere; "": all */
	bool reverse, follow;
	uint32_t *order; /* of what is shown: numbers of records */
	size_t n, all;   /* shown; there are */
	size_t cursor, top;
	int page; /* lines that are seen */
	bool stale;
	uint8_t time_width; /* of LIST_TIME */
	uint64_t version;
	int64_t next_ns; /* not gathered anew before */
	struct bitmap {
		uint8_t *p;
		size_t n;
	} marks; /* of records, by number */
	size_t marked;
};

void list_init(struct list *t, const struct list_column *columns, const char *sort,
	list_fetch *fetch, const void *user);
void list_done(struct list *t);
/* There are `all` records at this version of the snapshot. Gathers, sorts, keeps the cursor on
 * its record. */
void list_update(struct list *t, const struct snapshot *s, size_t all, int rows);
void list_draw(
	const struct list *t, const struct snapshot *s, struct canvas *c, struct area area);
/* Moving, sorting, following, marking. */
enum next list_act(struct list *t, enum action a);
/* A line of the area, 0 being the titles; col is for these. False: nothing is there. */
bool list_click(struct list *t, struct area area, int row, int col);
/* The columns as text: "time proto client:20". False: nothing in it is a column; then nothing
 * changes. What is not known is left out. */
bool list_set_columns(struct list *t, const char *text);
void list_put_columns(const struct list *t, struct buf *out);
/* What is seen on an area of that width: as a choice. */
void list_seen(const struct list *t, int cols, struct list_setup *ret);
/* The border of columns at `from` was dragged to `to`. False: there is none. */
bool list_drag(struct list *t, struct area area, int from, int to);
/* As CSV: the titles, and the lines from …  to, as they are shown. */
void list_csv_head(const struct list *t, struct buf *out);
void list_csv(const struct list *t, const struct snapshot *s, size_t from, size_t to,
	struct buf *out);
/* Sorts by the column of that key. */
void list_sort(struct list *l, const char *key);
/* Only what shows this text in any column, case folded; "": all. */
void list_want(struct list *t, const char *text);
/* The number of the record under the cursor. False when the list is empty. */
bool list_current(const struct list *t, size_t *ret);
bool list_is_marked(const struct list *t, size_t record);
void list_unmark(struct list *t);
/* Puts the cursor on a record, if it is shown. */
void list_find(struct list *t, size_t record);

#endif
