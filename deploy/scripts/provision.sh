#!/usr/bin/env bash
# Gives each service its schema and its login role in the database, with the passwords
# of the environment. Safe to repeat: that is also how a password is changed.
#
#   AUTH_DB_PASSWORD=… RESEARCH_DB_PASSWORD=… ANALYSIS_DB_PASSWORD=… REPORT_DB_PASSWORD=… \
#     DATABASE_URL=postgres://admin:…@host/researcherpro deploy/scripts/provision.sh
#
# The role of DATABASE_URL needs CREATEROLE and CREATE on the database. Without
# DATABASE_URL the PG* variables of psql hold. The local mode needs none of this.
set -euo pipefail
here=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source-path=SCRIPTDIR
source "$here/lib.sh"

# password_variable SERVICE prints the name of the variable with its password.
password_variable() { printf '%s_DB_PASSWORD' "${1^^}"; }

missing=()
for service in "${SERVICES[@]}"; do
	variable=$(password_variable "$service")
	[[ -n ${!variable:-} ]] || missing+=("$variable")
done
[[ ${#missing[@]} -eq 0 ]] || usage_error "set ${missing[*]}"

find_postgres
[[ -z ${DATABASE_URL:-} ]] || connect_to "$DATABASE_URL"

# One transaction: all services have what they need, or nothing changed.
{
	printf 'SET client_min_messages = warning;\nBEGIN;\nSELECT pg_advisory_xact_lock(x%s::bigint);\n' "'0000727070726f76'"
	for service in "${SERVICES[@]}"; do
		printf '\\set service %s\n' "$service"
		cat "$here/schema.sql"
		# psql reads the password itself: it is in no argument list and no file.
		printf '\\getenv password %s\n' "$(password_variable "$service")"
		# shellcheck disable=SC2016 # these are psql's variables
		printf '%s\n' "ALTER ROLE :\"role\" LOGIN PASSWORD :'password';"
	done
	printf 'COMMIT;\n'
} | sql --output=/dev/null
say "schemas and login roles are ready: ${SERVICES[*]}"
