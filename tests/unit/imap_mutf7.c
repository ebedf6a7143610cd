#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "dissectors/imap/mutf7.h"

static const struct {
	const char *name, *in, *want;
	bool valid;
} rows[] = {
	{"ascii", "INBOX.Sent", "INBOX.Sent", true},
	{"the RFC's own", "~peter/mail/&U,BTFw-/&ZeVnLIqe-", "~peter/mail/台北/日本語", true},
	{"ampersand", "R&-D", "R&D", true},
	{"german", "Entw&APw-rfe", "Entwürfe", true},
	{"surrogates", "&2D3eCQ-", "😉", true},
	{"two runs", "&AOk-t&AOk-", "été", true},
	{"empty", "", "", true},
	{"no end", "&AOk", "&AOk", false},
	{"bare ampersand", "a & b", "a & b", false},
	{"slash for comma", "&U/BTFw-", "&U/BTFw-", false},
	{"bits left over", "&AOl-", "&AOl-", false},
	{"six bits left over", "&AOkA-", "&AOkA-", false},
	{"half a pair", "&2D0-", "&2D0-", false},
	{"second half alone", "&3gk-", "&3gk-", false},
	{"UTF-8", "été", "été", false},
	{"control", "a\tb", "a\tb", false},
	{"good then bad", "&AOk- &", "&AOk- &", false},
};

static void
test_rows(void **state)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct buf out;
		bool valid;

		buf_init(&out, SIZE_MAX);
		buf_str(&out, "x");
		valid = mutf7_decode(bytes_str(rows[i].in), &out);
		if (valid != rows[i].valid ||
			!bytes_is(bytes_from(buf_bytes(&out), 1), rows[i].want))
			fail_msg("%s: %d <%s>", rows[i].name, valid, buf_text(&out) + 1);
		buf_done(&out);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_rows)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
