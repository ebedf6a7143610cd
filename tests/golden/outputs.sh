# What the golden files hold. Sourced by check.sh and update.sh, with $program and $top set; runs in the root of the clone.

GOLDEN_SAMPLES='starttls-stripped pop3-clear refused-logins bdat imap-compress tls-certificates-chains tls-failed dns proxy-header'
GOLDEN_OUTPUTS='report sessions show log'

# Nothing of the user's may change the output: configuration, colours, zone, whom the system trusts. Standard output is no terminal: 80 columns.
export XDG_CONFIG_HOME=/nonexistent NO_COLOR=1 TZ=UTC LC_ALL=C.UTF-8 SSL_CERT_DIR=/nonexistent SSL_CERT_FILE=/nonexistent

# golden_output SAMPLE OUTPUT: how long a run took and the memory it held differ from run to run, and are left out.
golden_output()
{
	local file=samples/pcap/$1.pcap ca=
	local types=
	case $1 in
	tls-*) ca="--ca samples/ca/example-root.pem" ;;
	dns) types="--types flow,login,smtp,pop3,imap,tls,anomaly,alert,stats,dns" ;;
	esac
	# shellcheck disable=SC2086
	case $2 in
	show) "$program" show --session 1 --explain $ca "$file" ;;
	log) "$program" log $types $ca "$file" |
		sed -E '/"event_type":"stats"/s/"(elapsed|packets_per_second|bytes_per_second|memory_bytes)":[0-9.]+,?//g; s/,\}/}/g' ;;
	*) "$program" "$2" $ca "$file" ;;
	esac
}
