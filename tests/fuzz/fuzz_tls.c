#include "tests/lib/fuzz_dialogue.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	fuzz_dialogue(995, data, size);
	return 0;
}
