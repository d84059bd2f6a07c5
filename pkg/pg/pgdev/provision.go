package pgdev

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/url"
	"regexp"

	"github.com/jackc/pgx/v5"
)

// provisionLock is the advisory lock that lets only one Provision at a time
// work on a database: all replicas of a fleet may start at once.
const provisionLock = 0x7270_7072_6f76 // "rpprov"

// serviceName is what may become a schema's name.
var serviceName = regexp.MustCompile(`^[a-z][a-z0-9_]{0,30}$`)

// Provision gives each service its own schema and its own login role in the
// database of adminURL, and returns each service's URL.
//
// The schema is named as the service. The role is named <database>_<service>
// (researcherpro_auth in the database researcherpro): roles belong to the whole
// server, and so two fleets on one server do not share them. A role may use and
// create in its own schema, finds it without naming it (search_path), may connect
// to this database, and has no other right: it is no superuser and cannot bypass
// row-level security. Others lose the right to connect.
//
// It is idempotent, in one transaction, and sets the passwords anew. The role of
// adminURL needs CREATEROLE and CREATE on the database; if it lacks them, the
// error says so.
func Provision(ctx context.Context, adminURL string, services []string, passwords func(service string) string) (map[string]string, error) {
	admin, err := url.Parse(adminURL)
	if err != nil || (admin.Scheme != "postgres" && admin.Scheme != "postgresql") {
		return nil, fmt.Errorf("the database URL must begin with postgres://") // the parser's error would show the password
	}
	conn, err := pgx.Connect(ctx, adminURL)
	if err != nil {
		return nil, fmt.Errorf("connect to PostgreSQL: %w", err)
	}
	defer conn.Close(context.WithoutCancel(ctx)) //nolint:errcheck // nothing was left to send

	urls := make(map[string]string, len(services))
	err = pgx.BeginFunc(ctx, conn, func(tx pgx.Tx) error {
		database, err := prepareDatabase(ctx, tx)
		if err != nil {
			return err
		}
		for _, service := range services {
			if !serviceName.MatchString(service) {
				return fmt.Errorf("%q cannot name a schema", service)
			}
			role, password := roleName(database, service), passwords(service)
			if err := provisionService(ctx, tx, database, service, role, password); err != nil {
				return fmt.Errorf("provision %s: %w", service, err)
			}
			own := *admin
			own.User = url.UserPassword(role, password)
			urls[service] = own.String()
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return urls, nil
}

// roleName names a service's role. PostgreSQL cuts names at 63 bytes; a name
// that is too long is shortened by a hash, so that it stays unique.
func roleName(database, service string) string {
	const longest = 63
	name := database + "_" + service
	if len(name) <= longest {
		return name
	}
	sum := sha256.Sum256([]byte(database))
	return "db" + hex.EncodeToString(sum[:8]) + "_" + service
}

// prepareDatabase checks our rights, closes the database to others, and returns
// its name.
func prepareDatabase(ctx context.Context, tx pgx.Tx) (string, error) {
	if _, err := tx.Exec(ctx, "SELECT pg_advisory_xact_lock($1)", provisionLock); err != nil {
		return "", fmt.Errorf("wait for our turn: %w", err)
	}
	var database, role string
	var roles, create bool
	const query = `
		SELECT current_database(), current_user, rolsuper OR rolcreaterole,
		       has_database_privilege(current_database(), 'CREATE')
		FROM pg_roles WHERE rolname = current_user`
	if err := tx.QueryRow(ctx, query).Scan(&database, &role, &roles, &create); err != nil {
		return "", fmt.Errorf("look up our rights: %w", err)
	}
	if !roles || !create {
		return "", fmt.Errorf("the role %q of the database URL may not prepare the database %q: "+
			"it needs CREATEROLE (has it: %t) and CREATE on the database (has it: %t)", role, database, roles, create)
	}
	return database, execFormat(ctx, tx, "REVOKE CONNECT, TEMPORARY ON DATABASE %1$I FROM PUBLIC", database)
}

// provisionService makes or refreshes one service's role and schema.
func provisionService(ctx context.Context, tx pgx.Tx, database, schema, role, password string) error {
	verifier, err := scramVerifier(password)
	if err != nil {
		return err
	}
	if err := ensureRole(ctx, tx, role, verifier); err != nil {
		return err
	}
	for _, statement := range []string{
		"CREATE SCHEMA IF NOT EXISTS %1$I",
		"REVOKE ALL ON SCHEMA %1$I FROM PUBLIC",
		"GRANT USAGE, CREATE ON SCHEMA %1$I TO %2$I",
		"REVOKE ALL ON SCHEMA public FROM PUBLIC",
		"GRANT CONNECT ON DATABASE %3$I TO %2$I",
		"ALTER ROLE %2$I IN DATABASE %3$I SET search_path = %1$I",
	} {
		if err := execFormat(ctx, tx, statement, schema, role, database); err != nil {
			return err
		}
	}
	return nil
}

// ensureRole makes the login role, or sets the password of the one that is
// there, after a look at whether it is as weak as it has to be.
func ensureRole(ctx context.Context, tx pgx.Tx, role, verifier string) error {
	rows, _ := tx.Query(ctx, "SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = $1", role)
	strong, err := pgx.CollectRows(rows, pgx.RowTo[bool])
	if err != nil {
		return fmt.Errorf("look for the role: %w", err)
	}
	if len(strong) == 0 {
		return execFormat(ctx, tx, "CREATE ROLE %1$I LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS PASSWORD %2$L",
			role, verifier)
	}
	if strong[0] {
		return fmt.Errorf("the role %q is there but is a superuser or bypasses row-level security: "+
			"it would let tenants see each other", role)
	}
	return execFormat(ctx, tx, "ALTER ROLE %1$I LOGIN PASSWORD %2$L", role, verifier)
}

// execFormat fills a statement's %1$I (identifier) and %2$L (literal) by
// PostgreSQL's own format(), which quotes them, and runs it: statements of this
// kind take no parameters.
func execFormat(ctx context.Context, tx pgx.Tx, statement string, args ...string) error {
	var sql string
	if err := tx.QueryRow(ctx, "SELECT format($1, VARIADIC $2::text[])", statement, args).Scan(&sql); err != nil {
		return fmt.Errorf("quote: %w", err)
	}
	if _, err := tx.Exec(ctx, sql); err != nil {
		return fmt.Errorf("%s: %w", statement, err)
	}
	return nil
}
