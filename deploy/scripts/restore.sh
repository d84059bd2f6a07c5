#!/usr/bin/env bash
# Brings back what backup.sh wrote, into an empty database and an empty blob folder:
#
#   deploy/scripts/restore.sh [--force] FILE.tar.gz
#
# The archive is checked first, whole. Where something is already there it refuses, and
# with --force replaces it. The database is restored in one transaction: after an error
# it is as it was before. Stop the services first; it refuses while they are connected.
#
# Without DATABASE_URL it restores the local mode's state; else DATABASE_URL (a role that
# may create roles and schemas), BLOB_URL and STATE_DIR say where to. Objects get their
# service's role as owner again; roles that are not there are made without a login, and
# the fleet's next start, or provision.sh, gives them their passwords.
set -euo pipefail
here=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source-path=SCRIPTDIR
source "$here/lib.sh"

usage="usage: restore.sh [--force] FILE.tar.gz"
arguments=("$@")
force=no
if [[ ${1:-} == --force ]]; then
	force=yes
	shift
fi
[[ $# -eq 1 && $1 != -* ]] || usage_error "$usage"
archive=$1
[[ -f $archive ]] || usage_error "$archive is not there"
through_fleet "${arguments[@]}"
find_postgres
connect_to "$DATABASE_URL"
umask 077

# Beside the blobs, so that they can be moved and not copied.
folder=$(blob_folder)
if [[ -n $folder ]]; then
	mkdir -p "$(dirname -- "$folder")"
	work=$(mktemp -d "$(dirname -- "$folder")/.restore.XXXXXX")
else
	work=$(mktemp -d)
fi
trap 'rm -rf "$work"' EXIT

# manifest_value NAME prints a value of the manifest.
manifest_value() { sed -n "s/^$1=//p" "$work/manifest"; }

check_archive() {
	tar -xzf "$archive" -C "$work" --no-same-owner || die "$archive is damaged or no backup"
	[[ -f $work/manifest && -f $work/SHA256SUMS && -f $work/database.dump ]] || die "$archive is no backup of this system"
	[[ $(manifest_value format) == 1 ]] || die "$archive has format $(manifest_value format); this script reads format 1"
	(cd "$work" && "${CHECKSUM[@]}" --check --quiet SHA256SUMS) || die "$archive is damaged: the files above are not what was saved"
	local count
	count=$(find "$work/blobs" -type f 2>/dev/null | wc -l | tr -d ' ')
	[[ $count == "$(manifest_value blob_count)" ]] || die "$archive is damaged: it holds $count blobs, not $(manifest_value blob_count)"
	read -r -a saved <<<"$(manifest_value schemas)"
	local schema
	for schema in ${saved[@]+"${saved[@]}"}; do
		[[ " ${SERVICES[*]} " == *" $schema "* ]] || die "$archive holds the unknown schema $schema"
	done
	[[ ${#saved[@]} -gt 0 ]] || die "$archive holds no schema"
	if [[ $count -gt 0 && -z $folder ]]; then
		die "the archive holds $count blobs; set BLOB_URL to file:///… to say where they go"
	fi
}

# check_target refuses a target that is in use, and without --force one that is not empty.
check_target() {
	local busy relations
	busy=$(sql --command="SELECT count(*) FROM pg_stat_activity
		WHERE datname = current_database() AND usename ~ '_(auth|research|analysis|report)\$'")
	[[ $busy == 0 ]] || die "the services are connected to the database ($busy sessions): stop them first"
	relations=$(sql --command="SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
		WHERE n.nspname IN ('auth', 'research', 'analysis', 'report') AND c.relkind IN ('r', 'p', 'v', 'm')")
	[[ $relations == 0 || $force == yes ]] ||
		die "the database is not empty ($relations tables); --force replaces everything in it"
	if [[ -n $folder && -d $folder && -n $(find "$folder" -type f -print -quit) && $force == no ]]; then
		die "the blob folder $folder is not empty; --force replaces it"
	fi
}

# restore_sql prints what psql is to do, in one transaction. COMMIT is printed only when
# all went before it: should pg_restore fail half-way, psql finds the end and rolls back.
restore_sql() {
	local schema
	echo "SET client_min_messages = warning;"
	echo "BEGIN;"
	for schema in "${SERVICES[@]}"; do echo "DROP SCHEMA IF EXISTS $schema CASCADE;"; done
	for schema in "${saved[@]}"; do
		echo "\\set service $schema"
		cat "$here/schema.sql"
		# As the service's own role, so that it owns its tables again: its migrations go
		# on, and row-level security, which is forced on owners, holds.
		cat <<-'SQL'
			SELECT format('GRANT %I TO CURRENT_USER', :'role')
			WHERE NOT (SELECT rolsuper FROM pg_roles WHERE rolname = current_user)
			\gexec
			SET ROLE :"role";
		SQL
		pg_restore --no-owner --no-privileges --schema="$schema" --file=- "$work/database.dump"
		cat <<-'SQL'
			SELECT format('ANALYZE %I.%I', schemaname, tablename) FROM pg_tables WHERE schemaname = :'service'
			\gexec
			RESET ROLE;
		SQL
	done
	echo "COMMIT;"
}

# place_blobs swaps the blob folder by two renames.
place_blobs() {
	[[ -n $folder && -d $work/blobs ]] || return 0
	if [[ -e $folder ]]; then mv "$folder" "$work/replaced"; fi
	mv "$work/blobs" "$folder"
}

place_secret_key() {
	[[ -f $work/secret.key ]] || return 0
	if [[ -n ${STATE_DIR:-} ]]; then
		mkdir -p "$STATE_DIR"
		mv "$work/secret.key" "$STATE_DIR/secret.key"
	else
		say "the archive holds a secret key, and there is no STATE_DIR: use it as SECRET_KEY (tar -xzOf $archive secret.key)"
	fi
}

check_archive
check_target
restore_sql | sql --output=/dev/null
place_blobs
place_secret_key
say "restored $archive of $(manifest_value time): ${saved[*]}, $(manifest_value blob_count) blobs"
