# Reads the output of "go test -cover" and fails where a package is below the floor, or has no figure at all.

{ print }

$1 == "FAIL" { failed = 1 }

/coverage: / {
	figure = $0
	sub(/.*coverage: /, "", figure)
	sub(/%.*/, "", figure)
	packages++
	if (figure + 0 < floor) {
		printf "coverage of %s is %s %%, below the floor of %s %%\n", $2, figure, floor
		failed = 1
	}
}

END {
	if (packages == 0) print "no coverage was measured"
	exit failed || packages == 0
}
