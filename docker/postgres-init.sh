#!/usr/bin/env bash
# Run once by the image of PostgreSQL, while it sets an empty volume up: makes the role that Privet connects as, and the
# database that belongs to it. The role is no superuser: it can do everything in its own database and nothing elsewhere.

set -euo pipefail

# The password is read by psql itself, so that it is among nobody's arguments.
psql --username="${POSTGRES_USER:-postgres}" --dbname=postgres --no-psqlrc --quiet --set=ON_ERROR_STOP=1 <<'SQL'
\set password `cat "${PRIVET_PASSWORD_FILE:-/secrets/database_password}"`
CREATE ROLE privet LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD :'password';
CREATE DATABASE privet OWNER privet;
REVOKE CONNECT, TEMPORARY ON DATABASE privet FROM PUBLIC;
SQL
