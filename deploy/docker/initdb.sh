#!/usr/bin/env bash
# Run by the postgres image when it makes its database, over the local socket as
# the administrator: gives each service its schema and its login role.
PGUSER="$POSTGRES_USER" PGDATABASE="$POSTGRES_DB" bash /opt/researcher-pro/provision.sh
