#!/usr/bin/env bash
# Writes everything that the system would have to be brought back into one archive:
#
#   deploy/scripts/backup.sh FILE.tar.gz     that file, which must not be there yet
#   deploy/scripts/backup.sh DIRECTORY       a new file named by the time; only the newest
#                                            BACKUP_KEEP (14) of such files are kept
#
# In it: a dump of the database (one consistent moment of all schemas), the blobs, the
# secret key of the local mode, a manifest, and checksums. Everything may go on running.
# Without DATABASE_URL it saves the local mode's state; else DATABASE_URL (a role that
# sees all rows), BLOB_URL and STATE_DIR say what to save. Blobs in s3:// stay where they
# are: their protection is the bucket's own versioning.
set -euo pipefail
here=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source-path=SCRIPTDIR
source "$here/lib.sh"

[[ $# -eq 1 && -n $1 ]] || usage_error "usage: backup.sh FILE.tar.gz | DIRECTORY"
through_fleet "$@"
find_postgres
connect_to "$DATABASE_URL"

target=$1
if [[ -d $target ]]; then
	target=${target%/}/researcher-pro-$(date -u +%Y%m%dT%H%M%SZ).tar.gz
fi
[[ $target == *.tar.gz ]] || usage_error "the file's name must end in .tar.gz"
[[ ! -e $target ]] || usage_error "$target is there already"
umask 077 # the archive holds password hashes and the secret key

work=$(mktemp -d)
trap 'rm -rf "$work" "$target.part"' EXIT

# The database first, the blobs after it: a blob is stored before the row that names it,
# so every row of the dump finds its blob.
dump_database() {
	need_all_rows
	mapfile -t found < <(schemas)
	[[ ${#found[@]} -gt 0 ]] || die "the database holds none of the schemas ${SERVICES[*]}: nothing to save"
	local choose=()
	for schema in "${found[@]}"; do choose+=(--schema="$schema"); done
	# Not compressed here: the whole archive is.
	pg_dump --format=custom --compress=0 --no-password "${choose[@]}" --file="$work/database.dump"
}

# list_blobs writes the blobs' names below blobs/; half-written ones have no such name.
list_blobs() {
	local folder
	folder=$(blob_folder)
	: >"$work/list"
	if [[ -n $folder && -d $folder ]]; then
		ln -s "$(cd -- "$folder" && pwd)" "$work/blobs"
		(cd "$work" && find blobs/ -type f ! -name '*.tmp*' | sort >list)
	elif [[ -z $folder && -n ${BLOB_URL:-} ]]; then
		say "blobs are in ${BLOB_URL%%\?*}: they are not part of this archive, the bucket's own versioning protects them"
	fi
}

write_manifest() {
	local store=none
	[[ -z ${BLOB_URL:-} ]] || store=${BLOB_URL%%://*}
	{
		echo "format=1"
		echo "time=$(date -u +%Y-%m-%dT%H:%M:%SZ)"
		echo "server=$(sql --command='SHOW server_version')"
		echo "schemas=${found[*]}"
		echo "blobs=$store"
		echo "blob_count=$(wc -l <"$work/list" | tr -d ' ')"
		echo "secret_key=$([[ -f $work/secret.key ]] && echo yes || echo no)"
	} >"$work/manifest"
}

dump_database
list_blobs
members=(database.dump)
if [[ -n ${STATE_DIR:-} && -f $STATE_DIR/secret.key ]]; then
	cp "$STATE_DIR/secret.key" "$work/secret.key"
	members+=(secret.key)
else
	say "no secret key in the archive: keep SECRET_KEY yourself, without it sealed keys cannot be opened"
fi
write_manifest
(
	cd "$work"
	{
		printf '%s\0' manifest "${members[@]}"
		tr '\n' '\0' <list
	} | xargs -0 "${CHECKSUM[@]}" >SHA256SUMS
	tar -cf - manifest SHA256SUMS "${members[@]}" -T list | gzip
) >"$target.part"
mv "$target.part" "$target"
say "wrote $target ($(wc -c <"$target" | tr -d ' ') bytes, $(wc -l <"$work/list" | tr -d ' ') blobs)"

# Rotation, in a directory only, and only of files that this script named.
if [[ -d $1 ]]; then
	find "${1%/}" -maxdepth 1 -type f -name 'researcher-pro-*T*Z.tar.gz' | sort -r |
		tail -n "+$((${BACKUP_KEEP:-14} + 1))" | while IFS= read -r old; do
		rm -f -- "$old"
		say "removed $old"
	done
fi
