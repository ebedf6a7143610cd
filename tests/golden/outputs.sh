# What the golden files hold. Sourced by check.sh and update.sh, with $program and $top set; runs in the root of the clone.

GOLDEN_SAMPLES='starttls-stripped pop3-clear refused-logins bdat imap-compress'
GOLDEN_OUTPUTS='report sessions show log'

# Nothing of the user's may change the output: configuration, colours, zone. Standard output is no terminal: 80 columns.
export XDG_CONFIG_HOME=/nonexistent NO_COLOR=1 TZ=UTC LC_ALL=C.UTF-8

# golden_output SAMPLE OUTPUT: how long a run took and the memory it held differ from run to run, and are left out.
golden_output()
{
	local file=samples/pcap/$1.pcap
	case $2 in
	show) "$program" show --session 1 --explain "$file" ;;
	log) "$program" log "$file" |
		sed -E '/"event_type":"stats"/s/"(elapsed|packets_per_second|bytes_per_second|memory_bytes)":[0-9.]+,?//g; s/,\}/}/g' ;;
	*) "$program" "$2" "$file" ;;
	esac
}
