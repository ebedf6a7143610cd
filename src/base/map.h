/*
 * Hash table from bytes to a pointer: open addressing, seeded XXH3. Keys are copied, or lent by
 * what they lead to. The caller owns the values.
 */
#ifndef MS_BASE_MAP_H
#define MS_BASE_MAP_H

#include "base/bytes.h"

struct map;

/* max_entries 0: no ceiling. */
struct map *map_new(size_t max_entries);
void map_free(struct map **m);
/* NULL when absent. */
void *map_get(const struct map *m, struct bytes key);
/*
 * The place of the value for key, made (as NULL) when it was absent. NULL when the map is full:
 * the caller counts what it must forget. Valid until the next map_put/map_del.
 */
void **map_put(struct map *m, struct bytes key);
/*
 * A map whose keys stand in the values themselves, as a `struct bytes` at key_offset: nothing
 * is copied, and nothing but the value looked at. It has map_add() instead of map_put(), and no
 * ceiling.
 */
struct map *map_new_lent(size_t key_offset);
/* Its key must be absent, and neither it nor its bytes may move or change in the map. */
void map_add(struct map *m, void *value);
/* The value, or NULL when it was absent. */
void *map_del(struct map *m, struct bytes key);
size_t map_count(const struct map *m);
/* Walks in no particular order; start with *pos = 0; false at the end. Do not change the map
 * meanwhile. */
bool map_next(const struct map *m, size_t *pos, struct bytes *ret_key, void **ret_value);
/* Bytes held, for the memory ceiling. */
size_t map_memory(const struct map *m);

#endif
