#!/usr/bin/env bash
# Keeps the database small and its statistics fresh. Everything may go on running.
#
#   deploy/scripts/maintenance.sh
#
# Deletes refresh tokens and sessions that expired over a day ago and jobs that ended over KEEP_DAYS
# (30) days ago, then vacuums and analyzes. Without DATABASE_URL it works on the local
# mode; else on that database, by a role that sees all rows. Safe to repeat.
set -euo pipefail
here=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source-path=SCRIPTDIR
source "$here/lib.sh"

[[ $# -eq 0 ]] || usage_error "usage: maintenance.sh (it takes no arguments)"
keep=${KEEP_DAYS:-30}
[[ $keep =~ ^[0-9]{1,5}$ ]] || usage_error "KEEP_DAYS must be a number of days"
through_fleet "$@"
find_postgres
connect_to "$DATABASE_URL"
need_all_rows

# has TABLE tells whether the database has that table.
has() { [[ $(sql --set=name="$1" <<<"SELECT to_regclass(:'name') IS NOT NULL") == t ]]; }

# delete_from TABLE CONDITION deletes in batches, so that no lock is held for long, and
# says how many rows went. An expression may use :'keep'.
delete_from() {
	local total=0 rows
	while :; do
		rows=$(sql --set=keep="$keep days" <<-SQL
			WITH gone AS (DELETE FROM $1 WHERE ctid = ANY (ARRAY(
				SELECT ctid FROM $1 WHERE $2 LIMIT 10000 FOR UPDATE SKIP LOCKED)) RETURNING 1)
			SELECT count(*) FROM gone
		SQL
		)
		total=$((total + rows))
		[[ $rows -eq 10000 ]] || break
	done
	say "$1: $total rows deleted"
}

for table in auth.refresh_tokens auth.sessions; do
	if has "$table"; then delete_from "$table" "expire_time < now() - interval '1 day'"; fi
done
mapfile -t found < <(schemas)
for schema in ${found[@]+"${found[@]}"}; do
	if has "$schema.river_job"; then
		delete_from "$schema.river_job" \
			"state IN ('completed', 'cancelled', 'discarded') AND finalized_at < now() - :'keep'::interval"
	fi
	sql --set=schema="$schema" <<-'SQL'
		SELECT format('VACUUM (ANALYZE) %I.%I', schemaname, tablename) FROM pg_tables WHERE schemaname = :'schema'
		\gexec
	SQL
	say "$schema: vacuumed and analyzed"
done
