#!/bin/sh
# Brings what the tests with real clients need: the npm packages of the clients
# and of the Worker, and a Chromium where there is none.
set -eu
cd "$(dirname "$0")/.."

command -v npm >/dev/null || {
	echo "the tests with real clients need Node.js 20 or newer, with npm: https://nodejs.org" >&2
	exit 1
}
for folder in e2e worker; do
	if [ ! -d $folder/node_modules ] || [ $folder/package-lock.json -nt $folder/node_modules/.package-lock.json ]; then
		(cd $folder && npm ci --no-audit --no-fund --loglevel=error)
	fi
done

command -v chromium >/dev/null || {
	command -v apt-get >/dev/null || {
		echo "the browser tests need Chromium: install it so that 'chromium' is on the PATH" >&2
		exit 1
	}
	sudo=""
	[ "$(id -u)" = 0 ] || sudo=sudo
	$sudo apt-get update -qq
	$sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium
}
