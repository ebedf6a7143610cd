/* Inside of the list: list.c has its lines, list_columns.c which columns find room. */
#ifndef MS_UI_LIST_INT_H
#define MS_UI_LIST_INT_H

#include "ui/list.h"

struct layout { /* columns that have room */
	uint8_t col[LIST_COLUMNS];
	int width[LIST_COLUMNS];
	size_t n;
};
void list_lay_out(const struct list *t, int cols, struct layout *ret);

#endif
