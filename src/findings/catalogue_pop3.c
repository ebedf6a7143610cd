/* The findings of one family: what they mean and how to mend it. Texts are for users. */
#include "findings/catalogue.h"

/* clang-format off */
const struct finding_row row_pop3_delete_after_retr = {
	.id = "pop3.delete_after_retr",
	.signature_id = 11001,
	.title = "Mail removed from server after download",
	.severity = SEV_INFO,
	.cls = CLASS_OBSERVATION,
	.scope = SCOPE_CONN,
	.explain = "Classic POP3: the letters are taken home and the box is emptied. No copy "
		"remains for other devices, or as evidence. Reason not_committed: the "
		"connection ended without QUIT, so the server has kept them.",
	.remedy = "Tell the mail program to leave mail on the server, or use IMAP.",
	.refs = (const char *const[]){"RFC 1939 §5, §6", NULL},
};

const struct finding_row row_pop3_delete_all = {
	.id = "pop3.delete_all",
	.signature_id = 11002,
	.title = "Mailbox emptied",
	.severity = SEV_MEDIUM,
	.cls = CLASS_FINDING,
	.scope = SCOPE_CONN,
	.explain = "All letters, or nearly all, were thrown away in one session. Worse when they "
		"were not downloaded before: then nobody has them (reason not_retrieved). A "
		"client that does so every time is no news (reason usual).",
	.remedy = "Look for the letters in the backup, ask the owner, check the account. Restrict "
		"POP3 where nobody needs it.",
	.refs = (const char *const[]){"RFC 1939 §5–6",
		"T1070.008, T1485", NULL},
};

const struct finding_row row_pop3_mass_download = {
	.id = "pop3.mass_download",
	.signature_id = 11003,
	.title = "Large download by POP3",
	.severity = SEV_LOW,
	.cls = CLASS_FINDING,
	.scope = SCOPE_CONN,
	.explain = "A whole archive was carried out at once: a new device, or a thief. Both look "
		"the same on the wire.",
	.remedy = "Ask the owner whether a new mail program was set up. Be told of new clients, "
		"and disable POP3 where nobody needs it.",
	.refs = (const char *const[]){"RFC 1939 §5",
		"T1114.002, T1048", NULL},
};

const struct finding_row row_pop3_top_recon = {
	.id = "pop3.top_recon",
	.signature_id = 11004,
	.title = "Headers of many messages read",
	.severity = SEV_LOW,
	.cls = CLASS_FINDING,
	.scope = SCOPE_CONN,
	.explain = "Somebody leafs through all envelopes and opens none: a filter or a notifier "
		"does so, and so does who looks for something.",
	.remedy = "Find out which program it is, and ask the owner of the account.",
	.refs = (const char *const[]){"RFC 1939 §7",
		"T1114.002", NULL},
};

const struct finding_row row_pop3_no_quit = {
	.id = "pop3.no_quit",
	.signature_id = 11005,
	.title = "Session ended without QUIT",
	.severity = SEV_INFO,
	.cls = CLASS_OBSERVATION,
	.scope = SCOPE_CONN,
	.explain = "The connection ended without QUIT. What was marked for deletion stays on the "
		"server: changes are made only behind QUIT.",
	.remedy = "Nothing needs to be done for one. When it happens often, look at the network "
		"and at the program: mail will be downloaded twice.",
	.refs = (const char *const[]){"RFC 1939 §3, §6", NULL},
};

const struct finding_row row_pop3_anomaly = {
	.id = "pop3.anomaly",
	.signature_id = 11006,
	.title = "POP3 grammar violation",
	.severity = SEV_LOW,
	.cls = CLASS_FINDING,
	.scope = SCOPE_CONN,
	.explain = "Client or server breaks the simple rules of POP3. Mostly an odd program, "
		"sometimes one that probes for faults. Reason state: a command was accepted "
		"where it is not allowed.",
	.remedy = "Find out which program it is, and bring it up to date.",
	.refs = (const char *const[]){"RFC 1939 §3",
		"RFC 2449 §3–4",
		"CWE-20", NULL},
};

/* clang-format on */
