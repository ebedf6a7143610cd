# Each script has a home directory of its own. Shared by check.sh and update.sh. A script begins with comments that say how it is run:
#   # samples: a.pcap b.pcap    of samples/pcap; the default is smtp-clear-day.pcap
#   # env: TERM=vt100           more of the environment
ui_screens()
{
	local program=$1 script=$2 samples env home rc
	samples=$(sed -n 's/^# samples: //p' "$script")
	env=$(sed -n 's/^# env: //p' "$script")
	home=$(mktemp -d)
	env -i HOME="$home" PATH="$PATH" LC_ALL=C.UTF-8 TERM=xterm-256color $env \
		"$program" ui --script "$script" $(printf 'samples/pcap/%s ' ${samples:-smtp-clear-day.pcap}) >"$home/out"
	rc=$?
	sed "s,$home,HOME," "$home/out"
	rm -rf "$home"
	return $rc
}
