/* The made table: rows in the order of explain.tsv, and their order by token. */
#ifndef MS_DISSECTORS_EXPLAIN_TABLE_H
#define MS_DISSECTORS_EXPLAIN_TABLE_H

#include "dissectors/explain.h"

/* Numbers of rows, sorted by ASCII-folded token; equal tokens in the order of the table.
 * explain_count of them. */
extern const uint16_t explain_index[];

#endif
