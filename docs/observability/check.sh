#!/usr/bin/env bash
# Checks the alert rules, their unit tests and every query of the dashboard with promtool, and the dashboard itself against Grafana's
# own schema. What it needs and does not find, promtool of Debian's package and @grafana/schema of npm's registry, it downloads and
# does not install. Where that is not possible it says what it leaves out; with CI=true it fails.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

GRAFANA_SCHEMA=13.2.3
TYPESCRIPT=5.9.3

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# without WHAT WHY
without() {
	echo "*** SKIPPED: $1 not checked, because $2" >&2
	[ "${CI:-}" != true ]
}

# again SECONDS COMMAND… tries a command three times, and gives each try that long: networks fail for a moment, and Node.js 20 hangs
# at its start once in some hundred times. A command that fails in the same way each time fails.
again() {
	local seconds=$1 try
	shift
	for try in 1 2 3; do
		if command -v timeout >/dev/null; then
			timeout --kill-after=5 "$seconds" "$@" && return
		else
			"$@" && return
		fi
		echo "try $try of 3 failed: $*" >&2
	done
	return 1
}

find_promtool() {
	command -v promtool >/dev/null && return
	command -v apt-get >/dev/null || return 1
	local sudo=
	[ "$(id -u)" = 0 ] || sudo=sudo
	chmod 755 "$scratch" # apt's own user writes there
	(
		cd "$scratch"
		apt-get download -qq prometheus 2>/dev/null || { again 120 $sudo apt-get update -qq && again 120 apt-get download -qq prometheus; }
		dpkg-deb -x prometheus_*.deb .
	) >&2 || return 1
	PATH="$scratch/usr/bin:$PATH"
}

check_rules() {
	promtool --version 2>&1 | head -n 1
	promtool check rules alerts.yml
	promtool test rules alerts_test.yml
}

# Each query becomes a recording rule, which promtool parses.
check_queries() {
	local queries query n=0
	queries=$(sed -nE 's/^ *"expr": "(.*)",?$/\1/p' dashboard.json | sed -e 's/\\"/"/g' -e 's/\$__rate_interval/5m/g' -e "s/'/''/g")
	if [ "$(wc -l <<<"$queries")" != "$(grep -o '"expr":' dashboard.json | wc -l)" ]; then
		echo 'not every query of dashboard.json was found: is each on a line of its own?' >&2
		return 1
	fi
	{
		echo 'groups: [{name: dashboard, rules: ['
		while IFS= read -r query; do
			n=$((n + 1))
			echo "{record: 'query:$n', expr: '$query'},"
		done <<<"$queries"
		echo ']}]'
	} >"$scratch/dashboard.yml"
	promtool check rules --lint=none "$scratch/dashboard.yml"
}

find_schema() {
	command -v npm >/dev/null &&
		again 120 npm install --prefix "$scratch" --no-save --no-audit --no-fund --ignore-scripts --loglevel=error \
			"@grafana/schema@$GRAFANA_SCHEMA" "typescript@$TYPESCRIPT" >&2
}

# The frame of the dashboard and each panel become constants, which the compiler compares with their types.
check_schema() {
	cp dashboard-schema.ts "$scratch"
	cat >"$scratch/constants.js" <<-'EOF'
		const { readFileSync, writeFileSync } = require('fs');
		const { panels, ...frame } = JSON.parse(readFileSync(process.argv[2], 'utf8'));
		const constant = (name, type, value) => `export const ${name}: ${type} = ${JSON.stringify(value, null, 1)};\n`;
		writeFileSync(process.argv[3], [
			"import type { Frame, Panels } from './dashboard-schema';\n",
			constant('frame', 'Frame', frame),
			...panels.map((panel) => constant(`panel${panel.id}`, `Panels['${panel.type}']`, panel)),
		].join(''));
	EOF
	again 60 node "$scratch/constants.js" dashboard.json "$scratch/dashboard.ts"
	(cd "$scratch" && again 120 node_modules/.bin/tsc --noEmit --strict --skipLibCheck --target es2022 --module es2022 --moduleResolution bundler dashboard.ts)
	echo "dashboard.json fits Grafana's schema $GRAFANA_SCHEMA"
}

if find_promtool; then
	check_rules
	check_queries
else
	without 'the alert rules and the queries of the dashboard are' 'promtool cannot be had (it is in the Debian package prometheus)'
fi
if find_schema; then
	check_schema
else
	without 'the form of the dashboard is' "@grafana/schema cannot be had (from npm's registry)"
fi
