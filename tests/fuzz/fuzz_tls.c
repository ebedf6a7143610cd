#include "tests/fuzz/fuzz_dialogue.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	fuzz_dialogue(data, size, 995);
	return 0;
}
