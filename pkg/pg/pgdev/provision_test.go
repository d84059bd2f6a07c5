package pgdev_test

import (
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/pkg/pg/pgdev"
)

// services are provisioned in these tests.
var services = []string{"auth", "report"}

// password makes a password with all that has to be quoted somewhere.
func password(service string) string { return service + `'"\ %:@/?` }

// provision provisions a database.
func provision(t *testing.T, admin string) map[string]string {
	t.Helper()
	urls, err := pgdev.Provision(t.Context(), admin, services, password)
	require.NoError(t, err)
	require.Len(t, urls, len(services))
	return urls
}

// fails runs a statement that must fail.
func fails(t *testing.T, address, sql, with string) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), address)
	require.NoError(t, err)
	defer conn.Close(t.Context())
	_, err = conn.Exec(t.Context(), sql)
	require.ErrorContains(t, err, with, sql)
}

func TestProvision(t *testing.T) {
	t.Parallel()
	server := start(t, pgdev.Options{Ephemeral: true})
	urls := provision(t, server.URL())
	auth, report := urls["auth"], urls["report"]

	t.Run("a role works in its own schema without naming it", func(t *testing.T) {
		run(t, auth, "CREATE TABLE users (id int)")
		require.Equal(t, "auth", run(t, auth, "SELECT schemaname::text FROM pg_tables WHERE tablename = 'users'"))
		require.Equal(t, "researcherpro_auth", run(t, auth, "SELECT current_user::text"))
	})
	t.Run("and in no other", func(t *testing.T) {
		fails(t, report, "SELECT * FROM auth.users", "permission denied for schema auth")
		fails(t, report, "CREATE TABLE auth.mine (id int)", "permission denied for schema auth")
		fails(t, report, "CREATE TABLE public.mine (id int)", "permission denied for schema public")
		fails(t, report, "CREATE TEMPORARY TABLE mine (id int)", "permission denied")
		fails(t, report, "CREATE SCHEMA mine", "permission denied")
		fails(t, report, "CREATE ROLE mine", "permission denied")
	})
	t.Run("it has no special rights", func(t *testing.T) {
		const q = `SELECT string_agg(rolname::text, ',') FROM pg_roles WHERE rolname LIKE 'researcherpro\_%'
			AND (rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb OR rolreplication)`
		require.Empty(t, strings.Trim(run(t, server.URL(), "SELECT coalesce(("+q+"), '')"), ","))
	})
	t.Run("again, and by several at once, changes nothing", func(t *testing.T) {
		var wg sync.WaitGroup
		for range 4 {
			wg.Go(func() {
				_, err := pgdev.Provision(t.Context(), server.URL(), services, password)
				if err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		require.Equal(t, urls, provision(t, server.URL()))
		require.Equal(t, "0", run(t, auth, "SELECT count(*)::text FROM users"))
	})
	t.Run("another database of the server has other roles", func(t *testing.T) {
		run(t, server.URL(), "CREATE DATABASE staging")
		admin, err := url.Parse(server.URL())
		require.NoError(t, err)
		admin.Path = "/staging"
		staging := provision(t, admin.String())
		require.Equal(t, "staging_auth", run(t, staging["auth"], "SELECT current_user::text"))
		crossed, err := url.Parse(auth)
		require.NoError(t, err)
		crossed.Path = "/staging"
		_, err = pgx.Connect(t.Context(), crossed.String())
		require.ErrorContains(t, err, "permission denied for database")
	})
}

func TestProvision_SaysWhatItLacks(t *testing.T) {
	t.Parallel()
	server := start(t, pgdev.Options{Ephemeral: true})
	run(t, server.URL(), "CREATE ROLE weak LOGIN PASSWORD 'weak'")
	weak, err := url.Parse(server.URL())
	require.NoError(t, err)
	weak.User = url.UserPassword("weak", "weak")
	_, err = pgdev.Provision(t.Context(), weak.String(), services, password)
	require.ErrorContains(t, err, "needs CREATEROLE (has it: false)")

	run(t, server.URL(), "ALTER ROLE weak CREATEROLE")
	run(t, server.URL(), "GRANT CREATE ON DATABASE "+pgdev.Database+" TO weak")
	_, err = pgdev.Provision(t.Context(), weak.String(), services, password)
	require.NoError(t, err, "no superuser is needed")

	run(t, server.URL(), "ALTER ROLE researcherpro_auth BYPASSRLS")
	_, err = pgdev.Provision(t.Context(), server.URL(), services, password)
	require.ErrorContains(t, err, "tenants see each other")

	_, err = pgdev.Provision(t.Context(), server.URL(), []string{`x"; DROP`}, password)
	require.ErrorContains(t, err, "cannot name a schema")
	_, err = pgdev.Provision(t.Context(), "host=localhost password=hunter2", services, password)
	require.ErrorContains(t, err, "postgres://")
	require.NotContains(t, err.Error(), "hunter2")
}
