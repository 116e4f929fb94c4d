# Shortens the output of "go test -v": a package that passed is one line, with each skipped test and its reason above it; of
# a package that failed everything is shown. (Without -v, go test hides the skips of a package that passed.)

/^=== (RUN|PAUSE|CONT|NAME)/ || /^ *--- PASS/ { next }

/^(ok|\?|FAIL|---) *\t/ || /^FAIL/ && NF > 1 {
	for (i = 0; i < n; i++) {
		if ($1 == "FAIL" || keep[i]) print lines[i]
	}
	print
	fflush()
	n = 0
	delete keep
	next
}

{
	lines[n] = $0
	keep[n] = /^ *--- SKIP/ || /^\*\*\* /
	if (keep[n] && /SKIP/ && n > 0) keep[n - 1] = 1 # t.Skip logs its reason just before
	n++
}

END { for (i = 0; i < n; i++) print lines[i] }
