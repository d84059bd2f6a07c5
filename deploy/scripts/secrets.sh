#!/usr/bin/env bash
# Prints fresh random secrets; nothing is stored and nothing is sent.
#
#   deploy/scripts/secrets.sh env > deploy/.env                    for compose
#   deploy/scripts/secrets.sh kubernetes | kubectl create -f -     for the overlay development
#
# Run it once: new secrets make what was sealed with the old ones unreadable.
set -euo pipefail
here=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source-path=SCRIPTDIR
source "$here/lib.sh"
umask 077

# random prints 256 random bits as 64 hexadecimal digits, which need no escaping in URLs.
random() { od -An -N32 -tx1 /dev/urandom | tr -d ' \n'; }

print_env() {
	local service
	echo "SECRET_KEY=$(random)"
	echo "CREDENTIALS_KEY=$(random)"
	echo "POSTGRES_PASSWORD=$(random)"
	echo "REDIS_PASSWORD=$(random)"
	for service in "${SERVICES[@]}"; do echo "${service^^}_DB_PASSWORD=$(random)"; done
}

# secret NAME KEY VALUE… prints a Kubernetes Secret.
secret() {
	printf -- '---\napiVersion: v1\nkind: Secret\nmetadata:\n  name: %s\n  namespace: %s\ntype: Opaque\nstringData:\n' "$1" "$namespace"
	shift
	while [[ $# -gt 0 ]]; do
		printf '  %s: "%s"\n' "$1" "$2"
		shift 2
	done
}

# print_kubernetes prints the Secrets that the overlay development refers to.
print_kubernetes() {
	local namespace=${NAMESPACE:-researcher-pro-dev} admin redis service password
	admin=$(random)
	redis=$(random)
	secret researcher-pro SECRET_KEY "$(random)" REDIS_URL "redis://:$redis@redis:6379/0"
	secret auth-credentials CREDENTIALS_KEY "$(random)"
	secret redis password "$redis"
	secret database-admin password "$admin" \
		DATABASE_URL "postgres://postgres:$admin@postgres:5432/researcherpro?sslmode=disable"
	for service in "${SERVICES[@]}"; do
		password=$(random)
		secret "$service-database" password "$password" \
			DATABASE_URL "postgres://researcherpro_$service:$password@postgres:5432/researcherpro?sslmode=disable"
	done
}

case ${1:-} in
env) print_env ;;
kubernetes) print_kubernetes ;;
*) usage_error "usage: secrets.sh env | kubernetes" ;;
esac
