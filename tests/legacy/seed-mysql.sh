#!/usr/bin/env bash
# One database for each application that keeps its users in MySQL or MariaDB, named after it. For a container's
# /docker-entrypoint-initdb.d, or by hand: MYSQL="mariadb -uroot" tests/legacy/seed-mysql.sh
set -eu
here=${LEGACY:-$(dirname "${BASH_SOURCE[0]}")}
client=${MYSQL:-mariadb -uroot -p"${MARIADB_ROOT_PASSWORD:-}"}
for name in devise django drupal10 drupal7 joomla laravel magento2 mediawiki moodle nextcloud phpbb prestashop wordpress; do
    $client -e "CREATE DATABASE IF NOT EXISTS $name CHARACTER SET utf8mb4"
    $client "$name" <"$here/$name.sql"
done
