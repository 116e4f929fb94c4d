#!/usr/bin/env bash
# Checks the alert rules, their unit tests and every query of the dashboard with promtool. Without promtool it says so and
# leaves; with CI=true it gets promtool from Debian's package, without installing that, or fails.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

download_promtool() {
	local sudo=
	[ "$(id -u)" = 0 ] || sudo=sudo
	chmod 755 "$scratch" # apt's own user writes there
	(
		cd "$scratch"
		apt-get download -qq prometheus 2>/dev/null || { $sudo apt-get update -qq && apt-get download -qq prometheus; }
		dpkg-deb -x prometheus_*.deb .
	) >&2
	PATH="$scratch/usr/bin:$PATH"
}

if ! command -v promtool >/dev/null; then
	if [ "${CI:-}" != true ]; then
		echo '*** SKIPPED: the alert rules and the dashboard are not checked, because there is no promtool (in the Debian package prometheus)' >&2
		exit 0
	fi
	download_promtool
fi
promtool --version 2>&1 | head -n 1

promtool check rules alerts.yml
promtool test rules alerts_test.yml

# The dashboard: each query becomes a recording rule, which promtool parses.
queries=$(sed -nE 's/^ *"expr": "(.*)",?$/\1/p' dashboard.json | sed -e 's/\\"/"/g' -e 's/\$__rate_interval/5m/g' -e "s/'/''/g")
if [ "$(wc -l <<<"$queries")" != "$(grep -o '"expr":' dashboard.json | wc -l)" ]; then
	echo 'not every query of dashboard.json was found: is each on a line of its own?' >&2
	exit 1
fi
{
	echo 'groups: [{name: dashboard, rules: ['
	n=0
	while IFS= read -r query; do
		n=$((n + 1))
		echo "{record: 'query:$n', expr: '$query'},"
	done <<<"$queries"
	echo ']}]'
} >"$scratch/dashboard.yml"
promtool check rules --lint=none "$scratch/dashboard.yml"
