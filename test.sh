#!/bin/sh
# Everything that a change must pass: generated code fresh, formatted, linted,
# tested with the race detector. It needs Go; what else it needs it installs
# where it can (Debian and Ubuntu) and names where it cannot.
set -eu
cd "$(dirname "$0")"

have_postgres() {
	command -v initdb >/dev/null 2>&1 || [ -n "${WEFT_TEST_PG_BIN:-}" ] || [ -n "${WEFT_TEST_POSTGRES_URL:-}" ] ||
		ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || { command -v pg_config >/dev/null 2>&1 && [ -x "$(pg_config --bindir)/initdb" ]; }
}

install() {
	if ! command -v apt-get >/dev/null 2>&1; then
		echo "test.sh: please install: $*" >&2
		exit 1
	fi
	as_root=""
	[ "$(id -u)" = 0 ] || as_root="sudo"
	echo "installing: $*"
	$as_root apt-get update -qq
	DEBIAN_FRONTEND=noninteractive $as_root apt-get install -y -qq --no-install-recommends "$@" >/dev/null
}

missing=""
have_postgres || missing="$missing postgresql"
command -v "${WEFT_TEST_REDIS:-redis-server}" >/dev/null 2>&1 || missing="$missing redis-server"
command -v pgbouncer >/dev/null 2>&1 || [ -x /usr/sbin/pgbouncer ] || missing="$missing pgbouncer"
command -v nginx >/dev/null 2>&1 || [ -x /usr/sbin/nginx ] || missing="$missing nginx-light"
command -v gcc >/dev/null 2>&1 || missing="$missing gcc libc6-dev" # the race detector needs it
command -v make >/dev/null 2>&1 || missing="$missing make"
command -v git >/dev/null 2>&1 || missing="$missing git"
# shellcheck disable=SC2086
[ -z "$missing" ] || install $missing

make fresh
make lint
make test
