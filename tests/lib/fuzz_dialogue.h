/* Bytes of a fuzzer as a conversation, for the fuzz targets of the dissectors. */
#ifndef MS_TESTS_FUZZ_DIALOGUE_H
#define MS_TESTS_FUZZ_DIALOGUE_H

#include <stddef.h>
#include <stdint.h>

#include "tests/lib/dialogue.h"

/*
 * data[0]: bit 0 joined in the middle, bit 1 the client alone, bit 2 the server alone, bit 3
 * other port than `port`. Then records: one octet (bit 0 the server's, bits 1-7: 127 a gap, 126
 * the end, 125 nothing acknowledged, else data), two octets of length (big endian), bytes.
 * Plays it whole and in pieces, and aborts when the logs differ.
 */
void fuzz_dialogue(uint16_t port, const uint8_t *data, size_t size);

/* Plays turns that were made otherwise, in the same ways. */
void fuzz_turns(const struct dialogue *d);

#endif
