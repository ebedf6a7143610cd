/* The findings of one family: what they mean and how to mend it. Texts are for users. */
#include "findings/catalogue.h"

/* clang-format off */
const struct finding_row row_auth_cleartext = {
	.id = "auth.cleartext",
	.signature_id = 1001,
	.title = "Password or equivalent sent without encryption",
	.severity = SEV_CRITICAL,
	.cls = CLASS_FINDING,
	.scope = SCOPE_PAIR,
	.explain = "Base64 is not encryption. Anyone who could see this connection can log "
		"in as this user from now on.",
	.remedy = "Change the password now. Then let servers refuse plaintext mechanisms "
		"before TLS: Postfix `smtpd_tls_auth_only=yes`, and "
		"`smtpd_tls_security_level=encrypt` for submission; Dovecot 2.3 "
		"`disable_plaintext_auth=yes`, 2.4 `auth_allow_cleartext=no`, and "
		"`ssl=required`; Exim `auth_advertise_hosts = ${if def:tls_in_cipher {*}}`; "
		"Exchange `Set-PopSettings/Set-ImapSettings -LoginType SecureLogin` and "
		"`BasicAuthRequireTLS` on receive connectors. Move clients to ports 465, 993 "
		"and 995.",
	.refs = (const char *const[]){"RFC 8314 §3, §4.1",
		"RFC 4954 §4, §9",
		"RFC 4616 §5",
		"RFC 9051 §6.2.3, §11.7",
		"RFC 1939 §13",
		"RFC 2595 §2.3",
		"CWE-319, CWE-523",
		"ATT&CK T1040, T1078",
		"BSI TR-03108-1",
		"NIST SP 800-177r1 §5", NULL},
};

const struct finding_row row_auth_cleartext_token = {
	.id = "auth.cleartext.token",
	.signature_id = 1002,
	.title = "OAuth bearer token sent without encryption",
	.severity = SEV_CRITICAL,
	.cls = CLASS_FINDING,
	.scope = SCOPE_PAIR,
	.explain = "A token is like a hotel key card: whoever holds it gets in. Two-factor "
		"login does not help, because the second factor was already used to obtain it.",
	.remedy = "Revoke the token or the session at the identity provider, and require TLS "
		"for the mechanism (RFC 7628 §3 makes TLS mandatory).",
	.refs = (const char *const[]){"RFC 7628 §3, §5",
		"RFC 6750 §5.2",
		"CWE-319",
		"T1528, T1550.001", NULL},
};

const struct finding_row row_auth_cleartext_username = {
	.id = "auth.cleartext.username",
	.signature_id = 1003,
	.title = "Account name sent without encryption",
	.severity = SEV_LOW,
	.cls = CLASS_FINDING,
	.scope = SCOPE_PAIR,
	.explain = "Half of the login was readable.",
	.remedy = "Refuse plaintext mechanisms before TLS, as for auth.cleartext: Postfix "
		"`smtpd_tls_auth_only=yes`; Dovecot 2.3 `disable_plaintext_auth=yes`, 2.4 "
		"`auth_allow_cleartext=no`, and `ssl=required`. Move clients to ports 465, "
		"993 and 995.",
	.refs = (const char *const[]){"RFC 8314 §3",
		"CWE-319",
		"T1589.002", NULL},
};

const struct finding_row row_auth_offered_before_tls = {
	.id = "auth.offered_before_tls",
	.signature_id = 1004,
	.title = "Plaintext mechanisms advertised on an unencrypted channel",
	.severity = SEV_MEDIUM,
	.cls = CLASS_FINDING,
	.scope = SCOPE_SERVICE,
	.explain = "The server says \"you may tell me your password here\" before the "
		"envelope is sealed.",
	.remedy = "Use the server settings of auth.cleartext. Before STARTTLS, IMAP must "
		"then show `LOGINDISABLED`, POP3 must not show `USER`, and SMTP must not show "
		"`AUTH`.",
	.refs = (const char *const[]){"RFC 9051 §6.2.3",
		"RFC 2595 §3.2",
		"RFC 4954 §4",
		"RFC 8314 §4.1",
		"CWE-523",
		"BSI TR-03108-1", NULL},
};

const struct finding_row row_auth_logindisabled_ignored = {
	.id = "auth.logindisabled_ignored",
	.signature_id = 1005,
	.title = "Client sent a password although the server had forbidden it",
	.severity = SEV_HIGH,
	.cls = CLASS_FINDING,
	.scope = SCOPE_PAIR,
	.explain = "The server put up a \"no entry\" sign and the client drove through: the "
		"password went out in clear although the server had refused to take it there.",
	.remedy = "Set the client to require TLS or to use a port with TLS from the start, "
		"and update it. The server can do nothing more. Change the password.",
	.refs = (const char *const[]){"RFC 9051 §6.2.3 (client MUST NOT use LOGIN if LOGINDISABLED)",
		"RFC 5530 §3 PRIVACYREQUIRED",
		"RFC 4954 §6 (538)",
		"CWE-523", NULL},
};

const struct finding_row row_auth_unsolicited = {
	.id = "auth.unsolicited",
	.signature_id = 1006,
	.title = "Credentials sent before the server offered authentication",
	.severity = SEV_MEDIUM,
	.cls = CLASS_FINDING,
	.scope = SCOPE_PAIR,
	.explain = "A client that does not look before it speaks gives its password to "
		"anything that accepts the connection.",
	.remedy = "This is a fault of the client: update it.",
	.refs = (const char *const[]){"RFC 4954 §4",
		"RFC 9051 §6.2",
		"CWE-522", NULL},
};

const struct finding_row row_auth_crackable = {
	.id = "auth.crackable",
	.signature_id = 1007,
	.title = "Challenge-response exchange readable: password can be guessed offline",
	.severity = SEV_MEDIUM,
	.cls = CLASS_FINDING,
	.scope = SCOPE_PAIR,
	.explain = "The password was not sent, but a fingerprint of it was. A weak password "
		"falls in minutes.",
	.remedy = "Use TLS first. Then replace the mechanism by SCRAM-SHA-256, or by PLAIN "
		"with hashed storage, both inside TLS: CRAM-MD5, DIGEST-MD5 and APOP force "
		"the server to store password equivalents. Dovecot `auth_mechanisms = plain "
		"login scram-sha-256`; Postfix 3.6 and later `smtpd_sasl_mechanism_filter = "
		"!cram-md5, !digest-md5, static:all`.",
	.refs = (const char *const[]){"RFC 2195 §4",
		"RFC 6331 (DIGEST-MD5 historic)",
		"RFC 1939 §13",
		"RFC 6151",
		"CVE-2007-1558 (APOP/MD5)",
		"CWE-327, CWE-328, CWE-916",
		"T1110.002", NULL},
};

const struct finding_row row_auth_apop_malformed_challenge = {
	.id = "auth.apop_malformed_challenge",
	.signature_id = 1008,
	.title = "APOP timestamp is not a valid message-id",
	.severity = SEV_MEDIUM,
	.cls = CLASS_FINDING,
	.scope = SCOPE_SERVICE,
	.explain = "The practical MD5-collision attack on APOP needs invalid characters in "
		"the challenge. Real servers never send them, so this suggests an active "
		"attacker who is recovering the first characters of the password.",
	.remedy = "Disable APOP on client and server.",
	.refs = (const char *const[]){"RFC 1939 §7",
		"CVE-2007-1558",
		"CWE-327",
		"T1557", NULL},
};

const struct finding_row row_auth_ntlm_exposed = {
	.id = "auth.ntlm.exposed",
	.signature_id = 1009,
	.title = "NTLM authentication readable",
	.severity = SEV_HIGH,
	.cls = CLASS_FINDING,
	.scope = SCOPE_PAIR,
	.explain = "This is a Windows-style login. The captured answer can be guessed "
		"offline, or relayed live to another server.",
	.remedy = "Exchange: disable Integrated authentication on connectors that the "
		"outside can reach, require TLS and Extended Protection, prefer OAuth or "
		"Kerberos. Dovecot: remove `ntlm` and `gss-spnego` from `auth_mechanisms`.",
	.refs = (const char *const[]){"MS-NLMP §2.2.1.3",
		"CWE-327, CWE-294",
		"T1040, T1557.001, T1110.002", NULL},
};

const struct finding_row row_auth_ntlm_info_leak = {
	.id = "auth.ntlm.info_leak",
	.signature_id = 1010,
	.title = "NTLM challenge reveals internal names to anyone",
	.severity = SEV_LOW,
	.cls = CLASS_FINDING,
	.scope = SCOPE_SERVICE,
	.explain = "Before any password the server tells everybody its Windows domain, host "
		"name and build.",
	.remedy = "Do not offer NTLM to the Internet.",
	.refs = (const char *const[]){"MS-NLMP §2.2.2.1",
		"CWE-200",
		"T1592.002", NULL},
};

const struct finding_row row_auth_scram_exposed = {
	.id = "auth.scram.exposed",
	.signature_id = 1011,
	.title = "SCRAM exchange readable",
	.severity = SEV_LOW,
	.cls = CLASS_FINDING,
	.scope = SCOPE_PAIR,
	.explain = "The password itself stays hidden, but each guess can be tested offline. "
		"The iteration count is the speed bump.",
	.remedy = "Run it inside TLS, as SCRAM-SHA-256-PLUS where possible.",
	.refs = (const char *const[]){"RFC 5802 §5, §9",
		"RFC 7677 §4",
		"CWE-916", NULL},
};

const struct finding_row row_auth_scram_low_iterations = {
	.id = "auth.scram.low_iterations",
	.signature_id = 1012,
	.title = "SCRAM iteration count too low",
	.severity = SEV_MEDIUM,
	.cls = CLASS_FINDING,
	.scope = SCOPE_SERVICE,
	.explain = "Fewer iterations make stolen or sniffed verifiers cheap to guess.",
	.remedy = "Store the verifiers anew with more iterations (`doveadm pw -s "
		"SCRAM-SHA-256 -r N`).",
	.refs = (const char *const[]){"RFC 5802 §5.1, RFC 7677 §4",
		"CWE-916", NULL},
};

const struct finding_row row_auth_scram_cb_downgrade = {
	.id = "auth.scram.cb_downgrade",
	.signature_id = 1013,
	.title = "Channel binding possible but not used",
	.severity = SEV_MEDIUM,
	.cls = CLASS_FINDING,
	.scope = SCOPE_CONN,
	.explain = "The client said `y` (it could bind to TLS, but saw no -PLUS offered) and "
		"the server did offer -PLUS: somebody in the middle altered the list. A "
		"correct server fails such a login.",
	.remedy = "Look for something that intercepts TLS on the way.",
	.refs = (const char *const[]){"RFC 5802 §6",
		"RFC 9266",
		"CWE-757",
		"T1557", NULL},
};

const struct finding_row row_auth_gssapi_cleartext = {
	.id = "auth.gssapi.cleartext",
	.signature_id = 1014,
	.title = "Kerberos/GSSAPI login without TLS",
	.severity = SEV_LOW,
	.cls = CLASS_FINDING,
	.scope = SCOPE_PAIR,
	.explain = "A login by ticket does not reveal the password, but the mail itself is "
		"readable, and RC4 tickets can be guessed offline.",
	.remedy = "Use TLS, and disable RC4 in Kerberos.",
	.refs = (const char *const[]){"RFC 4752",
		"RFC 8429 (RC4 deprecated in Kerberos)",
		"CWE-319",
		"T1558.003", NULL},
};

const struct finding_row row_auth_sasl_layer = {
	.id = "auth.sasl_layer",
	.signature_id = 1015,
	.title = "SASL security layer negotiated",
	.severity = SEV_INFO,
	.cls = CLASS_OBSERVATION,
	.scope = SCOPE_CONN,
	.explain = "Encryption was negotiated inside the login instead of TLS, so what "
		"follows cannot be read here.",
	.remedy = "Prefer TLS.",
	.refs = (const char *const[]){"RFC 4422 §3.7",
		"RFC 2831 §2.3–2.4", NULL},
};

const struct finding_row row_auth_external_without_tls = {
	.id = "auth.external_without_tls",
	.signature_id = 1016,
	.title = "EXTERNAL login outside TLS or without client certificate",
	.severity = SEV_MEDIUM,
	.cls = CLASS_FINDING,
	.scope = SCOPE_CONN,
	.explain = "EXTERNAL means \"trust what the lower layer proved\". Here nothing was "
		"proven.",
	.remedy = "Do not offer EXTERNAL in clear. Dovecot: "
		"`auth_ssl_require_client_cert=yes`.",
	.refs = (const char *const[]){"RFC 4422 App. A",
		"RFC 9051 §6.2.1",
		"CWE-287", NULL},
};

const struct finding_row row_auth_anonymous = {
	.id = "auth.anonymous",
	.signature_id = 1017,
	.title = "Anonymous login accepted",
	.severity = SEV_MEDIUM,
	.cls = CLASS_FINDING,
	.scope = SCOPE_SERVICE,
	.explain = "Anyone may enter without a name.",
	.remedy = "Dovecot: remove `anonymous` from `auth_mechanisms`. Postfix: "
		"`smtpd_sasl_security_options = noanonymous`.",
	.refs = (const char *const[]){"RFC 4505 §5",
		"CWE-306", NULL},
};

const struct finding_row row_auth_obsolete_mechanism = {
	.id = "auth.obsolete_mechanism",
	.signature_id = 1018,
	.title = "Obsolete authentication mechanism offered or used",
	.severity = SEV_LOW,
	.cls = CLASS_FINDING,
	.scope = SCOPE_SERVICE,
	.explain = "Old mechanisms rely on MD5 or RC4, were replaced by a standard one "
		"(LOGIN by PLAIN), or force the server to store recoverable passwords.",
	.remedy = "Remove them: Dovecot `auth_mechanisms`, Postfix "
		"`smtpd_sasl_mechanism_filter`.",
	.refs = (const char *const[]){"RFC 6331",
		"RFC 6151",
		"IANA SASL registry (LOGIN = obsolete)",
		"RFC 2444",
		"CWE-327", NULL},
};

const struct finding_row row_auth_mechanism_downgrade = {
	.id = "auth.mechanism_downgrade",
	.signature_id = 1019,
	.title = "Client chose a weaker mechanism than offered",
	.severity = SEV_MEDIUM,
	.cls = CLASS_FINDING,
	.scope = SCOPE_PAIR,
	.explain = "Somebody chose the worst door although better ones were open.",
	.remedy = "Set the client to the better mechanism and to TLS. If nobody changed the "
		"client, find out why the server's list differs between sessions: it may have "
		"been altered on the way.",
	.refs = (const char *const[]){"RFC 4422 §6.1.2",
		"CWE-757",
		"T1562.010", NULL},
};

const struct finding_row row_auth_enforced_tls = {
	.id = "auth.enforced_tls",
	.signature_id = 1020,
	.title = "Server refused cleartext login",
	.severity = SEV_INFO,
	.cls = CLASS_POSITIVE,
	.scope = SCOPE_SERVICE,
	.explain = "The server refused to take a login in clear, as it should.",
	.remedy = "Nothing needs to be done.",
	.refs = (const char *const[]){"RFC 3207 §4 (530)",
		"RFC 4954 §6",
		"RFC 5530 §3",
		"RFC 3206 §5 ([AUTH])", NULL},
};

const struct finding_row row_auth_failure = {
	.id = "auth.failure",
	.signature_id = 1021,
	.title = "Authentication failed",
	.severity = SEV_INFO,
	.cls = CLASS_OBSERVATION,
	.scope = SCOPE_PAIR,
	.explain = "A login was refused.",
	.remedy = "One alone is no attack: auth.bruteforce, auth.spray and "
		"auth.success_after_failures say when failures are.",
	.refs = (const char *const[]){"RFC 4954 §6",
		"RFC 5530 §3",
		"RFC 2449 §8",
		"RFC 3206", NULL},
};

const struct finding_row row_auth_bruteforce = {
	.id = "auth.bruteforce",
	.signature_id = 1022,
	.title = "Repeated failures on one account from one source",
	.severity = SEV_HIGH,
	.cls = CLASS_FINDING,
	.scope = SCOPE_HOST,
	.explain = "Someone tries keys until one fits.",
	.remedy = "Block such sources (fail2ban on the mail logs) and slow them down: "
		"Postfix `smtpd_client_auth_rate_limit`; Dovecot `auth_failure_delay`, or an "
		"auth policy server (`auth_policy_server_url`) such as weakforced; Exchange: "
		"disable basic authentication, use smart lockout. Ask for a second factor.",
	.refs = (const char *const[]){"RFC 4954 §9",
		"CWE-307",
		"T1110.001",
		"NIST SP 800-63B-4 (rate limiting)", NULL},
};

const struct finding_row row_auth_spray = {
	.id = "auth.spray",
	.signature_id = 1023,
	.title = "One source tries many accounts",
	.severity = SEV_HIGH,
	.cls = CLASS_FINDING,
	.scope = SCOPE_HOST,
	.explain = "One popular password is tried on everybody, so that no account locks.",
	.remedy = "Block such sources (fail2ban on the mail logs), use rate limits and an "
		"auth policy server as for auth.bruteforce, refuse common passwords, ask for "
		"a second factor.",
	.refs = (const char *const[]){"CWE-307",
		"T1110.003",
		"T1110.004", NULL},
};

const struct finding_row row_auth_bruteforce_distributed = {
	.id = "auth.bruteforce.distributed",
	.signature_id = 1024,
	.title = "One account attacked from many sources",
	.severity = SEV_HIGH,
	.cls = CLASS_FINDING,
	.scope = SCOPE_HOST,
	.explain = "A botnet shares the guessing work, so that no single source stands out.",
	.remedy = "Limit failures per account, and ask for a second factor.",
	.refs = (const char *const[]){"CWE-307",
		"T1110", NULL},
};

const struct finding_row row_auth_bruteforce_encrypted = {
	.id = "auth.bruteforce.encrypted",
	.signature_id = 1025,
	.title = "Many short encrypted sessions to a login service",
	.severity = SEV_MEDIUM,
	.cls = CLASS_FINDING,
	.scope = SCOPE_HOST,
	.explain = "The content is hidden, but the rhythm looks like guessing.",
	.remedy = "Look for refused logins in the server's logs at that time.",
	.refs = (const char *const[]){"T1110", NULL},
};

const struct finding_row row_auth_success_after_failures = {
	.id = "auth.success_after_failures",
	.signature_id = 1026,
	.title = "Login succeeded after a series of failures",
	.severity = SEV_CRITICAL,
	.cls = CLASS_FINDING,
	.scope = SCOPE_HOST,
	.explain = "The guessing probably worked.",
	.remedy = "Lock the account and reset its password. Review its mail rules, its "
		"forwarding and its sent mail.",
	.refs = (const char *const[]){"T1110, T1078",
		"CWE-307", NULL},
};

const struct finding_row row_auth_password_weak = {
	.id = "auth.password.weak",
	.signature_id = 1027,
	.title = "Observed password is weak",
	.severity = SEV_HIGH,
	.cls = CLASS_FINDING,
	.scope = SCOPE_ACCOUNT,
	.explain = "Short or guessable passwords are tried first.",
	.remedy = "Ask for length rather than odd characters, refuse passwords on block "
		"lists, ask for a second factor.",
	.refs = (const char *const[]){"NIST SP 800-63B-4 §3.1.1",
		"CWE-521",
		"T1110.001", NULL},
};

const struct finding_row row_auth_reuse = {
	.id = "auth.reuse",
	.signature_id = 1028,
	.title = "Same secret used for different services or servers",
	.severity = SEV_MEDIUM,
	.cls = CLASS_FINDING,
	.scope = SCOPE_ACCOUNT,
	.explain = "One theft opens several doors.",
	.remedy = "Use a password of its own for each service, app passwords, or OAuth.",
	.refs = (const char *const[]){"CWE-521",
		"T1110.004", NULL},
};

const struct finding_row row_auth_shared_account = {
	.id = "auth.shared_account",
	.signature_id = 1029,
	.title = "One account used from many networks",
	.severity = SEV_LOW,
	.cls = CLASS_FINDING,
	.scope = SCOPE_ACCOUNT,
	.explain = "This may be a shared mailbox, a user who travels, or a thief.",
	.remedy = "Ask the owner which of these places are theirs.",
	.refs = (const char *const[]){"T1078", NULL},
};

const struct finding_row row_auth_authzid = {
	.id = "auth.authzid",
	.signature_id = 1030,
	.title = "Login on behalf of another user",
	.severity = SEV_LOW,
	.cls = CLASS_OBSERVATION,
	.scope = SCOPE_CONN,
	.explain = "An administrator or a proxy opens someone else's mailbox.",
	.remedy = "Make sure that few may do this, and that they are meant to (Dovecot: "
		"master users).",
	.refs = (const char *const[]){"RFC 4616 §2",
		"RFC 4422 §2",
		"T1098.002, T1114.002", NULL},
};

const struct finding_row row_auth_sender_mismatch = {
	.id = "auth.sender_mismatch",
	.signature_id = 1031,
	.title = "Authenticated user sends as someone else",
	.severity = SEV_MEDIUM,
	.cls = CLASS_FINDING,
	.scope = SCOPE_MSG,
	.explain = "The postman checked the ID but not the name on the letter.",
	.remedy = "Postfix: `smtpd_sender_login_maps` with `reject_sender_login_mismatch`. "
		"Exchange: remove `ms-Exch-SMTP-Accept-Any-Sender`.",
	.refs = (const char *const[]){"RFC 6409 §6.1, §8.1",
		"CWE-290",
		"T1672", NULL},
};

const struct finding_row row_auth_malformed = {
	.id = "auth.malformed",
	.signature_id = 1032,
	.title = "Malformed SASL exchange",
	.severity = SEV_LOW,
	.cls = CLASS_FINDING,
	.scope = SCOPE_CONN,
	.explain = "This is a broken client, or an attempt to exploit the server.",
	.remedy = "Update client and server. If no known client does this, look at who "
		"connects.",
	.refs = (const char *const[]){"RFC 4954 §4",
		"RFC 4616 §2",
		"CWE-20",
		"T1190 (e.g. CVE-2023-42115 Exim AUTH EXTERNAL)", NULL},
};

const struct finding_row row_auth_on_port_25 = {
	.id = "auth.on_port_25",
	.signature_id = 1033,
	.title = "Authentication used on the relay port",
	.severity = SEV_LOW,
	.cls = CLASS_FINDING,
	.scope = SCOPE_SERVICE,
	.explain = "Users should hand in mail at the submission counter (ports 587 and 465). "
		"Port 25 is for servers.",
	.remedy = "Postfix: `-o smtpd_sasl_auth_enable=no` for `smtp` in master.cf, and "
		"enable `submission` and `submissions`.",
	.refs = (const char *const[]){"RFC 6409 §3.1",
		"RFC 5068 §3.1",
		"RFC 8314 §3.3", NULL},
};

/* clang-format on */
