#!/bin/sh
# Runs each fuzz target for a while: scripts/fuzz.sh 1m
set -eu
cd "$(dirname "$0")/.."
grep -rl --include='*_test.go' '^func Fuzz' . | xargs -n1 dirname | sort -u | while read -r package; do
	for target in $(grep -rh '^func Fuzz' "$package"/*_test.go | sed 's/func \(Fuzz[A-Za-z0-9]*\).*/\1/'); do
		echo "$package $target"
		go test "$package" -run '^$' -fuzz "^$target\$" -fuzztime "${1:-30s}"
	done
done
