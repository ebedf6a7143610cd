# A certification authority of the lab, and every kind of certificate that a server may show. Sourced by lab.sh and by
# certificates.sh. All that it makes is in the directory PKI.
#
#   pki_begin DIR; pki_leaf NAME KEY…    makes DIR/NAME.pem (leaf and intermediates) and DIR/NAME.key

HOST=mail.example.test

# pki_key FILE KIND: rsa:BITS, ec:CURVE, ed25519
pki_key()
{
	case $2 in
	rsa:*) openssl genpkey -algorithm RSA -pkeyopt "rsa_keygen_bits:${2#rsa:}" -out "$1" ;;
	ec:*) openssl genpkey -algorithm EC -pkeyopt "ec_paramgen_curve:${2#ec:}" -pkeyopt ec_param_enc:named_curve -out "$1" ;;
	*) openssl genpkey -algorithm "$2" -out "$1" ;;
	esac 2>/dev/null
	chmod 644 "$1"
}

# pki_date DAYS: that many days from now, as `openssl ca` wants it; or a date in that form.
pki_date()
{
	case $1 in
	*Z) echo "$1" ;;
	*) date -u -d "$1 days" +%Y%m%d%H%M%SZ ;;
	esac
}

# pki_issue NAME ISSUER: a certificate for NAME.key by ISSUER ("" or NAME: by itself), from the variables SUBJECT, EXT,
# FROM and UNTIL (days from now), DIGEST, KIND.
pki_issue()
{
	local name=$1 issuer=${2:-$1} by
	[ -n "${KIND:-}" ] || [ ! -e "$PKI/leaf.key" ] || cp "$PKI/leaf.key" "$PKI/$name.key"
	[ -e "$PKI/$name.key" ] || pki_key "$PKI/$name.key" "${KIND:-rsa:2048}"
	{
		printf '[req]\ndistinguished_name=dn\nstring_mask=utf8only\n[dn]\n[ca]\ndefault_ca=lab\n[lab]\n'
		printf 'database=%s/index\nnew_certs_dir=%s\nrand_serial=yes\npolicy=any\nunique_subject=no\n' "$PKI" "$PKI/new"
		printf 'email_in_dn=yes\ncopy_extensions=none\ndefault_days=90\ndefault_md=sha256\n[any]\n'
		printf 'C=optional\nO=optional\nOU=optional\nCN=optional\nemailAddress=optional\n[ext]\n'
		printf '%b\n' "${EXT:-}"
	} >"$PKI/$name.cnf"
	openssl req -new -utf8 -config "$PKI/$name.cnf" -key "$PKI/$name.key" -subj "${SUBJECT:-/CN=$HOST}" -out "$PKI/$name.csr"
	: >"$PKI/index"
	by="-cert $PKI/$issuer.crt -keyfile $PKI/$issuer.key"
	[ "$issuer" = "$name" ] && by="-selfsign -keyfile $PKI/$name.key"
	# shellcheck disable=SC2086
	openssl ca -batch -utf8 -preserveDN -notext -config "$PKI/$name.cnf" $by -md "${DIGEST:-sha256}" ${EXT:+-extensions ext} \
		-startdate "$(pki_date "${FROM:--1}")" -enddate "$(pki_date "${UNTIL:-60}")" -in "$PKI/$name.csr" \
		-out "$PKI/$name.crt" 2>"$PKI/openssl.log" || { cat "$PKI/openssl.log" >&2; return 1; }
	rm -f "$PKI/$name.csr" "$PKI/$name.cnf" "$PKI/index"* "$PKI"/new/*
}

PKI_CA='basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign\nsubjectKeyIdentifier=hash'
PKI_KEYS='subjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid'
PKI_LEAF="basicConstraints=CA:FALSE\nkeyUsage=digitalSignature,keyEncipherment\nextendedKeyUsage=serverAuth\n$PKI_KEYS"

pki_begin()
{
	PKI=$1
	mkdir -p "$PKI/new"
	SUBJECT="/O=Example Trust/CN=Example Root" EXT=$PKI_CA FROM=-1000 UNTIL=4000 KIND=ec:prime256v1 pki_issue root
	SUBJECT="/O=Example Trust/CN=Example Issuing 1" EXT="$PKI_CA\n$PKI_KEYS" FROM=-500 UNTIL=2000 pki_issue issuing root
	pki_key "$PKI/leaf.key" rsa:2048
}

# pki_chain NAME CERTIFICATE…: what the server shows.
pki_chain()
{
	local name=$1 c
	shift
	for c in "$@"; do
		cat "$PKI/$c.crt"
	done >"$PKI/$name.pem"
}

# A leaf of the issuing authority, with the variables of pki_issue; SAN: its names.
pki_leaf()
{
	local ext="$PKI_LEAF\nsubjectAltName=${SAN:-DNS:$HOST}"
	EXT=${EXT:-$ext} pki_issue "$1" issuing
	pki_chain "$1" "$1" issuing
}

# Every kind, by the name of what is wrong with it.
pki_all()
{
	pki_leaf good
	KIND=ec:prime256v1 pki_leaf good-ec
	KIND=ed25519 pki_leaf good-ed25519
	SAN="DNS:*.example.test,DNS:example.test,IP:192.0.2.20,IP:2001:db8::20" pki_leaf wildcard
	FROM=-400 UNTIL=-10 pki_leaf expired
	FROM=10 UNTIL=100 pki_leaf not-yet-valid
	FROM=-83 UNTIL=7 pki_leaf expires-soon
	SUBJECT=/CN=other.example.test SAN=DNS:other.example.test pki_leaf wrong-name
	SUBJECT="/CN=$HOST" EXT=$PKI_LEAF pki_leaf cn-only
	DIGEST=sha1 pki_leaf sha1
	DIGEST=md5 pki_leaf md5
	KIND=rsa:1024 pki_leaf rsa-1024
	KIND=ec:secp224r1 pki_leaf ec-224
	EXT="extendedKeyUsage=codeSigning\nsubjectAltName=DNS:$HOST" pki_leaf code-signing
	EXT="$PKI_CA\nsubjectAltName=DNS:$HOST" pki_leaf ca-as-leaf
	FROM=-10 UNTIL=4000 pki_leaf too-long
	pki_leaf no-intermediate
	pki_chain no-intermediate no-intermediate
	pki_chain bad-order good root issuing
	EXT="$PKI_LEAF\nsubjectAltName=DNS:$HOST" SUBJECT="/O=Bücher, Söhne\\+Co/CN=$HOST" pki_issue self-signed
	pki_chain self-signed self-signed
	SUBJECT=/CN=localhost EXT='subjectAltName=DNS:localhost' FROM=-10 UNTIL=3640 pki_issue localhost
	pki_chain localhost localhost
	SUBJECT="/CN=$HOST" pki_issue version-1
	pki_chain version-1 version-1
	EXT="extendedKeyUsage=clientAuth\n$PKI_KEYS\nsubjectAltName=email:alice@example.test" \
		SUBJECT="/O=Example/CN=Alice/emailAddress=alice@example.test" pki_leaf client
	SUBJECT=/CN=old.example.test EXT="$PKI_LEAF" FROM=19600101000000Z UNTIL=19691231235959Z pki_leaf before-1970
	SUBJECT=/CN=far.example.test EXT="$PKI_LEAF" UNTIL=99991231235959Z pki_leaf never-ends
	pki_long
}

# Keys that no good program makes, see odd_key.py.
pki_odd()
{
	local kind
	openssl req -new -key "$PKI/leaf.key" -subj "/CN=$HOST" -out "$PKI/odd.csr"
	printf '%b\n' "$PKI_LEAF\nsubjectAltName=DNS:$HOST" >"$PKI/odd.cnf"
	for kind in roca exponent-1 even; do
		/usr/bin/python3 "$MAKE/odd_key.py" "$kind" >"$PKI/odd.pub"
		openssl x509 -req -in "$PKI/odd.csr" -CA "$PKI/issuing.crt" -CAkey "$PKI/issuing.key" -days 60 -extfile "$PKI/odd.cnf" \
			-force_pubkey "$PKI/odd.pub" -out "$PKI/key-$kind.crt" 2>/dev/null
	done
}

# Five authorities one behind the other.
pki_long()
{
	local i before=root chain=
	for i in 1 2 3 4 5; do
		SUBJECT="/O=Example Trust/CN=Example Step $i" EXT="$PKI_CA\n$PKI_KEYS" UNTIL=1000 KIND=ec:prime256v1 \
			pki_issue "step$i" "$before"
		before=step$i chain="step$i $chain"
	done
	EXT="$PKI_LEAF\nsubjectAltName=DNS:$HOST" pki_issue long-chain step5
	# shellcheck disable=SC2086
	pki_chain long-chain long-chain $chain
}
