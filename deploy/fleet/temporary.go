package fleet

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
)

// dropTimeout bounds the removal of a temporary database.
const dropTimeout = 30 * time.Second

// UseTemporaryState makes the fleet keep nothing: its state goes when it is
// closed, and a private database trades durability for speed. On the server of
// DATABASE_URL it uses a database of its own, which goes, too.
func (c *Config) UseTemporaryState() (remove func() error, err error) {
	dir, err := os.MkdirTemp("", "researcher-pro-")
	if err != nil {
		return nil, err
	}
	c.StateDir, c.temporary = dir, true
	return func() error { return os.RemoveAll(dir) }, nil
}

// temporaryDatabase makes a database on the server of admin, for the time until
// Close. The one that admin names may belong to a fleet whose secret is another.
func (b *backing) temporaryDatabase(ctx context.Context, admin string) (string, error) {
	address, err := url.Parse(admin)
	if err != nil {
		return "", errors.New("DATABASE_URL is malformed, it takes postgres://user:password@host:port/database")
	}
	name := "researcherpro_" + strings.ToLower(rand.Text()[:10])
	if err := execute(ctx, admin, "CREATE DATABASE "+name+" TEMPLATE template0"); err != nil {
		return "", fmt.Errorf("make a temporary database on the server of DATABASE_URL: %w", err)
	}
	b.close = append(b.close, func() error {
		// What ended the fleet must not keep it from cleaning up.
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), dropTimeout)
		defer cancel()
		statements := []string{"DROP DATABASE " + name + " WITH (FORCE)"}
		for _, service := range services { // as pgdev.Provision names them
			statements = append(statements, "DROP ROLE IF EXISTS "+name+"_"+service)
		}
		if err := execute(ctx, admin, statements...); err != nil {
			return fmt.Errorf("remove the temporary database %s: %w", name, err)
		}
		return nil
	})
	address.Path = "/" + name
	return address.String(), nil
}

// execute runs statements one by one on a connection of their own.
func execute(ctx context.Context, address string, statements ...string) error {
	conn, err := pgx.Connect(ctx, address)
	if err != nil {
		return err // pgx leaves the password out
	}
	defer conn.Close(ctx) //nolint:errcheck // all that matters has been answered
	for _, statement := range statements {
		if _, err := conn.Exec(ctx, statement); err != nil {
			return err
		}
	}
	return nil
}
