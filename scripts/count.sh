# Runs tests and counts what came of them: one line each, and the totals at the end. Sourced by test.

passed=0 failed=0 skipped=0

say_ok()
{
	passed=$((passed + 1))
	echo "ok    $1"
}

say_failed()
{
	failed=$((failed + 1))
	echo "FAIL  $1"
}

# In CI nothing may be skipped but what reads ../shared in a clone that stands alone.
say_skipped()
{
	case ${CI:-},$2 in
	true,*../shared*) ;;
	true,*)
		say_failed "$1 (skipped: $2)"
		return
		;;
	esac
	skipped=$((skipped + 1))
	echo "skip  $1: $2"
}

# check NAME COMMAND…: one test, with the seconds it took. Status 0 is passed, 77 skipped for the reason of its last line, else failed; what a
# failing one printed is shown. Returns 1 when it failed.
check()
{
	local name=$1 log rc=0 began=$SECONDS
	shift
	log=$(mktemp)
	"$@" >"$log" 2>&1 </dev/null || rc=$?
	case $rc in
	0) say_ok "$name ($((SECONDS - began)) s)" ;;
	77) say_skipped "$name" "$(tail -n 1 "$log" | sed 's/^skipped: //')" ;;
	*)
		tail -n 80 "$log" | sed 's/^/      /'
		say_failed "$name"
		;;
	esac
	rm -f "$log"
	[ $rc = 0 ] || [ $rc = 77 ]
}

# check_meson DIR [ARGS…]: the tests of a build, counted one by one.
check_meson()
{
	local dir=$1 word name reason
	shift
	rm -f "$dir/meson-logs/testlog.json"
	meson test -C "$dir" --no-rebuild "$@" >"$dir/meson-logs/test.out" 2>&1 </dev/null || true
	if [ ! -s "$dir/meson-logs/testlog.json" ]; then
		tail -n 40 "$dir/meson-logs/test.out"
		say_failed "$dir"
		return 1
	fi
	while IFS='	' read -r word name reason; do
		case $word in
		ok) say_ok "$dir $name" ;;
		skip) say_skipped "$dir $name" "$reason" ;;
		text) echo "      $name" ;;
		*) say_failed "$dir $name" ;;
		esac
	done < <(/usr/bin/python3 scripts/meson_results.py "$dir/meson-logs/testlog.json")
}

# Prints the totals; the exit status is that of the whole run.
totals()
{
	echo "$passed passed, $failed failed, $skipped skipped"
	[ $failed = 0 ]
}
