/* Every SASL mechanism, said as the text of what the login event would hold. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/b64.h"
#include "base/escape.h"
#include "dissectors/sasl.h"

static const struct dis_limits limits = {.auth_bytes = 131072};

/*
 * A turn is a letter and its text. I initial response, C answer, S challenge: to be put into
 * base64; i c s: as they are. After each answer: '#' hidden, with its secret; '-' not hidden.
 */
#define TURNS 6
struct row {
	const char *name, *mech;
	struct bytes turn[TURNS];
	const char *want;
};

static void
put(struct buf *b, const char *key, struct bytes value)
{
	if (value.n == 0)
		return;
	buf_fmt(b, " %s=", key);
	escape_term(b, value);
}

static void
put_n(struct buf *b, const char *key, uint64_t value)
{
	if (value)
		buf_fmt(b, " %s=%llu", key, (unsigned long long)value);
}

static void
put_detail(struct buf *b, const struct sasl_detail *d)
{
	put(b, "domain", d->domain);
	put(b, "host", d->workstation);
	put_n(b, "v", d->ntlm_version);
	put_n(b, "anon", d->ntlm_anonymous);
	put(b, "target", d->ntlm_target);
	put_n(b, "iter", d->scram_iterations);
	put_n(b, "salt", d->scram_salt_len);
	if (d->scram_cb)
		buf_fmt(b, " cb=%c", d->scram_cb);
	put_n(b, "ch", d->challenge_seen);
	put(b, "qop", d->qop);
	put(b, "realm", d->realm);
	put(b, "service", d->service);
	put_n(b, "etype", d->krb_etype);
	put_n(b, "krb", d->krb_token);
	put(b, "jwt", d->jwt);
	put_n(b, "exp", (uint64_t)d->jwt_exp_s);
	put(b, "error", d->error);
	put(b, "trace", d->trace);
}

static void
put_login(struct buf *b, struct sasl *s)
{
	static const char *const exposures[] = {"none", "token", "crackable", "password"};
	struct ev_sasl_info info;
	struct ev_login l;

	sasl_login(s, &l);
	buf_add(b, l.mechanism);
	put(b, "user", l.user);
	put(b, "authzid", l.authzid);
	put(b, "secret", l.secret);
	buf_fmt(b, " %s", exposures[l.exposure]);
	if (l.initial_response)
		buf_str(b, " ir");
	if (l.cancelled)
		buf_str(b, " cancelled");
	if (sasl_complete(s))
		buf_str(b, " complete");
	if (sasl_info(s, &info))
		buf_str(b, " info");
	assert_false(sasl_info(s, &info));
	put_n(b, "bad", l.malformed);
	put_n(b, "at", l.credential.packet);
	put_detail(b, &l.detail);
}

static void
put_mask(struct buf *b, const struct sasl *s, size_t len)
{
	struct mask m;

	if (!sasl_mask(s, 5, (uint32_t)len, &m)) {
		buf_str(b, "- ");
		return;
	}
	assert_int_equal(m.off, 5);
	assert_int_equal(m.len, len);
	buf_str(b, "#");
	escape_term(b, m.secret);
	buf_str(b, " ");
}

static void
play_turn(struct sasl *s, struct bytes turn, unsigned nth, struct buf *log)
{
	struct place at = {.packet = nth + 1};
	struct bytes text = bytes_from(turn, 1);
	struct buf b64;

	buf_init(&b64, 1 << 20);
	if (turn.p[0] >= 'A' && turn.p[0] <= 'Z')
		b64_encode(text, &b64);
	else
		buf_add(&b64, text);
	if ((turn.p[0] | 0x20) == 's') {
		sasl_challenge(s, buf_bytes(&b64));
	} else {
		if ((turn.p[0] | 0x20) == 'i')
			sasl_initial(s, buf_bytes(&b64), &at);
		else
			sasl_response(s, buf_bytes(&b64), &at);
		put_mask(log, s, b64.n);
	}
	buf_done(&b64);
}

#define V1_24 "123456789012345678901234"
/* clang-format off */
#define TYPE3(flags) "NTLMSSP\0\3\0\0\0" "\x18\0\x18\0\x40\0\0\0" "\x18\0\x18\0\x58\0\0\0" "\2\0\2\0\x70\0\0\0" \
	"\4\0\4\0\x72\0\0\0" "\2\0\2\0\x76\0\0\0" "\0\0\0\0\x40\0\0\0" flags V1_24 V1_24
/* Lm 24 octets at 64, Nt 24 at 88, domain 112, user 114, host 118, key 0, flags. */
static const struct row rows[] = {
	{ "plain", "plain", { BYTES("I\0tim\0tanstaaftanstaaf") }, "#tanstaaftanstaaf PLAIN user=tim secret=tanstaaftanstaaf password ir complete at=1" },
	{ "plain asked", "PLAIN", { BYTES("s"), BYTES("CUrsel\0Kurt\0xipj3plmq") }, "#xipj3plmq PLAIN user=Kurt authzid=Ursel secret=xipj3plmq password complete at=2" },
	{ "plain utf-8", "PLAIN", { BYTES("I\0j\xc3\xb6rg\0p\xc3\xa4\xe2\x82\xac word") }, "#p\xc3\xa4\xe2\x82\xac word PLAIN user=j\xc3\xb6rg secret=p\xc3\xa4\xe2\x82\xac word password ir complete at=1" },
	{ "plain no padding", "PLAIN", { BYTES("iAHRpbQBhYg") }, "#ab PLAIN user=tim secret=ab password ir complete at=1" },
	{ "plain bad base64", "PLAIN", { BYTES("iAHRpbQBhYg!!") }, "#ab PLAIN user=tim secret=ab password ir complete bad=1 at=1" },
	{ "plain one nul", "PLAIN", { BYTES("Itim\0pw") }, "#pw PLAIN user=tim secret=pw password ir complete bad=2 at=1" },
	{ "plain no nul", "PLAIN", { BYTES("Ihunter2x") }, "#hunter2x PLAIN none ir complete bad=2" },
	{ "plain three nuls", "PLAIN", { BYTES("I\0tim\0p\0w") }, "#p\\x00w PLAIN user=tim secret=p\\x00w password ir complete bad=2 at=1" },
	{ "plain no password", "PLAIN", { BYTES("I\0tim\0") }, "# PLAIN user=tim none ir complete" },
	{ "plain cancelled", "PLAIN", { BYTES("s"), BYTES("c*") }, "- PLAIN none cancelled complete" },
	{ "plain only asked", "PLAIN", { BYTES("s") }, "PLAIN none" },
	{ "shell", "PLAIN", { BYTES("I\0$(id)\0x`y%n") }, "#x`y%n PLAIN user=$(id) secret=x`y%n password ir complete bad=64 at=1" },
	{ "login", "LOGIN", { BYTES("SUsername:"), BYTES("Cfred"), BYTES("SPassword:"), BYTES("Cse cret") }, "- #se cret LOGIN user=fred secret=se cret password complete at=4" },
	{ "login, name at once", "login", { BYTES("Ifred"), BYTES("SPassword:"), BYTES("Cpw") }, "- #pw LOGIN user=fred secret=pw password ir complete at=3" },
	{ "login, odd prompts", "LOGIN", { BYTES("SPassword:"), BYTES("Cfred"), BYTES("SUsername:"), BYTES("Cpw") }, "- #pw LOGIN user=fred secret=pw password complete at=4" },
	{ "login, empty initial", "LOGIN", { BYTES("i="), BYTES("s"), BYTES("Cfred"), BYTES("s"), BYTES("Cpw") }, "- - #pw LOGIN user=fred secret=pw password ir complete at=5" },
	{ "login, name only", "LOGIN", { BYTES("Cfred"), BYTES("c*") }, "- - LOGIN user=fred none cancelled complete" },
	{ "login, rubbish", "LOGIN", { BYTES("C\x01\xff\xfe"), BYTES("C\x80\x81") }, "- #\xef\xbf\xbd\xef\xbf\xbd LOGIN user=\\x01\xef\xbf\xbd\xef\xbf\xbd secret=\xef\xbf\xbd\xef\xbf\xbd password complete at=2" },
	{ "login, no base64", "LOGIN", { BYTES("cfred@example.org"), BYTES("cp-w") }, "# #p-w LOGIN user=fred@example.org secret=p-w password complete bad=1 at=2" },
	{ "login, nul", "LOGIN", { BYTES("Cfr\0ed"), BYTES("Cpw") }, "- #pw LOGIN user=fr\\x00ed secret=pw password complete bad=16 at=2" },
	{ "cram", "CRAM-MD5", { BYTES("S<1896.697170952@postoffice.reston.mci.net>"), BYTES("Ctim b913a602c7eda7a495b4e6e7334d3890") }, "#b913a602c7eda7a495b4e6e7334d3890 CRAM-MD5 user=tim secret=b913a602c7eda7a495b4e6e7334d3890 crackable complete at=2 ch=1" },
	{ "cram, name with spaces", "CRAM-MD5", { BYTES("Sx"), BYTES("Ctim the cat b913a602c7eda7a495b4e6e7334d3890") }, "#b913a602c7eda7a495b4e6e7334d3890 CRAM-MD5 user=tim the cat secret=b913a602c7eda7a495b4e6e7334d3890 crackable complete at=2" },
	{ "digest", "DIGEST-MD5",
	  { BYTES("Srealm=\"elwood.innosoft.com\",nonce=\"OA6MG9tEQGm2hh\",qop=\"auth\",algorithm=md5-sess,charset=utf-8"),
	    BYTES("Ccharset=utf-8,username=\"chr\\\"is, x\",realm=\"elwood.innosoft.com\",nonce=\"OA6MG9tEQGm2hh\",nc=00000001,digest-uri=\"imap/elwood.innosoft.com\",response=d388dad90d4bbd760a152321f2143af7,qop=auth-conf"),
	    BYTES("Srspauth=ea40f60335c427b5527b84dbabcdfffd"), BYTES("c") },
	  "#d388dad90d4bbd760a152321f2143af7 - DIGEST-MD5 user=chr\"is, x secret=d388dad90d4bbd760a152321f2143af7 crackable complete at=2 ch=1 qop=auth-conf realm=elwood.innosoft.com service=imap/elwood.innosoft.com" },
	{ "digest, broken quotes", "DIGEST-MD5", { BYTES("Cusername=\"a\\"), BYTES("C=,=\"") }, "# # DIGEST-MD5 user=a\\ none complete" },
	{ "scram", "scram-sha-256",
	  { BYTES("In,,n=user,r=rOprNGfwEbeRWgbNEkqO"), BYTES("Sr=rOprNGfwEbeRWgbNEkqO%hvYDpW,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096"),
	    BYTES("Cc=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpW,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ="), BYTES("Sv=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=") },
	  "- #dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ= SCRAM-SHA-256 user=user secret=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ= crackable ir complete info at=3 iter=4096 salt=16 cb=n ch=1" },
	{ "scram plus, names", "SCRAM-SHA-1-PLUS", { BYTES("Ip=tls-unique,a=bo=2Css,n=a=2Cb=3Dc,r=x"), BYTES("Se=unknown-user") },
	  "- SCRAM-SHA-1-PLUS user=a,b=c authzid=bo,ss none ir cb=p error=unknown-user" },
	{ "scram y", "SCRAM-SHA-1", { BYTES("Iy,,n=u,r=x"), BYTES("Sr=xy,s=QQ,i=99999999999") }, "- SCRAM-SHA-1 user=u none ir salt=1 cb=y" },
	{ "ntlm v1 oem", "NTLM", { BYTES("INTLMSSP\0\1\0\0\0\7\x02\0\0"), BYTES("C" TYPE3("\2\0\0\0") "DOjackPC") },
	  "- #313233343536373839303132333435363738393031323334 NTLM user=jack secret=313233343536373839303132333435363738393031323334 crackable ir complete at=2 domain=DO host=PC v=1" },
	{ "ntlm unicode", "NTLM", { BYTES("C" TYPE3("\1\0\0\0") "D\0\xe9\0z\0H\0") },
	  "#313233343536373839303132333435363738393031323334 NTLM user=\xc3\xa9z secret=313233343536373839303132333435363738393031323334 crackable complete at=1 domain=D host=H v=1" },
	{ "ntlm cut", "NTLM", { BYTES("C" TYPE3("\1\0\0\0") "D\0") },
	  "#313233343536373839303132333435363738393031323334 NTLM secret=313233343536373839303132333435363738393031323334 crackable complete bad=8 at=1 domain=D v=1" },
	{ "ntlm far too short", "NTLM", { BYTES("CNTLMSSP\0\3\0\0\0\1\0") }, "- NTLM none bad=8" },
	{ "ntlm anonymous", "NTLM", { BYTES("CNTLMSSP\0\3\0\0\0" "\1\0\1\0\x40\0\0\0" "\0\0\0\0\0\0\0\0" "\0\0\0\0\0\0\0\0" "\0\0\0\0\0\0\0\0" "\0\0\0\0\0\0\0\0" "\0\0\0\0\0\0\0\0" "\1\0\0\0\0") },
	  "# NTLM none complete anon=1" },
	{ "ntlm challenge", "NTLM",
	  { BYTES("SNTLMSSP\0\2\0\0\0" "\2\0\2\0\x38\0\0\0" "\1\0\0\2" "12345678" "\0\0\0\0\0\0\0\0" "\x10\0\x10\0\x3a\0\0\0" "\x0a\0\x63\x45\0\0\0\x0f" "T\0" "\2\0\2\0D\0" "\3\0\2\0c\0" "\0\0\0\0") },
	  "NTLM none info target=nb_domain=D; dns_computer=c; os=10.0.17763 ch=1" },
	{ "ntlm supported", "NTLM", { BYTES("sntlm supported"), BYTES("CNTLMSSP\0\1\0\0\0\7\x02\0\0") }, "- NTLM none" },
	{ "xoauth2", "XOAUTH2", { BYTES("Iuser=someuser@example.com\1auth=Bearer ya29.vF9dft4qmTc2Nvb3RlckBhdHRhdmlzdGEuY29tCg\1\1"),
	    BYTES("S{\"status\":\"401\",\"schemes\":\"bearer\"}"), BYTES("iAQ==") },
	  "#ya29.vF9dft4qmTc2Nvb3RlckBhdHRhdmlzdGEuY29tCg - XOAUTH2 user=someuser@example.com secret=ya29.vF9dft4qmTc2Nvb3RlckBhdHRhdmlzdGEuY29tCg token ir complete at=1 error=401" },
	{ "oauthbearer", "OAUTHBEARER", { BYTES("In,a=user@example.com,\1host=server.example.com\1port=143\1auth=Bearer vF9dft4\1\1") },
	  "#vF9dft4 OAUTHBEARER user=user@example.com authzid=user@example.com secret=vF9dft4 token ir complete at=1 cb=n service=server.example.com:143" },
	{ "jwt", "XOAUTH2", { BYTES("Iuser=u\1auth=Bearer eyJhbGciOiJSUzI1NiIsInR5cCI6IkpXVCJ9.eyJpc3MiOiJodHRwczovL2lkcC8iLCJzdWIiOiJqb2UiLCJuIjp7ImF1ZCI6Im5vIn0sImF1ZCI6WyJtYWlsIl0sImV4cCI6MTcwMDAwMDAwMH0.c2ln\1\1") },
	  "#eyJhbGciOiJSUzI1NiIsInR5cCI6IkpXVCJ9.eyJpc3MiOiJodHRwczovL2lkcC8iLCJzdWIiOiJqb2UiLCJuIjp7ImF1ZCI6Im5vIn0sImF1ZCI6WyJtYWlsIl0sImV4cCI6MTcwMDAwMDAwMH0.c2ln XOAUTH2 user=u secret=eyJhbGciOiJSUzI1NiIsInR5cCI6IkpXVCJ9.eyJpc3MiOiJodHRwczovL2lkcC8iLCJzdWIiOiJqb2UiLCJuIjp7ImF1ZCI6Im5vIn0sImF1ZCI6WyJtYWlsIl0sImV4cCI6MTcwMDAwMDAwMH0.c2ln token ir complete at=1 jwt=alg=RS256; iss=https://idp/; aud=mail exp=1700000000" },
	{ "external", "EXTERNAL", { BYTES("i=") }, "- EXTERNAL none ir complete" },
	{ "external, named", "EXTERNAL", { BYTES("Ifred") }, "- EXTERNAL user=fred authzid=fred none ir complete" },
	{ "anonymous", "ANONYMOUS", { BYTES("Isirhc") }, "- ANONYMOUS none ir complete trace=sirhc" },
	{ "unknown", "XYMPKI", { BYTES("IY]v=1") }, "#Y]v=1 XYMPKI none ir at=1" },
	{ "unseen login, prompts", "", { BYTES("SUsername:"), BYTES("Cfred"), BYTES("SPassword:"), BYTES("Cpw") }, "# #pw LOGIN user=fred secret=pw password complete at=4" },
	{ "unseen login, no prompts", "", { BYTES("Cfred"), BYTES("Cpw") }, "# #pw LOGIN user=fred secret=pw password complete at=2" },
	{ "unseen login, password only", "", { BYTES("SPassword:"), BYTES("Cpw") }, "#pw LOGIN secret=pw password complete at=2" },
	{ "unseen, one answer", "", { BYTES("Cpw") }, "# LOGIN secret=pw password" },
	{ "unseen plain", "", { BYTES("C\0tim\0pw") }, "#pw PLAIN user=tim secret=pw password complete at=1" },
	{ "unseen cram", "", { BYTES("Ctim b913a602c7eda7a495b4e6e7334d3890") }, "#b913a602c7eda7a495b4e6e7334d3890 CRAM-MD5 user=tim secret=b913a602c7eda7a495b4e6e7334d3890 crackable complete at=1" },
	{ "gssapi, cut", "GSSAPI", { BYTES("I\x60\x82\xff\xff\x06") }, "# GSSAPI none ir bad=8" },
	{ "gssapi",  "GSSAPI", { BYTES("I\x60\x57\x06\x09\x2a\x86\x48\x86\xf7\x12\x01\x02\x02\x01\x00"
	    "\x6e\x48\x30\x46\xa0\x03\x02\x01\x05\xa1\x03\x02\x01\x0e\xa3\x3a\x61\x38\x30\x36\xa0\x03\x02\x01\x05"
	    "\xa1\x0b\x1b\x09LAB.LOCAL" "\xa2\x15\x30\x13\xa0\x03\x02\x01\x01\xa1\x0c\x30\x0a\x1b\x04imap\x1b\x02mx"
	    "\xa3\x0b\x30\x09\xa0\x03\x02\x01\x17\xa2\x02\x04\x00"),
	    BYTES("C\x05\x04\x04\xff\0\x0c\0\0\0\0\0\0\0\0\0\0\1\0\0\0xxxxxxxxxxxx") },
	  "# # GSSAPI none ir complete at=1 qop=auth realm=LAB.LOCAL service=imap/mx etype=23 krb=1" },
	{ "spnego with ntlm", "GSS-SPNEGO", { BYTES("C\xa1\x81" TYPE3("\2\0\0\0") "DOjackPC") },
	  "#313233343536373839303132333435363738393031323334 GSS-SPNEGO user=jack secret=313233343536373839303132333435363738393031323334 crackable complete at=1 domain=DO host=PC v=1" },
};
/* clang-format on */

static void
test_exchanges(void **state)
{
	struct place begun = {.packet = 0};
	unsigned wrong = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct sasl *s = sasl_new(bytes_str(rows[i].mech), &begun, &limits);
		struct buf log;

		buf_init(&log, 65536);
		for (unsigned t = 0; t < TURNS && rows[i].turn[t].n; t++)
			play_turn(s, rows[i].turn[t], t, &log);
		put_login(&log, s);
		if (strcmp(buf_text(&log), rows[i].want) != 0) {
			print_error("%s:\n got %s\nwant %s\n", rows[i].name, buf_text(&log),
				rows[i].want);
			wrong++;
		}
		buf_done(&log);
		sasl_free(&s);
		assert_null(s);
	}
	assert_int_equal(wrong, 0);
}

/* No fixed-size cuts: 40 KiB of name and of secret come out whole, and are noted as too long.
 */
static void
test_long(void **state)
{
	struct place begun = {.packet = 1};
	struct sasl *s = sasl_new(BYTES("PLAIN"), &begun, &limits);
	struct ev_login l;
	struct buf text, b64;

	(void)state;
	buf_init(&text, 1 << 20);
	buf_init(&b64, 1 << 20);
	buf_byte(&text, 0);
	for (size_t i = 0; i < 40960; i++)
		buf_byte(&text, 'u');
	buf_byte(&text, 0);
	for (size_t i = 0; i < 40960; i++)
		buf_byte(&text, 'p');
	b64_encode(buf_bytes(&text), &b64);
	sasl_initial(s, buf_bytes(&b64), &begun);
	sasl_login(s, &l);
	assert_int_equal(l.user.n, 40960);
	assert_int_equal(l.secret.n, 40960);
	assert_int_equal(l.secret.p[40959], 'p');
	assert_int_equal(l.malformed, SASL_TOO_LONG | SASL_HUGE);
	sasl_free(&s);
	buf_done(&text);
	buf_done(&b64);
}

static void
test_verdict(void **state)
{
	struct place begun = {.packet = 1}, at = {.packet = 9};
	struct sasl *s = sasl_new(BYTES("PLAIN"), &begun, &limits);
	struct ev_login l;

	(void)state;
	sasl_initial(s, BYTES("AHRpbQBhYg=="), &begun);
	sasl_verdict(s, AUTH_REFUSED, 535, "bad_credentials", BYTES("535 5.7.8 no"), &at);
	sasl_response(s, BYTES("Zm9v"), &at);
	sasl_login(s, &l);
	assert_int_equal(l.result, AUTH_REFUSED);
	assert_int_equal(l.code, 535);
	assert_string_equal(l.reason, "bad_credentials");
	assert_true(bytes_is(l.reply, "535 5.7.8 no"));
	assert_int_equal(l.verdict.packet, 9);
	assert_int_equal(l.malformed, SASL_AFTER_VERDICT);
	assert_true(bytes_is(l.secret, "ab"));
	sasl_free(&s);
}

static void
test_plain_text(void **state)
{
	struct place at = {.packet = 3}, cred = {.packet = 4};
	struct sasl *s = sasl_plain_login("USER/PASS", BYTES("mrose"), BYTES("tan staaf"),
		EXPOSURE_PASSWORD, &at, &cred, &limits);
	struct ev_login l;

	(void)state;
	sasl_login(s, &l);
	assert_false(l.sasl);
	assert_true(bytes_is(l.mechanism, "USER/PASS"));
	assert_true(bytes_is(l.user, "mrose"));
	assert_true(bytes_is(l.secret, "tan staaf"));
	assert_int_equal(l.exposure, EXPOSURE_PASSWORD);
	assert_int_equal(l.begun.packet, 3);
	assert_int_equal(l.credential.packet, 4);
	sasl_free(&s);
}

static void
test_apop(void **state)
{
	static const struct {
		struct bytes timestamp;
		bool malformed;
	} stamps[] = {{BYTES("<1896.697170952@dbc.mtview.ca.us>"), false},
		{BYTES("<1896@a@b>"), true}, {BYTES("<abc>"), true},
		{BYTES("<a\xffz@b>"), true}, {BYTES("<@b>"), true}, {BYTES(""), false}};
	struct place at = {.packet = 3};

	(void)state;
	for (size_t i = 0; i < sizeof(stamps) / sizeof(stamps[0]); i++) {
		struct sasl *s = sasl_apop(stamps[i].timestamp, BYTES("mrose"),
			BYTES("c4c9334bac560ecc979e58001b3e22fb"), &at, &limits);
		struct ev_login l;

		sasl_login(s, &l);
		assert_int_equal(l.detail.apop_malformed, stamps[i].malformed);
		assert_int_equal(l.exposure, EXPOSURE_CRACKABLE);
		assert_int_equal(l.detail.challenge_seen, stamps[i].timestamp.n > 0);
		sasl_free(&s);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_exchanges),
		cmocka_unit_test(test_long),
		cmocka_unit_test(test_verdict),
		cmocka_unit_test(test_plain_text),
		cmocka_unit_test(test_apop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
