#include "dissectors/mime/words.h"

#include <stdio.h>

#include <gmime/gmime.h>

#include "base/b64.h"
#include "dissectors/mime/words_common.h"

enum {
	TEXT_BYTES = 1024 * 1024
}; /* of one field; headers.h keeps far less */

/* Made once, never freed, only read: any thread may use it. */
static GMimeParserOptions *
options(void)
{
	static gsize once;
	static GMimeParserOptions *made;
	static const char *charsets[] = {"utf-8", "windows-1252", "iso-8859-1", NULL};

	if (g_once_init_enter(&once)) {
		g_mime_init();
		made = g_mime_parser_options_new();
		g_mime_parser_options_set_rfc2047_compliance_mode(
			made, GMIME_RFC_COMPLIANCE_LOOSE);
		g_mime_parser_options_set_address_compliance_mode(
			made, GMIME_RFC_COMPLIANCE_LOOSE);
		g_mime_parser_options_set_allow_addresses_without_domain(made, TRUE);
		g_mime_parser_options_set_fallback_charsets(made, charsets);
		g_once_init_leave(&once, 1);
	}
	return made;
}

/*
 * Adjacent words are given to GMime as one: it decodes base64 text across words but stops at
 * the padding inside of it, and it does not join a character that is cut between two encodings.
 */
static bool
put_word(struct buf *out, struct bytes charset, struct bytes octets)
{
	buf_str(out, "=?");
	buf_add(out, charset);
	buf_str(out, "?B?");
	b64_encode(octets, out);
	buf_str(out, "?=");
	return true;
}

static void
prepare(struct buf *out, struct bytes in)
{
	struct buf raw;

	buf_init(&raw, TEXT_BYTES);
	words_add_raw(&raw, in);
	buf_init(out, TEXT_BYTES);
	words_replace(out, buf_bytes(&raw), put_word);
	buf_done(&raw);
}

void
words_text(struct buf *out, struct bytes in)
{
	struct buf raw;
	char *text;

	if (words_are_plain(in)) {
		words_add_raw(out, in);
		return;
	}
	prepare(&raw, in);
	text = g_mime_utils_header_decode_text(options(), buf_text(&raw));
	words_add_clean(out, bytes_str(text));
	g_free(text);
	buf_done(&raw);
}

struct walk {
	size_t left; /* addresses that may still be put */
	void (*put)(void *user, struct bytes address);
	void *user;
};

static void
walk_mailbox(struct walk *w, InternetAddress *a)
{
	const char *box = internet_address_mailbox_get_addr(INTERNET_ADDRESS_MAILBOX(a));

	w->left--;
	words_put_address(
		bytes_str(internet_address_get_name(a)), bytes_str(box), w->put, w->user);
}

/* RFC 5322 3.4: a group holds mailboxes, never groups; deeper ones of a broken list are left
 * out. */
static void
walk_group(struct walk *w, InternetAddress *a)
{
	InternetAddressList *list = internet_address_group_get_members(
		INTERNET_ADDRESS_GROUP(a));
	int n = list ? internet_address_list_length(list) : 0;

	for (int i = 0; i < n && w->left; i++) {
		InternetAddress *member = internet_address_list_get_address(list, i);

		if (INTERNET_ADDRESS_IS_MAILBOX(member))
			walk_mailbox(w, member);
	}
}

static void
walk_list(struct walk *w, InternetAddressList *list)
{
	int n = internet_address_list_length(list);

	for (int i = 0; i < n && w->left; i++) {
		InternetAddress *a = internet_address_list_get_address(list, i);

		if (INTERNET_ADDRESS_IS_MAILBOX(a))
			walk_mailbox(w, a);
		else if (INTERNET_ADDRESS_IS_GROUP(a))
			walk_group(w, a);
	}
}

void
words_addresses(
	struct bytes in, size_t max, void (*put)(void *user, struct bytes address), void *user)
{
	struct walk w = {max, put, user};
	InternetAddressList *list;
	struct buf raw;

	if (words_plain_addresses(in, max, put, user))
		return;
	prepare(&raw, in);
	list = internet_address_list_parse(options(), buf_text(&raw));
	if (list) {
		walk_list(&w, list);
		g_object_unref(list);
	}
	buf_done(&raw);
}

const char *
words_library(void)
{
	static char text[32];

	snprintf(text, sizeof(text), "GMime %u.%u.%u", gmime_major_version, gmime_minor_version,
		gmime_micro_version);
	return text;
}
