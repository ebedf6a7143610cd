/* The findings of one family: what they mean and how to mend it. Texts are for users. */
#include "findings/catalogue.h"

/* clang-format off */
const struct finding_row row_imap_preauth = {
	.id = "imap.preauth",
	.signature_id = 11101,
	.title = "Server greets as already authenticated",
	.severity = SEV_HIGH,
	.cls = CLASS_FINDING,
	.scope = SCOPE_SERVICE,
	.explain = "\"You are already inside\": so nobody asks for ID, and nobody can close the door, "
		"for STARTTLS is not allowed any more. Whoever forges this greeting makes mail "
		"programs talk in clear.",
	.remedy = "Never use PREAUTH on network sockets. Mail programs must close such a "
		"connection: bring them up to date.",
	.refs = (const char *const[]){"RFC 9051 §7.1.4, §11.3",
		"CVE-2020-12398, CVE-2020-14093, CVE-2020-14929",
		"USENIX Sec 2021 §5",
		"CWE-287, CWE-757",
		"T1557", NULL},
};

const struct finding_row row_imap_alert = {
	.id = "imap.alert",
	.signature_id = 11102,
	.title = "Server alert text",
	.severity = SEV_INFO,
	.cls = CLASS_OBSERVATION,
	.scope = SCOPE_CONN,
	.explain = "A message of the server that mail programs must show to the user.",
	.remedy = "Read it.",
	.refs = (const char *const[]){"RFC 9051 §7.1, §11.3", NULL},
};

const struct finding_row row_imap_acl_change = {
	.id = "imap.acl_change",
	.signature_id = 11103,
	.title = "Access rights changed",
	.severity = SEV_MEDIUM,
	.cls = CLASS_FINDING,
	.scope = SCOPE_CONN,
	.explain = "A second key to the mailbox was cut: others may read it, or do more. Reason "
		"asked: somebody only looked who may do what; refused: the server said no.",
	.remedy = "Review who has rights on the mailbox (`doveadm acl get`), and ask the owner.",
	.refs = (const char *const[]){"RFC 4314 §2.1, §3.1–3.2",
		"CWE-732",
		"T1098.002", NULL},
};

const struct finding_row row_imap_mass_fetch = {
	.id = "imap.mass_fetch",
	.signature_id = 11104,
	.title = "Large part of a mailbox downloaded",
	.severity = SEV_MEDIUM,
	.cls = CLASS_FINDING,
	.scope = SCOPE_CONN,
	.explain = "The whole filing cabinet was copied. A new mail program does so once, a backup "
		"every night, and a thief too.",
	.remedy = "Ask the owner. If it was nobody he knows: end all sessions, change the "
		"password, review the sign-ins; limit how much may be read at once.",
	.refs = (const char *const[]){"RFC 9051 §6.4.5",
		"T1114.002, T1048", NULL},
};

const struct finding_row row_imap_mass_delete = {
	.id = "imap.mass_delete",
	.signature_id = 11105,
	.title = "Messages removed in bulk",
	.severity = SEV_HIGH,
	.cls = CLASS_FINDING,
	.scope = SCOPE_CONN,
	.explain = "Letters were shredded: somebody cleans up, or covers tracks.",
	.remedy = "Restore them from the backup or from a delayed deletion (Dovecot "
		"`lazy_expunge`), and review the account.",
	.refs = (const char *const[]){"RFC 9051 §6.4.3, §6.4.6, §6.4.8",
		"RFC 7162 §3.2.10",
		"T1070.008, T1485", NULL},
};

const struct finding_row row_imap_id = {
	.id = "imap.id",
	.signature_id = 11106,
	.title = "Software identification exchanged",
	.severity = SEV_INFO,
	.cls = CLASS_OBSERVATION,
	.scope = SCOPE_PAIR,
	.explain = "Programs introduce themselves: good for an inventory, and for attackers. What "
		"they say is not proven; an address that a client names may end in the "
		"server's log.",
	.remedy = "Let the server say less before the login (Dovecot `imap_id_send`), and believe "
		"addresses only of trusted proxies.",
	.refs = (const char *const[]){"RFC 2971 §3",
		"CWE-200",
		"T1592.002", NULL},
};

const struct finding_row row_imap_compress = {
	.id = "imap.compress",
	.signature_id = 11107,
	.title = "Connection compressed",
	.severity = SEV_INFO,
	.cls = CLASS_OBSERVATION,
	.scope = SCOPE_CONN,
	.explain = "Packed, not locked: anyone can unpack it. Many tools look no further; this one "
		"does.",
	.remedy = "None is needed. Inside TLS, avoid mixing secrets with text of others in one "
		"compressed stream.",
	.refs = (const char *const[]){"RFC 4978 §3, §4, §6",
		"RFC 1951", NULL},
};

const struct finding_row row_imap_compress_bomb = {
	.id = "imap.compress.bomb",
	.signature_id = 11108,
	.title = "Compressed stream expands abnormally",
	.severity = SEV_MEDIUM,
	.cls = CLASS_FINDING,
	.scope = SCOPE_CONN,
	.explain = "A tiny packet with giant content: it may crash who reads it. Reason corrupt: "
		"what should be compressed data is none, and was not read any further.",
	.remedy = "Limit what one connection may unpack, in servers and in what inspects them.",
	.refs = (const char *const[]){"RFC 4978 §6",
		"CWE-409", NULL},
};

const struct finding_row row_imap_legacy_version = {
	.id = "imap.legacy_version",
	.signature_id = 11109,
	.title = "Only obsolete IMAP offered",
	.severity = SEV_LOW,
	.cls = CLASS_FINDING,
	.scope = SCOPE_SERVICE,
	.explain = "A very old server: it knows neither IMAP4rev1 of 1996 nor what came later.",
	.remedy = "Replace it.",
	.refs = (const char *const[]){"RFC 9051 §6.1.1",
		"RFC 2061", NULL},
};

/* clang-format on */
