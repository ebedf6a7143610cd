#include "capture/link.h"

#include <stddef.h>
#include <pcap/dlt.h>

static const struct {
	uint16_t file, dlt;
} rows[] = {
	{101, DLT_RAW},
	{14, DLT_RAW}, /* OpenBSD wrote its own DLT_RAW into files */
	{100, DLT_ATM_RFC1483},
	{102, DLT_SLIP_BSDOS},
	{103, DLT_PPP_BSDOS},
	{106, DLT_ATM_CLIP},
};

uint16_t
link_from_file(uint16_t linktype)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (rows[i].file == linktype)
			return rows[i].dlt;
	return linktype;
}

uint16_t
link_to_file(uint16_t dlt)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (rows[i].dlt == dlt)
			return rows[i].file;
	return dlt;
}
