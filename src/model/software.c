#include "model/software.h"

static const struct {
	const char *word, *name;
} known[] = {
	{"Postfix", "Postfix"},
	{"Exim", "Exim"},
	{"Sendmail", "Sendmail"},
	{"OpenSMTPD", "OpenSMTPD"},
	{"Dovecot", "Dovecot"},
	{"Cyrus", "Cyrus"},
	{"Courier", "Courier"},
	{"Microsoft ESMTP MAIL Service", "Microsoft Exchange/IIS SMTP"},
	{"Microsoft Exchange", "Microsoft Exchange"},
	{"gsmtp", "Google"},
	{"Gimap", "Google"},
	{"Gpop", "Google"},
	{"Haraka", "Haraka"},
	{"hMailServer", "hMailServer"},
	{"Zimbra", "Zimbra"},
	{"qmail", "qmail"},
	{"MailEnable", "MailEnable"},
	{"MDaemon", "MDaemon"},
	{"Kerio", "Kerio Connect"},
	{"CommuniGate", "CommuniGate Pro"},
	{"Lotus Domino", "HCL Domino"},
	{"Domino", "HCL Domino"},
	{"Stalwart", "Stalwart"},
	{"UW IMAP", "UW IMAP"},
	{"IMAP4rev1 200", "UW IMAP"},
	{"Qpopper", "Qpopper"},
	{"Nemesis", "Nemesis (1&1)"},
	{"Python SMTP", "Python aiosmtpd"},
	{"PowerMTA", "PowerMTA"},
	{"Maddy", "maddy"},
};

const char *
software_of_banner(struct bytes banner)
{
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (bytes_isearch(banner, bytes_str(known[i].word)) != SIZE_MAX)
			return known[i].name;
	}
	return NULL;
}
