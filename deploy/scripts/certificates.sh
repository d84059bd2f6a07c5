#!/usr/bin/env bash
# Makes what mutual TLS between the processes needs, without a certificate manager:
#
#   deploy/scripts/certificates.sh DIRECTORY
#
# In DIRECTORY, the CA (ca.crt, and its key ca.key, which no process needs: keep it apart),
# and for each process a folder with tls.crt, tls.key and ca.crt. Run it again to renew the
# certificates: the CA stays, and running processes use the new ones by themselves.
#
# DAYS (90) is how long certificates are good, NAMESPACE (researcher-pro) that of Kubernetes.
# Needs openssl.
set -euo pipefail
here=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source-path=SCRIPTDIR
source "$here/lib.sh"

[[ $# -eq 1 && -n $1 ]] || usage_error "usage: certificates.sh DIRECTORY"
directory=$1
days=${DAYS:-90}
[[ $days =~ ^[1-9][0-9]{0,3}$ ]] || usage_error "DAYS must be a number of days"
namespace=${NAMESPACE:-researcher-pro}
command -v openssl >/dev/null || die "openssl is needed"
umask 077 # keys

mkdir -p "$directory"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# new_key FILE makes a private key.
new_key() { openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$1" 2>/dev/null; }

if [[ ! -f $directory/ca.key ]]; then
	[[ ! -f $directory/ca.crt ]] || die "$directory/ca.key is not there: certificates of another CA would not fit ca.crt"
	new_key "$work/ca.key"
	openssl req -x509 -new -key "$work/ca.key" -sha256 -days 3650 -subj "/CN=Researcher Pro peers" \
		-addext basicConstraints=critical,CA:TRUE,pathlen:0 -addext keyUsage=critical,keyCertSign -out "$work/ca.crt"
	mv "$work/ca.crt" "$work/ca.key" "$directory"
	say "made a CA in $directory"
fi

# issue NAME makes the certificate of one process, for the names its peers call it by. The
# files are moved into place: a process that looks meanwhile finds old or new ones, whole.
issue() {
	local folder=$directory/$1
	mkdir -p "$folder"
	new_key "$work/tls.key"
	openssl req -new -key "$work/tls.key" -subj "/CN=$1" -out "$work/request"
	cat >"$work/extensions" <<-END
		basicConstraints = critical, CA:FALSE
		keyUsage = critical, digitalSignature
		extendedKeyUsage = serverAuth, clientAuth
		subjectAltName = DNS:$1, DNS:$1.$namespace, DNS:$1.$namespace.svc, DNS:$1.$namespace.svc.cluster.local, DNS:localhost, IP:127.0.0.1
	END
	openssl x509 -req -in "$work/request" -CA "$directory/ca.crt" -CAkey "$directory/ca.key" -sha256 \
		-set_serial "0x$(openssl rand -hex 16)" -days "$days" -extfile "$work/extensions" -out "$work/tls.crt" 2>/dev/null
	cp "$directory/ca.crt" "$work/ca.crt"
	# Beside their places first, which may be on another file system.
	local file
	for file in tls.key tls.crt ca.crt; do mv "$work/$file" "$folder/.$file"; done
	for file in tls.key tls.crt ca.crt; do mv "$folder/.$file" "$folder/$file"; done
}

for name in "${SERVICES[@]}" gateway; do issue "$name"; done
say "made certificates for ${SERVICES[*]} gateway, good for $days days"
