#!/bin/sh
# Runs every fuzz target of the module for a while: fuzz.sh 5s
set -eu
time=${1:-5s}
grep -rl --include='*_test.go' '^func Fuzz' . | while read -r file; do
	pkg=./$(dirname "${file#./}")
	sed -n 's/^func \(Fuzz[A-Za-z0-9_]*\)(.*/\1/p' "$file" | while read -r target; do
		echo "fuzz $pkg $target"
		out=$(go test "$pkg" -run '^$' -fuzz "^$target\$" -fuzztime "$time" 2>&1) || {
			echo "$out"
			exit 1
		}
	done
done
