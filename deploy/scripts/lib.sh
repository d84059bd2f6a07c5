# shellcheck shell=bash
# What the scripts of this folder share. It is sourced, never run.
#
# The caller sets `set -euo pipefail`. Functions that fail say why on stderr.

# The services that have a schema. The gateway has none.
SERVICES=(auth research analysis report)

# The program that makes and checks SHA-256 sums: GNU's, or macOS's.
# shellcheck disable=SC2034 # used where this is sourced
if command -v sha256sum >/dev/null; then CHECKSUM=(sha256sum); else CHECKSUM=(shasum -a 256); fi

say() { printf '%s: %s\n' "${0##*/}" "$*" >&2; }
die() { say "$*"; exit 1; }

# usage_error MESSAGE: for a call that cannot be meant; exit code 2.
usage_error() { say "$*"; exit 2; }

# through_fleet ARGS…: without DATABASE_URL, runs this script again inside the local
# mode, which starts its PostgreSQL (or finds it running) and sets DATABASE_URL,
# BLOB_URL and STATE_DIR. Does not return then.
through_fleet() {
	[[ -z ${DATABASE_URL:-} ]] || return 0
	local program=${RESEARCHER_PRO:-.bin/researcher-pro}
	command -v "$program" >/dev/null ||
		die "set DATABASE_URL, or RESEARCHER_PRO to the researcher-pro program ($program is not there: make build)"
	[[ -z ${RP_INSIDE_FLEET:-} ]] || die "$program with-database did not set DATABASE_URL"
	RP_INSIDE_FLEET=1 exec "$program" with-database -- "$0" "$@"
}

# find_postgres puts the newest PostgreSQL client programs on PATH if none are there.
find_postgres() {
	command -v pg_dump >/dev/null && command -v psql >/dev/null && return 0
	local bin
	bin=$(printf '%s\n' /usr/lib/postgresql/*/bin /opt/homebrew/opt/postgresql*/bin | sort -V | tail -n 1)
	[[ -x $bin/pg_dump && -x $bin/psql ]] || die "psql and pg_dump are needed: install PostgreSQL's client programs"
	PATH=$bin:$PATH
}

# decode TEXT prints TEXT with its %XX escapes decoded.
decode() {
	local text=${1//\\/\\\\}
	printf '%b' "${text//%/\\x}"
}

# connect_to URL sets the PG* variables that psql, pg_dump and pg_restore read, so that
# the password stands in no argument list. Parameters that only Go's pgx knows are left out.
connect_to() {
	local rest=${1#*://} query='' authority hosts one host port pair
	[[ $1 == postgres://* || $1 == postgresql://* ]] || die "DATABASE_URL must begin with postgres://"
	if [[ $rest == *\?* ]]; then
		query=${rest#*\?}
		rest=${rest%%\?*}
	fi
	authority=${rest%%/*}
	[[ $rest != */?* ]] || PGDATABASE=$(decode "${rest#*/}")
	if [[ $authority == *@* ]]; then
		PGUSER=$(decode "${authority%%[:@]*}")
		pair=${authority%@*}
		[[ $pair != *:* ]] || PGPASSWORD=$(decode "${pair#*:}")
		authority=${authority##*@}
	fi
	PGHOST='' PGPORT=''
	IFS=, read -r -a hosts <<<"$authority"
	for one in ${hosts[@]+"${hosts[@]}"}; do
		port=''
		if [[ $one =~ ^(.*):([0-9]+)$ ]]; then
			port=${BASH_REMATCH[2]}
			one=${BASH_REMATCH[1]}
		fi
		host=${one#\[}
		PGHOST+=${PGHOST:+,}$(decode "${host%\]}")
		PGPORT+=${PGPORT:+,}${port:-5432}
	done
	connect_parameters "$query"
	[[ -n $PGHOST ]] || unset PGHOST
	[[ -n $PGPORT ]] || unset PGPORT
	export PGHOST PGPORT PGUSER PGPASSWORD PGDATABASE
}

# connect_parameters QUERY applies the parameters of a database URL.
connect_parameters() {
	local parameters pair value
	IFS='&' read -r -a parameters <<<"$1"
	for pair in ${parameters[@]+"${parameters[@]}"}; do
		value=$(decode "${pair#*=}")
		case ${pair%%=*} in
		host) PGHOST=$value ;;
		port) PGPORT=$value ;;
		user) PGUSER=$value ;;
		password) PGPASSWORD=$value ;;
		dbname) PGDATABASE=$value ;;
		sslmode) export PGSSLMODE=$value ;;
		sslrootcert) export PGSSLROOTCERT=$value ;;
		sslcert) export PGSSLCERT=$value ;;
		sslkey) export PGSSLKEY=$value ;;
		channel_binding) export PGCHANNELBINDING=$value ;;
		connect_timeout) export PGCONNECT_TIMEOUT=$value ;;
		target_session_attrs) export PGTARGETSESSIONATTRS=$value ;;
		options) export PGOPTIONS=$value ;;
		esac
	done
}

# sql ARGS… runs psql for scripts: the first error ends it, values come out bare.
sql() { psql --no-psqlrc --quiet --tuples-only --no-align --set=ON_ERROR_STOP=1 "$@"; }

# schemas prints those of SERVICES that have a schema in the database, one a line.
schemas() {
	local service
	for service in "${SERVICES[@]}"; do
		sql --set=name="$service" <<<"SELECT nspname FROM pg_namespace WHERE nspname = :'name'"
	done
}

# need_all_rows ends the script unless the role of DATABASE_URL sees the rows of all
# workspaces: with row-level security in force, others would silently see none.
need_all_rows() {
	local sees
	sees=$(sql --command="SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user") ||
		die "cannot ask the database"
	[[ $sees == t ]] ||
		die "the role of DATABASE_URL must be a superuser or have BYPASSRLS: row-level security hides the rows of workspaces from it"
}

# blob_folder prints the folder behind a file:// BLOB_URL, and nothing for other stores.
blob_folder() {
	local url=${BLOB_URL:-}
	[[ $url == file://* ]] || return 0
	url=${url#file://}
	decode "${url%%\?*}"
}
