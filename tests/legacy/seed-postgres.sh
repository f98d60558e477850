#!/usr/bin/env bash
# One database for each application that keeps its users in PostgreSQL, named after it. For a container's
# /docker-entrypoint-initdb.d, or by hand: PGUSER=postgres tests/legacy/seed-postgres.sh
set -eu
here=${LEGACY:-$(dirname "${BASH_SOURCE[0]}")}
client="psql -q -v ON_ERROR_STOP=1 -U ${POSTGRES_USER:-${PGUSER:-postgres}}"
for name in aspnet-identity devise discourse django drupal10 drupal7 keycloak laravel moodle nextcloud phpbb; do
    $client -d postgres -c "CREATE DATABASE \"$name\""
    $client -d "$name" -f "$here/$name.sql"
done
