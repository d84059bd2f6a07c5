-- Gives one service its role and its schema; the variable "service" names it.
--
-- The same that pkg/pg/pgdev does for the local mode: the role is named
-- <database>_<service> because roles belong to the whole server, it owns nothing but
-- what it makes in its own schema, and it finds that schema without naming it. The
-- role is made without LOGIN; whoever knows its password adds that. Safe to repeat.
-- It sets the variable "role" to the role's name.

SELECT CASE
         WHEN octet_length(current_database() || '_' || :'service') <= 63 THEN current_database() || '_' || :'service'
         ELSE 'db' || encode(substring(sha256(convert_to(current_database(), 'UTF8')) FROM 1 FOR 8), 'hex') || '_' || :'service'
       END AS role, current_database() AS database
\gset

SELECT format('CREATE ROLE %I NOLOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS', :'role')
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = :'role')
\gexec

CREATE SCHEMA IF NOT EXISTS :"service";
REVOKE ALL ON SCHEMA :"service" FROM PUBLIC;
GRANT USAGE, CREATE ON SCHEMA :"service" TO :"role";
REVOKE ALL ON SCHEMA public FROM PUBLIC;
REVOKE CONNECT, TEMPORARY ON DATABASE :"database" FROM PUBLIC;
GRANT CONNECT ON DATABASE :"database" TO :"role";
ALTER ROLE :"role" IN DATABASE :"database" SET search_path = :"service";
