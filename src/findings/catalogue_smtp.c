/* The findings of one family: what they mean and how to mend it. Texts are for users. */
#include "findings/catalogue.h"

/* clang-format off */
const struct finding_row row_smtp_smuggling = {
	.id = "smtp.smuggling",
	.signature_id = 6001,
	.title = "Non-standard end-of-data sequence inside a message",
	.severity = SEV_MEDIUM,
	.cls = CLASS_FINDING,
	.scope = SCOPE_MSG,
	.explain = "A paragraph in the letter looks like \"end of letter, new letter "
		"follows\"; a sloppy clerk believes it and posts a second, forged letter.",
	.remedy = "Postfix: `smtpd_forbid_bare_newline = normalize` (the default from 3.9; "
		"3.5.23, 3.6.13, 3.7.9 and 3.8.4 have the setting, default no; the value "
		"`normalize` needs 3.7.10 or 3.8.5) with "
		"`smtpd_forbid_bare_newline_exclusions = $mynetworks`, "
		"`smtpd_forbid_unauth_pipelining = yes`, and `reject_unauth_pipelining` in "
		"`smtpd_data_restrictions`. Exim 4.97.1 or later; Sendmail 8.18 or later "
		"(`SrvFeatures`, options o, g, u). Cisco Secure Email: CR and LF handling "
		"\"Allow\" or \"Reject\", not \"Clean\".",
	.refs = (const char *const[]){"RFC 5321 §4.1.1.4, §2.3.8, §4.5.2",
		"CVE-2023-51764 (Postfix), CVE-2023-51765 (Sendmail), CVE-2023-51766 (Exim), "
		"CVE-2023-51747 (James), CVE-2024-27305 (aiosmtpd)",
		"CERT VU#302671",
		"CWE-345, CWE-436",
		"T1672", NULL},
	.cases = (const struct finding_case[]){
		{"accepted", "Server took a non-standard end-of-data sequence for the end of a message",
			"The clerk took a paragraph of the letter for its end: whoever can put such a "
			"paragraph into a mail can post forged letters here.",
			"Mend the server: Postfix `smtpd_forbid_bare_newline = normalize` and "
			"`smtpd_forbid_unauth_pipelining = yes`, Exim 4.97.1 or later, Sendmail 8.18 "
			"or later. Look up what was queued by the identifiers in the replies, and who "
			"sent it."},
		{"lf_client", "Server takes a bare-LF dot line for the end of a message",
			"The client ends all its lines with LF alone, and the server took its dot line "
			"for the end of the message. Nothing was smuggled here; but whoever can put "
			"such a line into a mail can post a second, forged letter at this server.",
			"Mend the client's line ends, then let the server insist on them: Postfix "
			"`smtpd_forbid_bare_newline = normalize`, Exim 4.97.1 or later, Sendmail 8.18 "
			"or later."},
		{NULL, NULL, NULL, NULL}},
};

const struct finding_row row_smtp_bare_newline = {
	.id = "smtp.bare_newline",
	.signature_id = 6003,
	.title = "Bare LF or bare CR on the wire",
	.severity = SEV_LOW,
	.cls = CLASS_FINDING,
	.scope = SCOPE_PAIR,
	.explain = "Mail lines must end with both CR and LF; half endings are read "
		"differently by different programs.",
	.remedy = "Mend the program that sends: a script through `unix2dos`, or a library "
		"that knows SMTP.",
	.refs = (const char *const[]){"RFC 5321 §2.3.8", "RFC 5322 §2.3", "CWE-436", NULL},
};

const struct finding_row row_smtp_nul = {
	.id = "smtp.nul",
	.signature_id = 6004,
	.title = "NUL octet in commands or text",
	.severity = SEV_MEDIUM,
	.cls = CLASS_FINDING,
	.scope = SCOPE_CONN,
	.explain = "C programs stop reading at NUL; filters and mail programs may see "
		"different texts.",
	.remedy = "Refuse it: Postfix `message_reject_characters = \\0`.",
	.refs = (const char *const[]){"RFC 5321 §4.1.2, §2.3.1", "RFC 5322 §4.1 (obsolete NUL)",
		"CWE-158", NULL},
};

const struct finding_row row_smtp_line_too_long = {
	.id = "smtp.line_too_long",
	.signature_id = 6005,
	.title = "Line exceeds protocol limit",
	.severity = SEV_LOW,
	.cls = CLASS_FINDING,
	.scope = SCOPE_CONN,
	.explain = "Longer than any correct program sends; often an overflow attempt, "
		"sometimes bad HTML mailers.",
	.remedy = "Postfix `line_length_limit`, `smtp_line_length_limit = 998`; mend the "
		"program that writes such mail.",
	.refs = (const char *const[]){"RFC 5321 §4.5.3.1.4–.6", "RFC 4954 §4", "CWE-120", NULL},
};

const struct finding_row row_smtp_eightbit_undeclared = {
	.id = "smtp.eightbit_undeclared",
	.signature_id = 6006,
	.title = "8-bit data without negotiation",
	.severity = SEV_LOW,
	.cls = CLASS_FINDING,
	.scope = SCOPE_MSG,
	.explain = "Basic mail carries 7 bits; undeclared accents may be damaged or hide "
		"text from filters.",
	.remedy = "Mend the program that sends. Postfix can refuse it: `strict_8bitmime`, "
		"`smtputf8_enable`.",
	.refs = (const char *const[]){"RFC 6152 §3", "RFC 6531 §3.2–3.4", "RFC 5321 §2.4", NULL},
};

const struct finding_row row_smtp_early_talker = {
	.id = "smtp.early_talker",
	.signature_id = 6007,
	.title = "Client spoke before the greeting",
	.severity = SEV_MEDIUM,
	.cls = CLASS_FINDING,
	.scope = SCOPE_HOST,
	.explain = "Polite clients wait for \"hello\"; spam bots shout at once.",
	.remedy = "Postfix `postscreen_greet_action = enforce`, Exim `smtp_enforce_sync` (its "
		"default), Sendmail `greet_pause`.",
	.refs = (const char *const[]){"RFC 5321 §3.1, §4.3.1", "RFC 2920 §3.1", "T1071.003", NULL},
};

const struct finding_row row_smtp_pipelining = {
	.id = "smtp.pipelining",
	.signature_id = 6008,
	.title = "Pipelining not announced or not permitted",
	.severity = SEV_LOW,
	.cls = CLASS_FINDING,
	.scope = SCOPE_PAIR,
	.explain = "Talking without listening to the answers; typical for bots and cross-protocol attacks.",
	.remedy = "Postfix `smtpd_forbid_unauth_pipelining = yes`, `reject_unauth_pipelining`; Exim `pipelining_advertise_hosts`.",
	.refs = (const char *const[]){"RFC 2920 §3.1", "RFC 4954 §4", "RFC 3030 §4.2", NULL},
};

const struct finding_row row_smtp_helo_invalid = {
	.id = "smtp.helo.invalid",
	.signature_id = 6009,
	.title = "Suspicious HELO/EHLO name",
	.severity = SEV_LOW,
	.cls = CLASS_FINDING,
	.scope = SCOPE_PAIR,
	.explain = "Introducing oneself with a false or nonsense name is typical for bots.",
	.remedy = "Senders: Postfix `myhostname` or `smtp_helo_name`, a name that DNS knows. "
		"Receivers: `smtpd_helo_required = yes`, `reject_invalid_helo_hostname`, "
		"`reject_non_fqdn_helo_hostname`, `check_helo_access`.",
	.refs = (const char *const[]){"RFC 5321 §4.1.1.1, §4.1.3, §4.1.4 (a server MUST NOT refuse mail "
		"for a mismatch alone), §2.3.5",
		"T1071.003", NULL},
};

const struct finding_row row_smtp_vrfy_enabled = {
	.id = "smtp.vrfy.enabled",
	.signature_id = 6012,
	.title = "VRFY or EXPN reveals accounts",
	.severity = SEV_LOW,
	.cls = CLASS_FINDING,
	.scope = SCOPE_SERVICE,
	.explain = "The clerk confirms who lives here.",
	.remedy = "Postfix `disable_vrfy_command = yes`; Exim: leave `acl_smtp_vrfy` and "
		"`acl_smtp_expn` unset; Sendmail `PrivacyOptions=goaway`.",
	.refs = (const char *const[]){"RFC 5321 §3.5, §7.3", "CWE-204", "T1087.003, T1589.002", NULL},
};

const struct finding_row row_smtp_vrfy_enumeration = {
	.id = "smtp.vrfy.enumeration",
	.signature_id = 6013,
	.title = "Account enumeration with VRFY/EXPN",
	.severity = SEV_MEDIUM,
	.cls = CLASS_FINDING,
	.scope = SCOPE_HOST,
	.explain = "Someone reads the doorbell list.",
	.remedy = "Postfix `disable_vrfy_command = yes`; Exim: leave `acl_smtp_vrfy` and "
		"`acl_smtp_expn` unset; Sendmail `PrivacyOptions=goaway`. Limit the rate "
		"(Postfix `smtpd_junk_command_limit`, anvil).",
	.refs = (const char *const[]){"RFC 5321 §7.3", "CWE-204", "T1087.003", NULL},
};

const struct finding_row row_smtp_harvest = {
	.id = "smtp.harvest",
	.signature_id = 6014,
	.title = "Directory harvest attack",
	.severity = SEV_HIGH,
	.cls = CLASS_FINDING,
	.scope = SCOPE_HOST,
	.explain = "Guessing names and noting which are not refused.",
	.remedy = "Postfix `smtpd_hard_error_limit`, `smtpd_client_recipient_rate_limit`, "
		"postscreen; recipients checked at the edge; a tarpit (Exchange "
		"`-TarpitInterval`). The accepted addresses are known as valid from now on.",
	.refs = (const char *const[]){"RFC 5321 §3.3, §7.8", "CWE-204", "T1589.002, T1087.003", NULL},
};

const struct finding_row row_smtp_open_relay = {
	.id = "smtp.open_relay",
	.signature_id = 6015,
	.title = "Server relays mail for strangers",
	.severity = SEV_CRITICAL,
	.cls = CLASS_FINDING,
	.scope = SCOPE_SERVICE,
	.explain = "A mailbox that forwards any letter from anybody to anybody; spammers find "
		"it within hours and the server gets blacklisted.",
	.remedy = "Postfix `smtpd_relay_restrictions = permit_mynetworks, "
		"permit_sasl_authenticated, defer_unauth_destination` and a sane "
		"`mynetworks`; Exim `relay_to_domains`, `relay_from_hosts`; Exchange: take "
		"`ms-Exch-SMTP-Accept-Any-Recipient` from Anonymous. Domains that are "
		"yours, and networks that may relay, can be named: `--local-domain`, "
		"`--trusted-net`.",
	.refs = (const char *const[]){"RFC 5321 §3.6, §7.9", "RFC 2505 §2.1", "RFC 5068",
		"CWE-441, CWE-306",
		"T1584, T1583, T1190", NULL},
};

const struct finding_row row_smtp_relay_probe = {
	.id = "smtp.relay_probe",
	.signature_id = 6016,
	.title = "Attempt to find an open relay",
	.severity = SEV_MEDIUM,
	.cls = CLASS_FINDING,
	.scope = SCOPE_HOST,
	.explain = "Rattling at the door.",
	.remedy = "Nothing needs to be mended where it was refused. Block the source if it "
		"goes on; a program of your own that tries has to log in first.",
	.refs = (const char *const[]){"RFC 5321 §3.6.1, App. C (source routes)", "RFC 2505", "T1595", NULL},
};

const struct finding_row row_smtp_source_route = {
	.id = "smtp.source_route",
	.signature_id = 6017,
	.title = "Routing tricks in an address",
	.severity = SEV_LOW,
	.cls = CLASS_FINDING,
	.scope = SCOPE_MSG,
	.explain = "Address written so that the clerk forwards it elsewhere.",
	.remedy = "Postfix `allow_percent_hack = no`, `swap_bangpath = no`, `allow_untrusted_routing = no`.",
	.refs = (const char *const[]){"RFC 5321 §3.6.1, §4.1.1.3, App. C, App. F.2", "CWE-441", NULL},
};

const struct finding_row row_smtp_submission_open = {
	.id = "smtp.submission_open",
	.signature_id = 6018,
	.title = "Submission port accepts mail without login",
	.severity = SEV_HIGH,
	.cls = CLASS_FINDING,
	.scope = SCOPE_SERVICE,
	.explain = "The staff entrance is open without badge.",
	.remedy = "Postfix, for the submission service in master.cf: `-o "
		"smtpd_relay_restrictions=permit_sasl_authenticated,reject` (and the same "
		"for `smtpd_recipient_restrictions`). Exchange: the client frontend "
		"connector, without anonymous users.",
	.refs = (const char *const[]){"RFC 6409 §4.3", "RFC 5068 §3.1", "CWE-306", NULL},
};

const struct finding_row row_smtp_etrn = {
	.id = "smtp.etrn",
	.signature_id = 6020,
	.title = "ETRN queue request",
	.severity = SEV_LOW,
	.cls = CLASS_FINDING,
	.scope = SCOPE_PAIR,
	.explain = "\"Please start delivering my waiting mail now\": a relic of dial-up lines.",
	.remedy = "Postfix `smtpd_etrn_restrictions = reject`; Sendmail `PrivacyOptions=noetrn`; Exim: leave `acl_smtp_etrn` unset.",
	.refs = (const char *const[]){"RFC 1985 §5", "CWE-400", NULL},
};

const struct finding_row row_smtp_atrn = {
	.id = "smtp.atrn",
	.signature_id = 6021,
	.title = "ATRN / on-demand mail relay",
	.severity = SEV_LOW,
	.cls = CLASS_OBSERVATION,
	.scope = SCOPE_PAIR,
	.explain = "An authenticated customer collects mail, and the conversation turns around.",
	.remedy = "Ask for a login and TLS before it.",
	.refs = (const char *const[]){"RFC 2645 §5", "CWE-306", NULL},
};

const struct finding_row row_smtp_turn = {
	.id = "smtp.turn",
	.signature_id = 6022,
	.title = "TURN used",
	.severity = SEV_MEDIUM,
	.cls = CLASS_FINDING,
	.scope = SCOPE_PAIR,
	.explain = "The 1982 \"swap roles\" command without any identity check: whoever asks gets the waiting mail.",
	.remedy = "Switch it off.",
	.refs = (const char *const[]){"RFC 821 §3.8", "RFC 5321 App. F.1", "CWE-306", NULL},
};

const struct finding_row row_smtp_debug_wiz = {
	.id = "smtp.debug_wiz",
	.signature_id = 6023,
	.title = "Historic backdoor commands",
	.severity = SEV_MEDIUM,
	.cls = CLASS_FINDING,
	.scope = SCOPE_HOST,
	.explain = "The 1988 Internet worm entered through sendmail DEBUG; scanners still try.",
	.remedy = "Nothing needs to be mended where it was refused. A server that accepts it must be taken off the network and replaced.",
	.refs = (const char *const[]){"CVE-1999-0095", "CWE-489", "T1190", NULL},
};

const struct finding_row row_smtp_xclient = {
	.id = "smtp.xclient",
	.signature_id = 6024,
	.title = "XCLIENT or XFORWARD used",
	.severity = SEV_MEDIUM,
	.cls = CLASS_FINDING,
	.scope = SCOPE_PAIR,
	.explain = "\"Pretend my call comes from this number\": whoever may send it can forge address and login.",
	.remedy = "Postfix: only proxies of your own in `smtpd_authorized_xclient_hosts` and `smtpd_authorized_xforward_hosts`. Name them with `--trusted-proxy` or `--trusted-net`.",
	.refs = (const char *const[]){"Postfix XCLIENT_README, XFORWARD_README", "CWE-290", NULL},
};

const struct finding_row row_smtp_injection = {
	.id = "smtp.injection",
	.signature_id = 6025,
	.title = "Command or shell injection pattern",
	.severity = SEV_HIGH,
	.cls = CLASS_FINDING,
	.scope = SCOPE_MSG,
	.explain = "The address field contains program code for a vulnerable server.",
	.remedy = "Bring the server up to date: Exim CVE-2019-10149, CVE-2019-15846, CVE-2020-28017 to 28026; OpenSMTPD CVE-2020-7247; Log4Shell CVE-2021-44228. Where it was accepted, look at the server for what it may have run.",
	.refs = (const char *const[]){"RFC 5321 §4.1.2", "CWE-77, CWE-93, CWE-134", "T1190", NULL},
};

const struct finding_row row_smtp_sequence = {
	.id = "smtp.sequence",
	.signature_id = 6026,
	.title = "Commands out of order",
	.severity = SEV_LOW,
	.cls = CLASS_FINDING,
	.scope = SCOPE_CONN,
	.explain = "Steps in the wrong order: a broken program or a probe.",
	.remedy = "Mend the client.",
	.refs = (const char *const[]){"RFC 5321 §4.1.4", "RFC 4954 §4", NULL},
};

const struct finding_row row_smtp_unknown_command = {
	.id = "smtp.unknown_command",
	.signature_id = 6027,
	.title = "Unknown or garbage commands",
	.severity = SEV_LOW,
	.cls = CLASS_FINDING,
	.scope = SCOPE_CONN,
	.explain = "Talking gibberish.",
	.remedy = "Postfix `smtpd_hard_error_limit`, `smtpd_forbidden_commands`.",
	.refs = (const char *const[]){"RFC 5321 §4.2.4, §4.1.5", NULL},
};

const struct finding_row row_smtp_reply_malformed = {
	.id = "smtp.reply_malformed",
	.signature_id = 6028,
	.title = "Malformed or unexpected server reply",
	.severity = SEV_LOW,
	.cls = CLASS_FINDING,
	.scope = SCOPE_CONN,
	.explain = "The server breaks its own grammar; or someone inserted an answer.",
	.remedy = "Mend the server, or the proxy before it.",
	.refs = (const char *const[]){"RFC 5321 §4.2, §4.2.1", "RFC 2034 §4", "RFC 3463 §2", NULL},
};

const struct finding_row row_smtp_rejected_policy = {
	.id = "smtp.rejected_policy",
	.signature_id = 6030,
	.title = "Server refused mail for policy or reputation",
	.severity = SEV_INFO,
	.cls = CLASS_OBSERVATION,
	.scope = SCOPE_PAIR,
	.explain = "The receiver's doorman says why.",
	.remedy = "By the reason: ask the list to remove the address (`dnsbl`); publish or mend SPF, DKIM or PTR records; send more slowly (`flood`); use TLS (`tls`); try again later (`greylist`), as every mail server does.",
	.refs = (const char *const[]){"RFC 3463 §3.8", "RFC 7372 §3", NULL},
};

const struct finding_row row_lmtp_over_tcp = {
	.id = "lmtp.over_tcp",
	.signature_id = 6032,
	.title = "LMTP across the network",
	.severity = SEV_MEDIUM,
	.cls = CLASS_FINDING,
	.scope = SCOPE_SERVICE,
	.explain = "LMTP drops mail straight into mailboxes and has no login; meant for "
		"inside one system.",
	.remedy = "A Unix socket (Postfix `mailbox_transport = lmtp:unix:private/dovecot-lmtp`), "
		"or a firewall and TLS (`lmtp_tls_security_level = encrypt`).",
	.refs = (const char *const[]){"RFC 2033 §1 (MUST NOT be used on TCP port 25), §5",
		"CWE-306, CWE-319", NULL},
};

/* clang-format on */
