/* Which events `log` writes, as bits of sink_settings.event_types. */
#ifndef MS_OUTPUT_LOG_TYPES_H
#define MS_OUTPUT_LOG_TYPES_H

#include "base/bytes.h"

/* The bit of "flow", "login", …; 0 when there is no such type. */
unsigned log_type_bit(struct bytes name);

#endif
