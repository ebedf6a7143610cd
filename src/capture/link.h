/*
 * Link types have two numberings: LINKTYPE_ in files, DLT_ in libpcap; they differ for a few.
 * https://www.tcpdump.org/linktypes.html
 */
#ifndef MS_CAPTURE_LINK_H
#define MS_CAPTURE_LINK_H

#include <stdint.h>

/* The three numbers that raw IP goes by become one (DLT_RAW). */
uint16_t link_from_file(uint16_t linktype);
uint16_t link_to_file(uint16_t dlt);

#endif
