#!/usr/bin/env bash
# The tests with real clients, servers, browser and workerd. Of what they say,
# the figures and the failures are shown.
set -euo pipefail
cd "$(dirname "$0")/.."

GATEHOUSE_E2E=1 go test -v -count=1 -timeout 40m "$@" 2>&1 |
	grep --line-buffered -vE '^ *(=== (RUN|PAUSE|CONT|NAME)|--- (PASS|SKIP)|PASS$)'
