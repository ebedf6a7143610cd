/* The findings of one family: what they mean and how to mend it. Texts are for users. */
#include "findings/catalogue.h"

/* clang-format off */
const struct finding_row row_capture_midstream = {
	.id = "capture.midstream",
	.signature_id = 13001,
	.title = "Connection start not captured",
	.severity = SEV_INFO,
	.cls = CLASS_OBSERVATION,
	.scope = SCOPE_CONN,
	.explain = "The capture begins in mid-sentence: what was agreed before is unknown.",
	.remedy = "Start the capture earlier, before the connections that matter.",
	.refs = (const char *const[]){"RFC 9293 §3.4", NULL},
};

const struct finding_row row_capture_gap = {
	.id = "capture.gap",
	.signature_id = 13002,
	.title = "Bytes missing",
	.severity = SEV_INFO,
	.cls = CLASS_OBSERVATION,
	.scope = SCOPE_CONN,
	.explain = "Pages are missing, and what stood on them is unknown.",
	.remedy = "Capture with a larger buffer and with whole packets (tcpdump `-s 0 -B "
		"16384`).",
	.refs = (const char *const[]){"RFC 9293", NULL},
};

const struct finding_row row_capture_one_sided = {
	.id = "capture.one_sided",
	.signature_id = 13003,
	.title = "Only one direction captured",
	.severity = SEV_INFO,
	.cls = CLASS_OBSERVATION,
	.scope = SCOPE_CONN,
	.explain = "This is like hearing one half of a phone call.",
	.remedy = "Mirror both directions of the link.",
	.refs = (const char *const[]){"RFC 9293", NULL},
};

const struct finding_row row_capture_rexmit_inconsistent = {
	.id = "capture.rexmit_inconsistent",
	.signature_id = 13004,
	.title = "Retransmitted bytes differ",
	.severity = SEV_MEDIUM,
	.cls = CLASS_FINDING,
	.scope = SCOPE_CONN,
	.explain = "The same sentence was said twice with different words: an injection, or "
		"a broken device.",
	.remedy = "Find out what stands on the path between the two. The first copy is the "
		"one that was read here.",
	.refs = (const char *const[]){"RFC 9293 §3.10",
		"CWE-300",
		"T1557", NULL},
};

const struct finding_row row_capture_unparsed = {
	.id = "capture.unparsed",
	.signature_id = 13005,
	.title = "Data the analyzer could not interpret",
	.severity = SEV_INFO,
	.cls = CLASS_OBSERVATION,
	.scope = SCOPE_CONN,
	.explain = "Not understood is not the same as harmless.",
	.remedy = "Look at the session with `mailsnoop show`. If it is good mail traffic, "
		"please report it as a bug.",
	.refs = (const char *const[]){"RFC 9293",
		"Suricata `applayer_*` events", NULL},
};

/* clang-format on */
