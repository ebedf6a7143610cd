#include "output/log_types.h"

#include "output/log.h"

unsigned
log_type_bit(struct bytes name)
{
	for (int t = 0; t < LOG_TYPES; t++) {
		if (bytes_is(name, log_type_name((enum log_type)t)))
			return 1u << t;
	}
	return 0;
}
