#!/bin/sh
# Runs every fuzz target of the module for a while: fuzz.sh 5s
set -eu
time=${1:-5s}

fuzz() {
	go test "$1" -run '^$' -fuzz "^$2\$" -fuzztime "$time" 2>&1
}

# On a busy machine the fuzzer can end with its own deadline instead of in
# peace. That found nothing, so it is asked once more.
deadline_only() {
	case $1 in
	*"Failing input written"*) return 1 ;;
	*"context deadline exceeded"*) return 0 ;;
	esac
	return 1
}

grep -rl --exclude-dir=node_modules --include='*_test.go' '^func Fuzz' . | while read -r file; do
	pkg=./$(dirname "${file#./}")
	sed -n 's/^func \(Fuzz[A-Za-z0-9_]*\)(.*/\1/p' "$file" | while read -r target; do
		echo "fuzz $pkg $target"
		out=$(fuzz "$pkg" "$target") || { deadline_only "$out" && out=$(fuzz "$pkg" "$target"); } || {
			echo "$out"
			exit 1
		}
	done
done
