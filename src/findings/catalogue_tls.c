/* The findings of one family: what they mean and how to mend it. Texts are for users. */
#include "findings/catalogue.h"

/* clang-format off */
const struct finding_row row_tls_plaintext_on_tls_port = {
	.id = "tls.plaintext_on_tls_port",
	.signature_id = 3001,
	.title = "Plain protocol on an implicit-TLS port",
	.severity = SEV_HIGH,
	.cls = CLASS_FINDING,
	.scope = SCOPE_SERVICE,
	.explain = "The armoured door is a curtain: on this port everything should be "
		"encrypted from the first byte, and nothing is.",
	.remedy = "Postfix: `smtpd_tls_wrappermode=yes` on `submissions` in master.cf. "
		"Dovecot: `inet_listener imaps { ssl = yes }`.",
	.refs = (const char *const[]){"RFC 8314 §3, §7",
		"CWE-319", NULL},
};

const struct finding_row row_tls_mode_mismatch = {
	.id = "tls.mode_mismatch",
	.signature_id = 3002,
	.title = "TLS started on a STARTTLS port, or plaintext answered with TLS",
	.severity = SEV_LOW,
	.cls = CLASS_FINDING,
	.scope = SCOPE_PAIR,
	.explain = "One side speaks TLS from the first byte and the other does not. Usually "
		"the client is set to \"SSL\" where it should be \"STARTTLS\", or the reverse.",
	.remedy = "Set port and mode of the client to match: 465, 993 and 995 with TLS from the "
		"first byte, 587, 143 and 110 with STARTTLS.",
	.refs = (const char *const[]){"RFC 8314 §3", NULL},
};

const struct finding_row row_tls_version_obsolete = {
	.id = "tls.version.obsolete",
	.signature_id = 3003,
	.title = "Obsolete TLS version negotiated",
	.severity = SEV_HIGH,
	.cls = CLASS_FINDING,
	.scope = SCOPE_PAIR,
	.explain = "An old lock that burglars know how to pick.",
	.remedy = "Postfix 3.6 and later: `smtpd_tls_protocols = >=TLSv1.2` and "
		"`smtpd_tls_mandatory_protocols = >=TLSv1.2`. Dovecot: `ssl_min_protocol = "
		"TLSv1.2`. Exim: `openssl_options = +no_sslv2 +no_sslv3 +no_tlsv1 +no_tlsv1_1`, "
		"with GnuTLS `tls_require_ciphers`. Windows: the SCHANNEL keys of the registry.",
	.refs = (const char *const[]){"RFC 8996",
		"RFC 8997",
		"RFC 9325 §3.1.1",
		"RFC 7568",
		"RFC 6176",
		"RFC 9051 §11.1",
		"CWE-326, CWE-327",
		"BSI TR-02102-2",
		"NIST SP 800-52r2", NULL},
};

const struct finding_row row_tls_version_client_max_old = {
	.id = "tls.version.client_max_old",
	.signature_id = 3004,
	.title = "Client cannot do TLS 1.2 or later",
	.severity = SEV_MEDIUM,
	.cls = CLASS_FINDING,
	.scope = SCOPE_HOST,
	.explain = "The client offers nothing newer. It is an outdated mail program, a printer "
		"or a scanner.",
	.remedy = "Update it. Where that cannot be done, keep it in a network of its own and "
		"let a relay there speak to the world.",
	.refs = (const char *const[]){"RFC 8996",
		"RFC 7507",
		"CWE-326", NULL},
	.cases = (const struct finding_case[]){
		{"no_tls13", "Client cannot do TLS 1.3",
			"The client offers TLS 1.2 and nothing newer. That is safe enough with "
			"good ciphers, but the certificate of the server can be read by all.",
			"Nothing is urgent: an update of the mail program brings it."},
		{.reason = NULL}},
};

const struct finding_row row_tls_downgrade = {
	.id = "tls.downgrade",
	.signature_id = 3005,
	.title = "Signs of a TLS version downgrade",
	.severity = SEV_HIGH,
	.cls = CLASS_FINDING,
	.scope = SCOPE_CONN,
	.explain = "Both sides can do better than what they agreed on. A server leaves a hidden "
		"mark when it speaks an older version than it could; a client that offered the "
		"newer one and sees the mark knows that somebody changed its offer.",
	.remedy = "Find the device that rewrites the handshake: a firewall that inspects TLS, a "
		"virus scanner, an attacker. Update clients that try again with an older version.",
	.refs = (const char *const[]){"RFC 8446 §4.1.3",
		"RFC 7507",
		"CWE-757",
		"T1557, T1562.010", NULL},
};

const struct finding_row row_tls_cipher_insecure = {
	.id = "tls.cipher.insecure",
	.signature_id = 3006,
	.title = "Cipher without real protection",
	.severity = SEV_HIGH,
	.cls = CLASS_FINDING,
	.scope = SCOPE_PAIR,
	.explain = "This is encryption in name only.",
	.remedy = "Postfix: `smtpd_tls_exclude_ciphers = aNULL, eNULL, EXPORT, DES, RC4, MD5` "
		"(aNULL on submission only). Dovecot: `ssl_cipher_list`.",
	.refs = (const char *const[]){"RFC 9325 §4.1",
		"RFC 7465",
		"RFC 7672 §7.2",
		"CWE-327",
		"NIST SP 800-52r2 §3.3", NULL},
};

const struct finding_row row_tls_cipher_weak = {
	.id = "tls.cipher.weak",
	.signature_id = 3007,
	.title = "Weak or dated cipher negotiated",
	.severity = SEV_LOW,
	.cls = CLASS_FINDING,
	.scope = SCOPE_PAIR,
	.explain = "It still encrypts, but attacks on it are known, or it does not protect what "
		"it encrypts against changes as modern ciphers do.",
	.remedy = "Let the server prefer AEAD suites: Postfix `tls_preempt_cipherlist=yes`; "
		"Dovecot `ssl_prefer_server_ciphers=yes`, from 2.4 on "
		"`ssl_server_prefer_ciphers=server`.",
	.refs = (const char *const[]){"RFC 9325 §4.2",
		"CVE-2016-2183",
		"CWE-327", NULL},
};

const struct finding_row row_tls_cipher_offered_weak = {
	.id = "tls.cipher.offered_weak",
	.signature_id = 3008,
	.title = "Client offers insecure ciphers",
	.severity = SEV_LOW,
	.cls = CLASS_FINDING,
	.scope = SCOPE_HOST,
	.explain = "The client would accept a bad lock if it were asked to.",
	.remedy = "Update the client, or limit the list of its ciphers.",
	.refs = (const char *const[]){"RFC 9325 §4.1",
		"CWE-757", NULL},
};

const struct finding_row row_tls_kex_no_forward_secrecy = {
	.id = "tls.kex.no_forward_secrecy",
	.signature_id = 3009,
	.title = "No forward secrecy",
	.severity = SEV_MEDIUM,
	.cls = CLASS_FINDING,
	.scope = SCOPE_PAIR,
	.explain = "Whoever steals the server's key later can read what was recorded today.",
	.remedy = "Allow suites with ECDHE only.",
	.refs = (const char *const[]){"RFC 9325 §4.1",
		"RFC 8446 §2.2",
		"CWE-326", NULL},
};

const struct finding_row row_tls_kex_weak_group = {
	.id = "tls.kex.weak_group",
	.signature_id = 3010,
	.title = "Weak Diffie-Hellman or curve parameters",
	.severity = SEV_MEDIUM,
	.cls = CLASS_FINDING,
	.scope = SCOPE_SERVICE,
	.explain = "The secret handshake uses numbers that are small enough to be solved.",
	.remedy = "Postfix: a file of 2048 bits or more for `smtpd_tls_dh1024_param_file`, or "
		"none, for the built-in ffdhe2048. Dovecot: `ssl_dh`, from 2.4 on "
		"`ssl_server_dh_file`.",
	.refs = (const char *const[]){"RFC 9325 §4.2",
		"RFC 7919",
		"CVE-2015-4000",
		"CWE-326", NULL},
};

const struct finding_row row_tls_kex_pq = {
	.id = "tls.kex.pq",
	.signature_id = 3011,
	.title = "Post-quantum hybrid key exchange used",
	.severity = SEV_INFO,
	.cls = CLASS_POSITIVE,
	.scope = SCOPE_PAIR,
	.explain = "What is recorded today stays safe even from a future quantum computer.",
	.remedy = "Nothing needs to be done.",
	.refs = (const char *const[]){"IANA TLS Supported Groups", NULL},
};

const struct finding_row row_tls_compression = {
	.id = "tls.compression",
	.signature_id = 3012,
	.title = "TLS-level compression negotiated",
	.severity = SEV_MEDIUM,
	.cls = CLASS_FINDING,
	.scope = SCOPE_PAIR,
	.explain = "The lengths of compressed records tell of the secrets in them (CRIME).",
	.remedy = "Switch compression off in the TLS library or update it.",
	.refs = (const char *const[]){"RFC 9325 §3.3",
		"CVE-2012-4929",
		"CWE-203", NULL},
};

const struct finding_row row_tls_renegotiation_insecure = {
	.id = "tls.renegotiation.insecure",
	.signature_id = 3013,
	.title = "No secure renegotiation",
	.severity = SEV_LOW,
	.cls = CLASS_FINDING,
	.scope = SCOPE_SERVICE,
	.explain = "An old flaw lets an attacker put words of his own in front of what the "
		"client says.",
	.remedy = "Update the server's TLS library.",
	.refs = (const char *const[]){"RFC 5746 §4",
		"CVE-2009-3555",
		"CWE-300", NULL},
};

const struct finding_row row_tls_sni_missing = {
	.id = "tls.sni.missing",
	.signature_id = 3014,
	.title = "No server name sent",
	.severity = SEV_LOW,
	.cls = CLASS_FINDING,
	.scope = SCOPE_PAIR,
	.explain = "Without the name the server may show the wrong certificate, and a client "
		"that does not say the name probably does not check it.",
	.remedy = "Update the client. Postfix as client: `smtp_tls_servername`.",
	.refs = (const char *const[]){"RFC 9325 §3.7",
		"RFC 7672 §7.1",
		"RFC 8461 §7.1",
		"RFC 6066 §3", NULL},
};

const struct finding_row row_tls_alpn_foreign = {
	.id = "tls.alpn.foreign",
	.signature_id = 3015,
	.title = "Non-mail ALPN on a mail connection",
	.severity = SEV_MEDIUM,
	.cls = CLASS_FINDING,
	.scope = SCOPE_CONN,
	.explain = "A browser is being steered to a mail server, or a proxy mixes protocols "
		"(ALPACA).",
	.remedy = "Make the server strict about ALPN and SNI.",
	.refs = (const char *const[]){"RFC 7301 §3.2",
		"RFC 9325 §3.8",
		"ALPACA (USENIX Security 2021), CVE-2021-3618",
		"CWE-923", NULL},
};

const struct finding_row row_tls_handshake_failed = {
	.id = "tls.handshake_failed",
	.signature_id = 3016,
	.title = "TLS handshake did not complete",
	.severity = SEV_MEDIUM,
	.cls = CLASS_FINDING,
	.scope = SCOPE_PAIR,
	.explain = "The two sides could not agree on a lock, or one did not trust the other's "
		"certificate.",
	.remedy = "By the alert: unknown_ca, bad_certificate or certificate_expired of the client "
		"mean that it refuses the server's certificate; protocol_version or "
		"handshake_failure of the server that the two have no version or cipher in "
		"common. The logs of both sides say more.",
	.refs = (const char *const[]){"RFC 8446 §6.2",
		"RFC 3207 §4.1", NULL},
};

const struct finding_row row_tls_heartbleed = {
	.id = "tls.heartbleed",
	.signature_id = 3017,
	.title = "Heartbeat anomaly",
	.severity = SEV_CRITICAL,
	.cls = CLASS_FINDING,
	.scope = SCOPE_CONN,
	.explain = "It asks the server to send back more than it was sent, and a vulnerable "
		"server fills that up from its memory.",
	.remedy = "Update OpenSSL, replace keys and certificates, change the passwords that went "
		"over this server.",
	.refs = (const char *const[]){"RFC 6520 §4",
		"CVE-2014-0160",
		"CWE-126",
		"T1190", NULL},
};

const struct finding_row row_tls_client_cert_visible = {
	.id = "tls.client_cert_visible",
	.signature_id = 3018,
	.title = "Client certificate readable",
	.severity = SEV_INFO,
	.cls = CLASS_OBSERVATION,
	.scope = SCOPE_PAIR,
	.explain = "The ID card was shown in a transparent envelope: up to TLS 1.2 a client's "
		"certificate is not encrypted.",
	.remedy = "Use TLS 1.3.",
	.refs = (const char *const[]){"RFC 8446 App. E.1.2",
		"RFC 8314 §5.5",
		"CWE-359", NULL},
};

const struct finding_row row_tls_fingerprint = {
	.id = "tls.fingerprint",
	.signature_id = 3019,
	.title = "TLS client and server fingerprints",
	.severity = SEV_INFO,
	.cls = CLASS_OBSERVATION,
	.scope = SCOPE_PAIR,
	.explain = "The accent with which a program speaks TLS.",
	.remedy = "Nothing needs to be done. A fingerprint that is new for a host is worth a "
		"look: another program speaks from there.",
	.refs = (const char *const[]){"JA3 (Salesforce 2017)",
		"JA4 (FoxIO 2023)", NULL},
};

const struct finding_row row_tls_not_assessable = {
	.id = "tls.not_assessable",
	.signature_id = 3020,
	.title = "Parts of TLS could not be judged",
	.severity = SEV_INFO,
	.cls = CLASS_OBSERVATION,
	.scope = SCOPE_SERVICE,
	.explain = "Silence is not approval: what is encrypted or missing may be good or bad.",
	.remedy = "Give the keys of the sessions with `--keylog`, or ask the server for its "
		"certificate.",
	.refs = (const char *const[]){"RFC 8446 §2", NULL},
};

/* clang-format on */
