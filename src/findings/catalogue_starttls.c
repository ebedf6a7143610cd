/* The findings of one family: what they mean and how to mend it. Texts are for users. */
#include "findings/catalogue.h"

/* clang-format off */
const struct finding_row row_starttls_not_offered = {
	.id = "starttls.not_offered",
	.signature_id = 2001,
	.title = "Server does not offer TLS upgrade",
	.severity = SEV_HIGH,
	.cls = CLASS_FINDING,
	.scope = SCOPE_SERVICE,
	.explain = "like a post office that sells only postcards, no envelopes.",
	.remedy = "Postfix `smtpd_tls_security_level=may` (25) / `encrypt` (587) + "
		"`smtpd_tls_chain_files`; Dovecot `ssl=required`; Exim `tls_advertise_hosts=*`; "
		"Exchange assign the certificate to SMTP/IMAP/POP services.",
	.refs = (const char *const[]){"RFC 3207 §2–3",
		"RFC 2595 §4",
		"RFC 9051 §6.2.1, §11.2",
		"RFC 8314 §4.1",
		"CWE-319",
		"BSI TR-03108-1",
		"NIST SP 800-177r1 §5.2", NULL},
};

const struct finding_row row_starttls_not_used = {
	.id = "starttls.not_used",
	.signature_id = 2002,
	.title = "TLS offered but client stayed in clear",
	.severity = SEV_HIGH,
	.cls = CLASS_FINDING,
	.scope = SCOPE_PAIR,
	.explain = "the envelope was on the counter and the sender wrote a postcard.",
	.remedy = "client \"SSL/TLS required\"; servers should refuse: settings as "
		"auth.cleartext; MTA clients: Postfix "
		"`smtp_tls_security_level=may|dane|verify`, Exchange `Set-SendConnector "
		"-RequireTLS`.",
	.refs = (const char *const[]){"RFC 8314 §5.2",
		"RFC 3207 §4.1",
		"RFC 7435 (opportunistic security)",
		"CWE-319",
		"T1040", NULL},
};

const struct finding_row row_starttls_stripped = {
	.id = "starttls.stripped",
	.signature_id = 2003,
	.title = "TLS offer disappeared",
	.severity = SEV_HIGH,
	.cls = CLASS_FINDING,
	.scope = SCOPE_SERVICE,
	.explain = "yesterday the clerk offered envelopes; today somebody standing between removed "
		"the sign.",
	.remedy = "clients: require TLS; MTAs: MTA-STS, DANE; compare from another network; look "
		"for firewalls with \"ESMTP inspection\", captive portals, antivirus mail "
		"shields.",
	.refs = (const char *const[]){"RFC 3207 §6",
		"RFC 7672 §1.3.1",
		"RFC 8461 §1, §10",
		"Durumeric et al. IMC 2015 \"Neither Snow Nor Rain Nor MITM…\"",
		"Poddebniak et al. USENIX Security 2021",
		"CWE-757",
		"T1557, T1562.010",
		"CVE-2016-0772 (client example)", NULL},
};

const struct finding_row row_starttls_mangled = {
	.id = "starttls.mangled",
	.signature_id = 2004,
	.title = "Capability or command overwritten by a middlebox",
	.severity = SEV_HIGH,
	.cls = CLASS_FINDING,
	.scope = SCOPE_SERVICE,
	.explain = "a firewall \"fixed up\" the conversation by blacking out words it does not "
		"know; encryption was one of them.",
	.remedy = "Cisco PIX/ASA: `no inspect esmtp` (old: `no fixup protocol smtp 25`) or "
		"policy-map `inspect esmtp` with `allow-tls`; ask the ISP.",
	.refs = (const char *const[]){"RFC 3207 §6",
		"Durumeric 2015 §5",
		"EFF 2014 report on ISPs",
		"CWE-757",
		"T1557, T1562.010", NULL},
};

const struct finding_row row_starttls_refused = {
	.id = "starttls.refused",
	.signature_id = 2005,
	.title = "Server offered TLS, then refused",
	.severity = SEV_MEDIUM,
	.cls = CLASS_FINDING,
	.scope = SCOPE_SERVICE,
	.explain = "the envelope machine is broken (often an unreadable key or expired "
		"certificate), or someone faked the refusal.",
	.remedy = "check server TLS logs, certificate/key permissions; clients must not continue.",
	.refs = (const char *const[]){"RFC 3207 §4 (454)",
		"RFC 9051 §6.2.1",
		"CWE-636, CWE-757", NULL},
};

const struct finding_row row_starttls_fallback_cleartext = {
	.id = "starttls.fallback_cleartext",
	.signature_id = 2006,
	.title = "Client fell back to clear text after TLS failed",
	.severity = SEV_HIGH,
	.cls = CLASS_FINDING,
	.scope = SCOPE_PAIR,
	.explain = "the lock jammed, so the letter was sent open.",
	.remedy = "client: \"require TLS\"; Postfix "
		"`smtp_tls_security_level=encrypt|dane-only|secure` or `smtp_tls_policy_maps` "
		"per destination; MTA-STS resolver.",
	.refs = (const char *const[]){"RFC 8314 §5.2",
		"RFC 7672 §2.2",
		"RFC 8461 §5",
		"CWE-636",
		"T1562.010", NULL},
};

const struct finding_row row_starttls_client_injection = {
	.id = "starttls.client_injection",
	.signature_id = 2007,
	.title = "Plaintext between STARTTLS and the TLS handshake (client side)",
	.severity = SEV_HIGH,
	.cls = CLASS_FINDING,
	.scope = SCOPE_CONN,
	.explain = "someone slipped a note into the pile just before the door was locked; a "
		"careless clerk will believe it came from the person inside.",
	.remedy = "update server; disable STARTTLS in favour of implicit TLS. Known: Postfix "
		"CVE-2011-0411, Cyrus CVE-2011-1926, Dovecot submission CVE-2021-33515, s/qmail "
		"CVE-2020-15955, SmarterMail CVE-2020-29548, Citadel CVE-2020-29547, Mercury/32 "
		"CVE-2021-33487, Courier POP3 CVE-2021-38084.",
	.refs = (const char *const[]){"CERT VU#555316",
		"RFC 3207 §4 (STARTTLS last in a pipelined group), §4.2",
		"RFC 9051 §6.2.1",
		"USENIX Sec 2021",
		"CWE-77, CWE-349",
		"T1557", NULL},
};

const struct finding_row row_starttls_server_injection = {
	.id = "starttls.server_injection",
	.signature_id = 2008,
	.title = "Plaintext between the go-ahead and the TLS handshake (server side)",
	.severity = SEV_CRITICAL,
	.cls = CLASS_FINDING,
	.scope = SCOPE_CONN,
	.explain = "an extra sentence was whispered through the closing door.",
	.remedy = "update clients — Exim CVE-2021-38371, Mutt/NeoMutt CVE-2020-14954, "
		"Thunderbird CVE-2020-15685 and CVE-2021-29969, libEtPan CVE-2020-15953; use "
		"implicit TLS.",
	.refs = (const char *const[]){"CERT VU#555316",
		"RFC 3207 §4, §4.2",
		"RFC 9051 §6.2.1",
		"USENIX Sec 2021",
		"CWE-74, CWE-349",
		"T1557", NULL},
};

const struct finding_row row_starttls_premature_reply = {
	.id = "starttls.premature_reply",
	.signature_id = 2009,
	.title = "Positive reply arrived before the command",
	.severity = SEV_HIGH,
	.cls = CLASS_FINDING,
	.scope = SCOPE_CONN,
	.explain = "the answer came before the question was finished — nobody honest can do "
		"that.",
	.remedy = "update clients (Ruby net-imap CVE-2026-42246; Postfix "
		"`smtp_tls_block_early_mail_reply=yes`); implicit TLS.",
	.refs = (const char *const[]){"RFC 9051 §2.2.1–2.2.2",
		"RFC 5321 §4.3.1",
		"USENIX Sec 2021",
		"CWE-345, CWE-757",
		"T1557", NULL},
};

const struct finding_row row_starttls_no_tls_after_ok = {
	.id = "starttls.no_tls_after_ok",
	.signature_id = 2010,
	.title = "No TLS followed the go-ahead",
	.severity = SEV_MEDIUM,
	.cls = CLASS_FINDING,
	.scope = SCOPE_CONN,
	.explain = "both agreed to lock the door and nobody did.",
	.remedy = "broken client/proxy.",
	.refs = (const char *const[]){"RFC 3207 §4",
		"CWE-319", NULL},
};

const struct finding_row row_starttls_late = {
	.id = "starttls.late",
	.signature_id = 2011,
	.title = "Sensitive data before STARTTLS in the same connection",
	.severity = SEV_MEDIUM,
	.cls = CLASS_FINDING,
	.scope = SCOPE_CONN,
	.explain = "the envelope was closed after the letter had been read aloud.",
	.remedy = "client: upgrade before anything else; \"require TLS\" or an implicit TLS port.",
	.refs = (const char *const[]){"RFC 3207 §4.2 (state must be reset)",
		"RFC 8314 §5",
		"CWE-319", NULL},
};

const struct finding_row row_starttls_state_kept = {
	.id = "starttls.state_kept",
	.signature_id = 2012,
	.title = "State survived the TLS upgrade",
	.severity = SEV_MEDIUM,
	.cls = CLASS_FINDING,
	.scope = SCOPE_CONN,
	.explain = "facts learnt before locking the door must be forgotten, because they could be "
		"forged.",
	.remedy = "update client and server: after the handshake both must start again from the "
		"greeting state.",
	.refs = (const char *const[]){"RFC 3207 §4.2",
		"RFC 9051 §6.2.1",
		"CWE-349", NULL},
};

const struct finding_row row_starttls_preferred_implicit = {
	.id = "starttls.preferred_implicit",
	.signature_id = 2013,
	.title = "STARTTLS used where implicit TLS is recommended",
	.severity = SEV_INFO,
	.cls = CLASS_OBSERVATION,
	.scope = SCOPE_PAIR,
	.explain = "it worked, but the first sentences are still spoken in the open and can be "
		"tampered with.",
	.remedy = "465 / 993 / 995.",
	.refs = (const char *const[]){"RFC 8314 §3, §7.3",
		"USENIX Sec 2021", NULL},
};

const struct finding_row row_starttls_inconsistent = {
	.id = "starttls.inconsistent",
	.signature_id = 2014,
	.title = "Same client and server sometimes encrypted, sometimes not",
	.severity = SEV_MEDIUM,
	.cls = CLASS_FINDING,
	.scope = SCOPE_PAIR,
	.explain = "a lock that is used only sometimes protects nothing.",
	.remedy = "require TLS.",
	.refs = (const char *const[]){"RFC 8314 §5.2",
		"CWE-319", NULL},
};

const struct finding_row row_starttls_pre_tls_data = {
	.id = "starttls.pre_tls_data",
	.signature_id = 2015,
	.title = "Server sent unsolicited data before TLS",
	.severity = SEV_LOW,
	.cls = CLASS_FINDING,
	.scope = SCOPE_CONN,
	.explain = "messages shown to the user before encryption may be forged.",
	.remedy = "clients must ignore them.",
	.refs = (const char *const[]){"RFC 9051 §11.3",
		"RFC 2221 §6",
		"CVE-2021-29969",
		"CWE-345, CWE-451",
		"T1557", NULL},
};

const struct finding_row row_starttls_established = {
	.id = "starttls.established",
	.signature_id = 2016,
	.title = "TLS upgrade succeeded",
	.severity = SEV_INFO,
	.cls = CLASS_POSITIVE,
	.scope = SCOPE_PAIR,
	.explain = "from here on the content is sealed.",
	.remedy = "none.",
	.refs = (const char *const[]){"RFC 3207 §4", NULL},
};

/* clang-format on */
