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
	.explain = "The server is like a post office that sells only postcards, no "
		"envelopes: whatever is sent to it can be read on the way.",
	.remedy = "Postfix: `smtpd_tls_security_level=may` (port 25) or `encrypt` (587), and "
		"`smtpd_tls_chain_files`. Dovecot: `ssl=required`. Exim: "
		"`tls_advertise_hosts=*`. Exchange: assign the certificate to the SMTP, IMAP "
		"and POP services.",
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
	.explain = "The envelope was on the counter and the sender wrote a postcard.",
	.remedy = "Set clients to require TLS. Let servers refuse what comes in clear, with "
		"the settings of auth.cleartext. Sending servers: Postfix "
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
	.explain = "Before, the clerk offered envelopes. Now somebody standing between "
		"removed the sign, and everything goes in clear.",
	.remedy = "Compare from another network, and look for firewalls with \"ESMTP "
		"inspection\", captive portals and antivirus mail shields. Set clients to "
		"require TLS; protect servers with MTA-STS or DANE.",
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
	.explain = "A firewall \"fixed up\" the conversation by blacking out words it does "
		"not know. Encryption was one of them.",
	.remedy = "Cisco PIX/ASA: `no inspect esmtp` (old: `no fixup protocol smtp 25`), or "
		"a policy-map `inspect esmtp` with `allow-tls`. Otherwise ask the provider.",
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
	.explain = "The envelope machine is broken (often an unreadable key or an expired "
		"certificate), or someone faked the refusal.",
	.remedy = "Check the TLS messages in the server's log, and the permissions of "
		"certificate and key. Clients must not go on in clear.",
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
	.explain = "The lock jammed, so the letter was sent open.",
	.remedy = "Set the client to require TLS. Sending servers: Postfix "
		"`smtp_tls_security_level=encrypt|dane-only|secure`, or "
		"`smtp_tls_policy_maps` per destination; an MTA-STS resolver.",
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
	.explain = "Someone slipped a note into the pile just before the door was locked. A "
		"careless clerk will believe that it came from the person inside.",
	.remedy = "Update the server; prefer TLS from the first byte to STARTTLS. Known: "
		"Postfix CVE-2011-0411, Cyrus CVE-2011-1926, Dovecot submission "
		"CVE-2021-33515, s/qmail CVE-2020-15955, SmarterMail CVE-2020-29548, Citadel "
		"CVE-2020-29547, Mercury/32 CVE-2021-33487, Courier POP3 CVE-2021-38084.",
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
	.explain = "An extra sentence was whispered through the closing door, and a careless "
		"client takes it for one said inside.",
	.remedy = "Update the client: Exim CVE-2021-38371, Mutt/NeoMutt CVE-2020-14954, "
		"Thunderbird CVE-2020-15685 and CVE-2021-29969, libEtPan CVE-2020-15953. "
		"Prefer TLS from the first byte to STARTTLS.",
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
	.explain = "The answer came before the question was finished. Nobody honest can do "
		"that.",
	.remedy = "Update the client (Ruby net-imap CVE-2026-42246; Postfix "
		"`smtp_tls_block_early_mail_reply=yes`). Prefer TLS from the first byte to "
		"STARTTLS.",
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
	.explain = "Both agreed to lock the door and nobody did.",
	.remedy = "Find out which of the two broke it off, or what proxy between them did; "
		"their logs say why.",
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
	.explain = "The envelope was closed after the letter had been read aloud.",
	.remedy = "Set the client to upgrade before anything else: \"require TLS\", or a "
		"port with TLS from the first byte.",
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
	.explain = "Facts learnt before locking the door must be forgotten, because they "
		"could be forged.",
	.remedy = "Update client and server: after the handshake both must start again as "
		"after the greeting.",
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
	.explain = "It worked, but the first sentences are still spoken in the open and can "
		"be tampered with.",
	.remedy = "Move clients to the ports with TLS from the first byte: 465, 993 and 995.",
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
	.explain = "A lock that is used only sometimes protects nothing.",
	.remedy = "Set the client to require TLS.",
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
	.explain = "Messages that are shown to the user before encryption may be forged.",
	.remedy = "Clients must ignore them: update the client.",
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
	.explain = "From here on the content is sealed.",
	.remedy = "Nothing needs to be done.",
	.refs = (const char *const[]){"RFC 3207 §4", NULL},
};

/* clang-format on */
