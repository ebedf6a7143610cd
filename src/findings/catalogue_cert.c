/* The findings of one family: what they mean and how to mend it. Texts are for users. */
#include "findings/catalogue.h"

/* clang-format off */
const struct finding_row row_cert_expired = {
	.id = "cert.expired",
	.signature_id = 4001,
	.title = "Certificate expired",
	.severity = SEV_HIGH,
	.cls = CLASS_FINDING,
	.scope = SCOPE_SERVICE,
	.explain = "The ID card is out of date, and users learn to click warnings away.",
	.remedy = "Renew it and automate that (ACME), with a reload of Postfix or Dovecot "
		"afterwards.",
	.refs = (const char *const[]){"RFC 5280 §4.1.2.5",
		"RFC 9525 §6",
		"RFC 8314 §4.4",
		"CWE-298", NULL},
};

const struct finding_row row_cert_not_yet_valid = {
	.id = "cert.not_yet_valid",
	.signature_id = 4002,
	.title = "Certificate not yet valid",
	.severity = SEV_MEDIUM,
	.cls = CLASS_FINDING,
	.scope = SCOPE_SERVICE,
	.explain = "It is valid only in the future: a wrong clock, or a hasty roll-out.",
	.remedy = "Set the clocks (NTP), or have it issued anew.",
	.refs = (const char *const[]){"RFC 5280 §4.1.2.5",
		"CWE-298", NULL},
};

const struct finding_row row_cert_expires_soon = {
	.id = "cert.expires_soon",
	.signature_id = 4003,
	.title = "Certificate about to expire",
	.severity = SEV_LOW,
	.cls = CLASS_FINDING,
	.scope = SCOPE_SERVICE,
	.explain = "In a few days clients will warn their users, or refuse.",
	.remedy = "Renew it now and automate that (ACME).",
	.refs = (const char *const[]){"RFC 8314 §4.4", NULL},
};

const struct finding_row row_cert_self_signed = {
	.id = "cert.self_signed",
	.signature_id = 4004,
	.title = "Self-signed certificate",
	.severity = SEV_MEDIUM,
	.cls = CLASS_FINDING,
	.scope = SCOPE_SERVICE,
	.explain = "An ID card that its owner printed himself. An attacker can print one too.",
	.remedy = "Use a certificate of a public or company authority; for an MX, publishing "
		"TLSA 3 1 1 with DNSSEC does as well.",
	.refs = (const char *const[]){"RFC 8314 §4.4",
		"RFC 7672 §3.1.1",
		"CWE-295, CWE-296", NULL},
	.cases = (const struct finding_case[]){
		{"dane", "Self-signed certificate that signed DNS vouches for (DANE)",
			"The owner of the server's name published this very certificate in signed "
			"DNS. Senders that look there know that it is the right one.",
			"Nothing is to be done. Publish the next certificate's TLSA record before "
			"this one is replaced."},
		{.reason = NULL}},
};

const struct finding_row row_cert_untrusted = {
	.id = "cert.untrusted",
	.signature_id = 4005,
	.title = "Chain does not lead to a trusted root",
	.severity = SEV_MEDIUM,
	.cls = CLASS_FINDING,
	.scope = SCOPE_SERVICE,
	.explain = "No authority that is known here vouches for this card. Often the "
		"intermediate certificate is simply not sent.",
	.remedy = "Send the whole chain: Postfix `smtpd_tls_chain_files` with key, leaf and "
		"intermediates; Dovecot `ssl_cert` with leaf and intermediates. If a company "
		"authority signed it, name it with `--ca FILE`.",
	.refs = (const char *const[]){"RFC 8446 §4.4.2",
		"RFC 5280 §6",
		"CWE-296", NULL},
};

const struct finding_row row_cert_name_mismatch = {
	.id = "cert.name_mismatch",
	.signature_id = 4006,
	.title = "Certificate does not match the name the client wanted",
	.severity = SEV_HIGH,
	.cls = CLASS_FINDING,
	.scope = SCOPE_PAIR,
	.explain = "The card is valid, but it belongs to somebody else.",
	.remedy = "Have it issued with all names that clients use (subjectAltName), or show one "
		"for each name: Postfix `tls_server_sni_maps`, Dovecot `local_name`.",
	.refs = (const char *const[]){"RFC 9525 §6.3",
		"RFC 7817 §3",
		"RFC 8461 §4.2",
		"CWE-297", NULL},
	.cases = (const struct finding_case[]){
		{"dns", "Certificate does not match the name the client asked DNS for",
			"The client names no server in TLS. It got this address from DNS by a name "
			"that the certificate is not for; if it wanted that name, the card belongs "
			"to somebody else.",
			"Have the certificate issued with all names that clients use "
			"(subjectAltName), and update clients that send no name (SNI)."},
		{"banner_differs", "Certificate does not have the name that the server gives itself",
			"Which name the client wanted cannot be seen. The server greets with a "
			"name that its certificate is not for, which is allowed.",
			"Let the greeting have a name that the certificate has (Postfix `myhostname`), or "
			"compare the certificate with the name that clients are set to."},
		{.reason = NULL}},
};

const struct finding_row row_cert_cn_only = {
	.id = "cert.cn_only",
	.signature_id = 4007,
	.title = "Name only in the Common Name",
	.severity = SEV_LOW,
	.cls = CLASS_FINDING,
	.scope = SCOPE_SERVICE,
	.explain = "Today's software ignores the Common Name, so for it this certificate has no "
		"name at all.",
	.remedy = "Have it issued anew with a subjectAltName.",
	.refs = (const char *const[]){"RFC 9525 §2, App. A",
		"RFC 7817 §3", NULL},
};

const struct finding_row row_cert_weak_key = {
	.id = "cert.weak_key",
	.signature_id = 4008,
	.title = "Weak public key",
	.severity = SEV_HIGH,
	.cls = CLASS_FINDING,
	.scope = SCOPE_SERVICE,
	.explain = "The lock is too small to resist, or its key is known to others.",
	.remedy = "Make a new key, RSA with 3072 bits or P-256, and have the certificate issued "
		"for it. Where the key is one of a flawed generator (roca, listed), update what "
		"made it first.",
	.refs = (const char *const[]){"RFC 9325 §4.5",
		"NIST SP 800-57 Pt 1",
		"BSI TR-02102-1",
		"CVE-2017-15361",
		"CVE-2008-0166",
		"CWE-326", NULL},
};

const struct finding_row row_cert_weak_signature = {
	.id = "cert.weak_signature",
	.signature_id = 4009,
	.title = "Certificate signed with MD5 or SHA-1",
	.severity = SEV_MEDIUM,
	.cls = CLASS_FINDING,
	.scope = SCOPE_SERVICE,
	.explain = "Two different documents can be made to bear the same seal.",
	.remedy = "Have it issued anew; every authority signs with SHA-256 today. If the "
		"handshake itself is signed so, update the server.",
	.refs = (const char *const[]){"RFC 9155",
		"RFC 9325 §4.5",
		"CWE-328", NULL},
};

const struct finding_row row_cert_validity_too_long = {
	.id = "cert.validity_too_long",
	.signature_id = 4010,
	.title = "Validity longer than public rules allow",
	.severity = SEV_LOW,
	.cls = CLASS_FINDING,
	.scope = SCOPE_SERVICE,
	.explain = "A card that is valid for so long stays usable long after it was stolen.",
	.remedy = "Automate renewal (ACME) and use short lifetimes.",
	.refs = (const char *const[]){"CA/Browser Forum Baseline Requirements §6.3.2 (ballot SC-081v3)", NULL},
};

const struct finding_row row_cert_bad_usage = {
	.id = "cert.bad_usage",
	.signature_id = 4011,
	.title = "Certificate not meant for this use",
	.severity = SEV_MEDIUM,
	.cls = CLASS_FINDING,
	.scope = SCOPE_SERVICE,
	.explain = "A library card used as a passport.",
	.remedy = "Have it issued anew for a server: extendedKeyUsage serverAuth, keyUsage "
		"digitalSignature, and no CA:TRUE.",
	.refs = (const char *const[]){"RFC 5280 §4.2.1.3, .9, .12",
		"CWE-295", NULL},
};

const struct finding_row row_cert_default_name = {
	.id = "cert.default_name",
	.signature_id = 4012,
	.title = "Default or test certificate",
	.severity = SEV_LOW,
	.cls = CLASS_FINDING,
	.scope = SCOPE_SERVICE,
	.explain = "Nobody changed the lock that came from the factory.",
	.remedy = "Install a real certificate for the server's name.",
	.refs = (const char *const[]){"RFC 8314 §4.4",
		"CWE-1188", NULL},
};

const struct finding_row row_cert_changed = {
	.id = "cert.changed",
	.signature_id = 4013,
	.title = "Server certificate changed between sessions",
	.severity = SEV_MEDIUM,
	.cls = CLASS_FINDING,
	.scope = SCOPE_SERVICE,
	.explain = "The ID card changed. A normal renewal keeps the issuer; an impostor does "
		"not.",
	.remedy = "Compare the fingerprint with the server's own, by another way than this "
		"network.",
	.refs = (const char *const[]){"RFC 8314 §5.4",
		"RFC 7469 (the idea of pinning)",
		"CWE-295",
		"T1557", NULL},
};

const struct finding_row row_cert_key_shared = {
	.id = "cert.key_shared",
	.signature_id = 4014,
	.title = "Same key on different services",
	.severity = SEV_INFO,
	.cls = CLASS_OBSERVATION,
	.scope = SCOPE_DOMAIN,
	.explain = "Twin locks with one key: a copied appliance, perhaps.",
	.remedy = "Make a key of its own for each server.",
	.refs = (const char *const[]){"CWE-321", NULL},
};

/* clang-format on */
