#include "model/trust.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>

#include "base/clock.h"

struct trust {
	X509_STORE *store;
	STACK_OF(X509) * own; /* of --ca */
	bool system;          /* there are roots of the system… */
	bool loaded;          /* … and they were read, which takes 50 ms */
};

/* clang-format off */
static const struct {
	enum trust_verdict verdict;
	const char *name, *text;
} verdicts[] = {
	{ TRUST_UNKNOWN, "unknown", "not assessable: no trusted roots here (--ca FILE)" },
	{ TRUST_OK, "ok", "leads to a trusted root" },
	{ TRUST_SELF_SIGNED, "self_signed", "vouches for itself" },
	{ TRUST_UNKNOWN_ISSUER, "unknown_issuer", "leads to nobody who is trusted here" },
	{ TRUST_MISSING_INTERMEDIATE, "missing_intermediate", "sent without those that lead to a root" },
	{ TRUST_BAD_SIGNATURE, "bad_signature", "a signature in the chain is wrong" },
	{ TRUST_NOT_A_CA, "not_a_ca", "signed by a certificate that may not sign others" },
	{ TRUST_PATH_LEN, "path_len", "the chain is longer than it may be" },
	{ TRUST_OTHER, "other", "the chain breaks a rule of RFC 5280" },
};

static const struct {
	int error; /* X509_V_ERR_… */
	enum trust_verdict verdict;
} errors[] = {
	{ X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT, TRUST_SELF_SIGNED },
	{ X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN, TRUST_UNKNOWN_ISSUER },
	{ X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT, TRUST_UNKNOWN_ISSUER },
	{ X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY, TRUST_UNKNOWN_ISSUER },
	{ X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE, TRUST_UNKNOWN_ISSUER },
	{ X509_V_ERR_CERT_SIGNATURE_FAILURE, TRUST_BAD_SIGNATURE },
	{ X509_V_ERR_UNABLE_TO_DECRYPT_CERT_SIGNATURE, TRUST_BAD_SIGNATURE },
	{ X509_V_ERR_UNABLE_TO_DECODE_ISSUER_PUBLIC_KEY, TRUST_BAD_SIGNATURE },
	{ X509_V_ERR_INVALID_CA, TRUST_NOT_A_CA },
	{ X509_V_ERR_INVALID_NON_CA, TRUST_NOT_A_CA },
	{ X509_V_ERR_KEYUSAGE_NO_CERTSIGN, TRUST_NOT_A_CA },
	{ X509_V_ERR_PATH_LENGTH_EXCEEDED, TRUST_PATH_LEN },
	{ X509_V_ERR_CERT_CHAIN_TOO_LONG, TRUST_PATH_LEN },
};
/* clang-format on */
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

const char *
trust_verdict_name(enum trust_verdict v)
{
	return verdicts[v].name;
}

const char *
trust_verdict_text(enum trust_verdict v)
{
	return verdicts[v].text;
}

/* roots */

/* Names of the directory are hashes: "4042bcee.0". */
static bool
has_roots(const char *dir)
{
	DIR *d = opendir(dir);
	struct dirent *e;
	bool found = false;

	while (d && !found && (e = readdir(d)))
		found = strlen(e->d_name) > 9 && e->d_name[8] == '.';
	if (d)
		closedir(d);
	return found;
}

static const char *
place_of(const char *variable, const char *usual)
{
	const char *set = secure_getenv(variable);

	return set ? set : usual;
}

static bool
system_has_roots(void)
{
	const char *dir = place_of(
		X509_get_default_cert_dir_env(), X509_get_default_cert_dir());
	const char *file = place_of(
		X509_get_default_cert_file_env(), X509_get_default_cert_file());

	return has_roots(dir) || access(file, R_OK) == 0;
}

static int
add_file(struct trust *t, const char *path, struct err *e)
{
	BIO *in = BIO_new_file(path, "r");
	X509 *x;
	int before = sk_X509_num(t->own);

	while (in && (x = PEM_read_bio_X509_AUX(in, NULL, NULL, NULL))) {
		X509_STORE_add_cert(t->store, x);
		sk_X509_push(t->own, x);
	}
	BIO_free(in);
	ERR_clear_error();
	if (!in)
		return err_set(e, -EIO, "%s: cannot be read", path);
	if (sk_X509_num(t->own) == before)
		return err_set(e, -EIO, "%s: no certificate in it (PEM is wanted)", path);
	return 0;
}

int
trust_new(const char *const *files, bool system, struct trust **ret, struct err *e)
{
	struct trust *t = mem_get(sizeof(*t));
	int rc = 0;

	*ret = t;
	t->store = X509_STORE_new();
	t->own = sk_X509_new_null();
	/* Whoever is named by --ca is trusted, root or not. */
	X509_STORE_set_flags(t->store, X509_V_FLAG_PARTIAL_CHAIN);
	t->system = system && system_has_roots();
	for (; rc == 0 && files && *files; files++)
		rc = add_file(t, *files, e);
	if (rc < 0)
		trust_free(ret);
	return rc;
}

void
trust_free(struct trust **t)
{
	if (!*t)
		return;
	X509_STORE_free((*t)->store);
	sk_X509_pop_free((*t)->own, X509_free);
	free(*t);
	*t = NULL;
}

bool
trust_has_system(const struct trust *t)
{
	return t && t->system;
}

bool
trust_has_files(const struct trust *t)
{
	return t && sk_X509_num(t->own) > 0;
}

/* judging */

/* Dates are told apart: a chain that is out of date still leads somewhere. */
static int
note(int ok, X509_STORE_CTX *ctx)
{
	struct chain_trust *trust = X509_STORE_CTX_get_app_data(ctx);
	int error = X509_STORE_CTX_get_error(ctx);

	if (ok || (error != X509_V_ERR_CERT_HAS_EXPIRED &&
			  error != X509_V_ERR_CERT_NOT_YET_VALID))
		return ok;
	trust->outdated = true;
	X509_STORE_CTX_set_error(ctx, X509_V_OK);
	return 1;
}

static enum trust_verdict
verdict_of(int error, const struct chain *c)
{
	enum trust_verdict v = TRUST_OTHER;

	for (size_t i = 0; i < COUNT(errors); i++)
		if (errors[i].error == error)
			v = errors[i].verdict;
	if (v == TRUST_UNKNOWN_ISSUER && c->n == 1)
		return TRUST_MISSING_INTERMEDIATE;
	return v;
}

static bool
is_own(const struct trust *t, const X509 *root)
{
	for (int i = 0; i < sk_X509_num(t->own); i++)
		if (root && X509_cmp(sk_X509_value(t->own, i), root) == 0)
			return true;
	return false;
}

static void
verify(const struct trust *t, const struct chain *c, STACK_OF(X509) * sent, int64_t at_ns,
	struct chain_trust *ret)
{
	X509_STORE_CTX *ctx = X509_STORE_CTX_new();
	STACK_OF(X509) * path;

	if (!ctx || !X509_STORE_CTX_init(ctx, t->store, sk_X509_value(sent, 0), sent)) {
		X509_STORE_CTX_free(ctx);
		return;
	}
	X509_VERIFY_PARAM_set_time(X509_STORE_CTX_get0_param(ctx), (time_t)(at_ns / NS_PER_S));
	X509_STORE_CTX_set_app_data(ctx, ret);
	X509_STORE_CTX_set_verify_cb(ctx, note);
	if (X509_verify_cert(ctx) == 1) {
		path = X509_STORE_CTX_get0_chain(ctx);
		ret->verdict = TRUST_OK;
		ret->public_root = !is_own(t, sk_X509_value(path, sk_X509_num(path) - 1));
	} else {
		int depth = X509_STORE_CTX_get_error_depth(ctx);

		ret->verdict = (uint8_t)verdict_of(X509_STORE_CTX_get_error(ctx), c);
		ret->depth = depth > 0 && depth < UINT8_MAX ? (uint8_t)depth : 0;
	}
	X509_STORE_CTX_free(ctx);
}

/* When the first chain is judged: most captures have none. */
static void
load_system(struct trust *t)
{
	if (!t || !t->system || t->loaded)
		return;
	X509_STORE_set_default_paths(t->store);
	ERR_clear_error();
	t->loaded = true;
}

static struct chain_trust
judge(struct trust *t, const struct chain *c, int64_t at_ns)
{
	struct chain_trust ret = {.verdict = TRUST_UNKNOWN};
	STACK_OF(X509) * sent;

	if (!trust_has_system(t) && !trust_has_files(t)) {
		if (c->certs[0]->self_signed)
			ret.verdict = TRUST_SELF_SIGNED;
		return ret;
	}
	load_system(t);
	sent = sk_X509_new_null();
	for (uint32_t i = 0; i < c->n; i++) {
		const unsigned char *p = c->certs[i]->der.p;

		sk_X509_push(sent, d2i_X509(NULL, &p, (long)c->certs[i]->der.n));
	}
	verify(t, c, sent, at_ns, &ret);
	sk_X509_pop_free(sent, X509_free);
	ERR_clear_error();
	return ret;
}

struct chain_trust
trust_judge(struct trust *t, const struct chain *c, int64_t at_ns)
{
	int64_t day = at_ns / (86400 * NS_PER_S);

	if (!chain_leaf(c))
		return (struct chain_trust){.verdict = TRUST_UNKNOWN};
	if (!c->memo->judged || c->memo->day != day) {
		c->memo->trust = judge(t, c, at_ns);
		c->memo->day = day;
		c->memo->judged = true;
	}
	return c->memo->trust;
}
