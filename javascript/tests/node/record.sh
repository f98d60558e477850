#!/usr/bin/env bash
# Writes down anew what Node and the npm packages make of the cases. Needs Node 20, npm, and the two databases.
set -eu
cd "$(dirname "$0")"
export PG=${PG:-'{"host":"127.0.0.1","user":"postgres","database":"postgres"}'}
export MYSQL=${MYSQL:-'{"socketPath":"/run/mysqld/mysqld.sock","user":"root","database":"test"}'}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp package.json record.js "$work"
(cd "$work" && npm install --silent --no-audit --no-fund)
mkdir -p recordings
node "$work/record.js" "$PWD/cases" "$PWD/recordings"
