#include "dissectors/tls/names_int.h"

#include <stdio.h>
#include <string.h>

/* clang-format off */
static const struct tls_name versions[] = {
	{SSL_2, "SSL 2.0"}, {SSL_3, "SSL 3.0"}, {TLS_1_0, "TLS 1.0"}, {TLS_1_1, "TLS 1.1"},
	{TLS_1_2, "TLS 1.2"}, {TLS_1_3, "TLS 1.3"},
};

static const struct tls_name groups[] = { /* TLS Supported Groups */
	{1, "sect163k1"}, {2, "sect163r1"}, {3, "sect163r2"}, {4, "sect193r1"},
	{5, "sect193r2"}, {6, "sect233k1"}, {7, "sect233r1"}, {8, "sect239k1"},
	{9, "sect283k1"}, {10, "sect283r1"}, {11, "sect409k1"}, {12, "sect409r1"},
	{13, "sect571k1"}, {14, "sect571r1"}, {15, "secp160k1"}, {16, "secp160r1"},
	{17, "secp160r2"}, {18, "secp192k1"}, {19, "secp192r1"}, {20, "secp224k1"},
	{21, "secp224r1"}, {22, "secp256k1"}, {23, "secp256r1"}, {24, "secp384r1"},
	{25, "secp521r1"}, {26, "brainpoolP256r1"}, {27, "brainpoolP384r1"},
	{28, "brainpoolP512r1"}, {29, "x25519"}, {30, "x448"},
	{31, "brainpoolP256r1tls13"}, {32, "brainpoolP384r1tls13"},
	{33, "brainpoolP512r1tls13"}, {34, "GC256A"}, {35, "GC256B"}, {36, "GC256C"},
	{37, "GC256D"}, {38, "GC512A"}, {39, "GC512B"}, {40, "GC512C"}, {41, "curveSM2"},
	{0x0100, "ffdhe2048"}, {0x0101, "ffdhe3072"}, {0x0102, "ffdhe4096"},
	{0x0103, "ffdhe6144"}, {0x0104, "ffdhe8192"},
	{0x0200, "MLKEM512"}, {0x0201, "MLKEM768"}, {0x0202, "MLKEM1024"},
	{0x11eb, "SecP256r1MLKEM768"}, {0x11ec, "X25519MLKEM768"},
	{0x11ed, "SecP384r1MLKEM1024"}, {0x11ee, "curveSM2MLKEM768"},
	{0x6399, "X25519Kyber768Draft00"}, {0x639a, "SecP256r1Kyber768Draft00"},
	{0xff01, "arbitrary_explicit_prime_curves"},
	{0xff02, "arbitrary_explicit_char2_curves"},
};

static const struct tls_name sigalgs[] = { /* TLS SignatureScheme; pairs of RFC 5246 */
	{0x0101, "rsa_pkcs1_md5"}, {0x0102, "dsa_md5"}, {0x0103, "ecdsa_md5"},
	{0x0201, "rsa_pkcs1_sha1"}, {0x0202, "dsa_sha1"}, {0x0203, "ecdsa_sha1"},
	{0x0301, "rsa_pkcs1_sha224"}, {0x0302, "dsa_sha224"}, {0x0303, "ecdsa_sha224"},
	{0x0401, "rsa_pkcs1_sha256"}, {0x0402, "dsa_sha256"},
	{0x0403, "ecdsa_secp256r1_sha256"}, {0x0420, "rsa_pkcs1_sha256_legacy"},
	{0x0501, "rsa_pkcs1_sha384"}, {0x0502, "dsa_sha384"},
	{0x0503, "ecdsa_secp384r1_sha384"}, {0x0520, "rsa_pkcs1_sha384_legacy"},
	{0x0601, "rsa_pkcs1_sha512"}, {0x0602, "dsa_sha512"},
	{0x0603, "ecdsa_secp521r1_sha512"}, {0x0620, "rsa_pkcs1_sha512_legacy"},
	{0x0704, "eccsi_sha256"}, {0x0705, "iso_ibs1"}, {0x0706, "iso_ibs2"},
	{0x0707, "iso_chinese_ibs"}, {0x0708, "sm2sig_sm3"},
	{0x0709, "gostr34102012_256a"}, {0x070a, "gostr34102012_256b"},
	{0x070b, "gostr34102012_256c"}, {0x070c, "gostr34102012_256d"},
	{0x070d, "gostr34102012_512a"}, {0x070e, "gostr34102012_512b"},
	{0x070f, "gostr34102012_512c"},
	{0x0804, "rsa_pss_rsae_sha256"}, {0x0805, "rsa_pss_rsae_sha384"},
	{0x0806, "rsa_pss_rsae_sha512"}, {0x0807, "ed25519"}, {0x0808, "ed448"},
	{0x0809, "rsa_pss_pss_sha256"}, {0x080a, "rsa_pss_pss_sha384"},
	{0x080b, "rsa_pss_pss_sha512"},
	{0x081a, "ecdsa_brainpoolP256r1tls13_sha256"},
	{0x081b, "ecdsa_brainpoolP384r1tls13_sha384"},
	{0x081c, "ecdsa_brainpoolP512r1tls13_sha512"},
	{0x0840, "gostr34102012_256"}, {0x0841, "gostr34102012_512"},
	{0x0904, "mldsa44"}, {0x0905, "mldsa65"}, {0x0906, "mldsa87"},
	{0x0911, "slhdsa_sha2_128s"}, {0x0912, "slhdsa_sha2_128f"},
	{0x0913, "slhdsa_sha2_192s"}, {0x0914, "slhdsa_sha2_192f"},
	{0x0915, "slhdsa_sha2_256s"}, {0x0916, "slhdsa_sha2_256f"},
	{0x0917, "slhdsa_shake_128s"}, {0x0918, "slhdsa_shake_128f"},
	{0x0919, "slhdsa_shake_192s"}, {0x091a, "slhdsa_shake_192f"},
	{0x091b, "slhdsa_shake_256s"}, {0x091c, "slhdsa_shake_256f"},
};

static const struct tls_name extensions[] = { /* TLS ExtensionType Values */
	{0, "server_name"}, {1, "max_fragment_length"}, {2, "client_certificate_url"},
	{3, "trusted_ca_keys"}, {4, "truncated_hmac"}, {5, "status_request"},
	{6, "user_mapping"}, {7, "client_authz"}, {8, "server_authz"}, {9, "cert_type"},
	{10, "supported_groups"}, {11, "ec_point_formats"}, {12, "srp"},
	{13, "signature_algorithms"}, {14, "use_srtp"}, {15, "heartbeat"},
	{16, "application_layer_protocol_negotiation"}, {17, "status_request_v2"},
	{18, "signed_certificate_timestamp"}, {19, "client_certificate_type"},
	{20, "server_certificate_type"}, {21, "padding"}, {22, "encrypt_then_mac"},
	{23, "extended_master_secret"}, {24, "token_binding"}, {25, "cached_info"},
	{26, "tls_lts"}, {27, "compress_certificate"}, {28, "record_size_limit"},
	{29, "pwd_protect"}, {30, "pwd_clear"}, {31, "password_salt"},
	{32, "ticket_pinning"}, {33, "tls_cert_with_extern_psk"},
	{34, "delegated_credential"}, {35, "session_ticket"}, {36, "TLMSP"},
	{37, "TLMSP_proxying"}, {38, "TLMSP_delegate"}, {39, "supported_ekt_ciphers"},
	{41, "pre_shared_key"}, {42, "early_data"}, {43, "supported_versions"},
	{44, "cookie"}, {45, "psk_key_exchange_modes"}, {47, "certificate_authorities"},
	{48, "oid_filters"}, {49, "post_handshake_auth"},
	{50, "signature_algorithms_cert"}, {51, "key_share"}, {52, "transparency_info"},
	{53, "connection_id_deprecated"}, {54, "connection_id"}, {55, "external_id_hash"},
	{56, "external_session_id"}, {57, "quic_transport_parameters"},
	{58, "ticket_request"}, {59, "dnssec_chain"},
	{60, "sequence_number_encryption_algorithms"}, {61, "rrc"}, {62, "tls_flags"},
	{13172, "next_protocol_negotiation"}, {17513, "application_settings"},
	{17613, "application_settings"}, {30032, "channel_id"},
	{0xfd00, "ech_outer_extensions"}, {0xfe0d, "encrypted_client_hello"},
	{0xff01, "renegotiation_info"}, {0xffce, "encrypted_server_name"},
};

static const struct tls_name alerts[] = { /* TLS Alerts */
	{0, "close_notify"}, {10, "unexpected_message"}, {20, "bad_record_mac"},
	{21, "decryption_failed"}, {22, "record_overflow"}, {30, "decompression_failure"},
	{40, "handshake_failure"}, {41, "no_certificate"}, {42, "bad_certificate"},
	{43, "unsupported_certificate"}, {44, "certificate_revoked"},
	{45, "certificate_expired"}, {46, "certificate_unknown"}, {47, "illegal_parameter"},
	{48, "unknown_ca"}, {49, "access_denied"}, {50, "decode_error"},
	{51, "decrypt_error"}, {52, "too_many_cids_requested"}, {60, "export_restriction"},
	{70, "protocol_version"}, {71, "insufficient_security"}, {80, "internal_error"},
	{86, "inappropriate_fallback"}, {90, "user_canceled"}, {100, "no_renegotiation"},
	{109, "missing_extension"}, {110, "unsupported_extension"},
	{111, "certificate_unobtainable"}, {112, "unrecognized_name"},
	{113, "bad_certificate_status_response"}, {114, "bad_certificate_hash_value"},
	{115, "unknown_psk_identity"}, {116, "certificate_required"},
	{117, "general_error"}, {120, "no_application_protocol"}, {121, "ech_required"},
};
/* clang-format on */

static const char *
find(const struct tls_name *table, size_t n, uint16_t id)
{
	size_t lo = 0, hi = n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (table[mid].id == id)
			return table[mid].name;
		if (table[mid].id < id)
			lo = mid + 1;
		else
			hi = mid;
	}
	return NULL;
}

#define FIND(table, id) find(table, sizeof(table) / sizeof((table)[0]), id)

const char *
tls_suite_name(uint16_t id)
{
	return find(tls_suites, tls_suites_n, id);
}

const char *
tls_group_name(uint16_t id)
{
	return FIND(groups, id);
}

const char *
tls_sigalg_name(uint16_t id)
{
	return FIND(sigalgs, id);
}

const char *
tls_extension_name(uint16_t id)
{
	return FIND(extensions, id);
}

const char *
tls_alert_name(uint8_t id)
{
	return FIND(alerts, id);
}

const char *
tls_version_name(uint16_t id)
{
	return FIND(versions, id);
}

static const char *
text(const char *name, unsigned id, const char *format, char out[TLS_NUMBER])
{
	if (name)
		return name;
	snprintf(out, TLS_NUMBER, format, id);
	return out;
}

const char *
tls_suite_text(uint16_t version, uint16_t id, char out[TLS_NUMBER])
{
	return text(version == SSL_2 ? tls_ssl2_suite_name(id) : tls_suite_name(id), id,
		"0x%04X", out);
}

const char *
tls_group_text(uint16_t id, char out[TLS_NUMBER])
{
	return text(tls_group_name(id), id, "0x%04X", out);
}

const char *
tls_sigalg_text(uint16_t id, char out[TLS_NUMBER])
{
	return text(tls_sigalg_name(id), id, "0x%04X", out);
}

const char *
tls_extension_text(uint16_t id, char out[TLS_NUMBER])
{
	return text(tls_extension_name(id), id, "%u", out);
}

const char *
tls_version_text(uint16_t id, char out[TLS_NUMBER])
{
	return text(tls_version_name(id), id, "0x%04X", out);
}

const char *
tls_alert_text(uint8_t id, char out[TLS_NUMBER])
{
	return text(tls_alert_name(id), id, "%u", out);
}

/* SSL 2: three octets each, told by the first two. */
static const struct ssl2_suite {
	uint16_t id;
	const char *name;
	unsigned traits;
} ssl2_suites[] = {
	{0x0100, "SSL_CK_RC4_128_WITH_MD5", SUITE_RC4},
	{0x0200, "SSL_CK_RC4_128_EXPORT40_WITH_MD5", SUITE_RC4 | SUITE_EXPORT},
	{0x0300, "SSL_CK_RC2_128_CBC_WITH_MD5", SUITE_RC2 | SUITE_CBC},
	{0x0400, "SSL_CK_RC2_128_CBC_EXPORT40_WITH_MD5", SUITE_RC2 | SUITE_EXPORT | SUITE_CBC},
	{0x0500, "SSL_CK_IDEA_128_CBC_WITH_MD5", SUITE_IDEA | SUITE_CBC},
	{0x0600, "SSL_CK_DES_64_CBC_WITH_MD5", SUITE_DES | SUITE_CBC},
	{0x0700, "SSL_CK_DES_192_EDE3_CBC_WITH_MD5", SUITE_3DES | SUITE_CBC},
	{0x0800, "SSL_CK_RC4_64_WITH_MD5", SUITE_RC4},
};

static const struct ssl2_suite *
ssl2_suite(uint16_t id)
{
	size_t i = (size_t)(id >> 8) - 1;

	return i < sizeof(ssl2_suites) / sizeof(ssl2_suites[0]) && !(id & 0xff)
		       ? &ssl2_suites[i]
		       : NULL;
}

const char *
tls_ssl2_suite_name(uint16_t id)
{
	const struct ssl2_suite *s = ssl2_suite(id);

	return s ? s->name : NULL;
}

unsigned
tls_ssl2_suite_traits(uint16_t id)
{
	const struct ssl2_suite *s = ssl2_suite(id);

	return s ? s->traits | SUITE_RSA | SUITE_MD5 | SUITE_KNOWN : 0;
}

/* What a part of a suite's name says. The names follow a grammar: TLS_KX_AUTH_WITH_CIPHER_MAC.
 */
static const struct word {
	const char *word;
	unsigned traits;
} key_words[] =
	{
		/* the part before _WITH_, from its beginning; the first that fits */
		{"DH_anon", SUITE_ANON | SUITE_DHE},
		{"ECDH_anon", SUITE_ANON | SUITE_ECDHE},
		{"DHE_PSK", SUITE_DHE | SUITE_PSK},
		{"PSK_DHE", SUITE_DHE | SUITE_PSK},
		{"ECDHE_PSK", SUITE_ECDHE | SUITE_PSK},
		{"RSA_PSK", SUITE_RSA | SUITE_PSK},
		{"DHE_", SUITE_DHE},
		{"ECDHE_", SUITE_ECDHE},
		{"DH_", SUITE_STATIC},
		{"ECDH_", SUITE_STATIC},
		{"RSA", SUITE_RSA},
		{"PSK", SUITE_PSK},
		{"ECCPWD", SUITE_ECDHE},
		{"ECJPAKE", SUITE_ECDHE},
},
  cipher_words[] = {
	  /* anywhere behind _WITH_; all that fit */
	  {"NULL", SUITE_NULL},
	  {"RC4", SUITE_RC4},
	  {"RC2", SUITE_RC2},
	  {"IDEA", SUITE_IDEA},
	  {"3DES", SUITE_3DES},
	  {"_CBC", SUITE_CBC},
	  {"GCM", SUITE_AEAD},
	  {"CCM", SUITE_AEAD},
	  {"POLY1305", SUITE_AEAD},
	  {"MGM", SUITE_AEAD},
	  {"SEED_CBC", SUITE_DATED},
	  {"CAMELLIA_128_CBC", SUITE_DATED},
	  {"CAMELLIA_256_CBC", SUITE_DATED},
	  {"ARIA_128_CBC", SUITE_DATED},
	  {"ARIA_256_CBC", SUITE_DATED},
};

static unsigned
key_traits(struct bytes key)
{
	unsigned t = bytes_search(key, BYTES("EXPORT")) != SIZE_MAX ? SUITE_EXPORT : 0;

	for (size_t i = 0; i < sizeof(key_words) / sizeof(key_words[0]); i++)
		if (bytes_starts(key, key_words[i].word))
			return t | key_words[i].traits;
	return t;
}

static bool
ends(struct bytes in, const char *tail)
{
	size_t n = strlen(tail);

	return in.n >= n && bytes_is(bytes_from(in, in.n - n), tail);
}

static unsigned
cipher_traits(struct bytes cipher)
{
	unsigned t = 0;

	for (size_t i = 0; i < sizeof(cipher_words) / sizeof(cipher_words[0]); i++)
		if (bytes_search(cipher, bytes_str(cipher_words[i].word)) != SIZE_MAX)
			t |= cipher_words[i].traits;
	if (bytes_starts(cipher, "DES"))
		t |= SUITE_DES;
	if (!(t & SUITE_AEAD))
		t |= ends(cipher, "_SHA") ? SUITE_SHA1 : ends(cipher, "_MD5") ? SUITE_MD5 : 0;
	return t;
}

unsigned
tls_suite_traits(uint16_t id)
{
	struct bytes name = bytes_str(tls_suite_name(id));
	size_t with = bytes_search(name, BYTES("_WITH_"));

	if (!name.n)
		return 0;
	if (with != SIZE_MAX)
		return SUITE_KNOWN | key_traits(bytes_sub(name, 4, with - 4)) |
		       cipher_traits(bytes_from(name, with + 6));
	if (ends(name, "_SCSV"))
		return SUITE_KNOWN | SUITE_SIGNAL;
	/* RFC 9150: integrity alone */
	if (bytes_is(name, "TLS_SHA256_SHA256") || bytes_is(name, "TLS_SHA384_SHA384"))
		return SUITE_KNOWN | SUITE_1_3 | SUITE_NULL;
	return SUITE_KNOWN | SUITE_1_3 | SUITE_AEAD;
}

unsigned
tls_suites_traits(struct bytes list, bool sslv2)
{
	unsigned all = 0;
	size_t width = sslv2 ? 3 : 2;

	for (size_t at = 0; at + width <= list.n; at += width) {
		const uint8_t *p = list.p + at;

		if (!sslv2)
			all |= tls_suite_traits((uint16_t)(p[0] << 8 | p[1]));
		else if (p[0] == 0) /* RFC 5246 E.2 */
			all |= tls_suite_traits((uint16_t)(p[1] << 8 | p[2]));
		else
			all |= tls_ssl2_suite_traits((uint16_t)(p[0] << 8 | p[1]));
	}
	return all;
}

unsigned
tls_group_bits(uint16_t id)
{
	static const uint16_t curves[] = {0, 163, 163, 163, 193, 193, 233, 233, 239, 283, 283,
		409, 409, 571, 571, 160, 160, 160, 192, 192, 224, 224, 256, 256, 384, 521, 256,
		384, 512, 255, 448, 256, 384, 512, 256, 256, 256, 256, 512, 512, 512, 256};
	static const uint16_t ffdhe[] = {2048, 3072, 4096, 6144, 8192};

	if (id < sizeof(curves) / sizeof(curves[0]))
		return curves[id];
	if (id >= 0x0100 && id < 0x0100 + sizeof(ffdhe) / sizeof(ffdhe[0]))
		return ffdhe[id - 0x0100];
	return 0;
}

bool
tls_group_pq(uint16_t id)
{
	return (id >= 0x0200 && id <= 0x0202) || (id >= 0x11eb && id <= 0x11ee) ||
	       id == 0x6399 || id == 0x639a;
}
