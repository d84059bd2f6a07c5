package process_test

import (
	"net/url"
	"testing"
	"testing/fstest"

	"github.com/riverqueue/river"
	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/pkg/authn"
	"github.com/researcherpro/researcherpro/pkg/errs"
	"github.com/researcherpro/researcherpro/pkg/identity"
	"github.com/researcherpro/researcherpro/pkg/pg/pgdev"
	"github.com/researcherpro/researcherpro/pkg/pgtest"
	"github.com/researcherpro/researcherpro/pkg/process"
	"github.com/researcherpro/researcherpro/pkg/redistest"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// notes is the schema of a small service.
var notes = fstest.MapFS{"0001_notes.sql": {Data: []byte("-- +goose Up\nCREATE TABLE notes (id int);\n")}}

// open opens the resources of a service called notes on a database.
func open(t *testing.T, databaseURL string) *process.Resources {
	t.Helper()
	r, err := process.Open(t.Context(), "notes", process.Common{
		DatabaseURL: databaseURL, RedisURL: redistest.URL(t), SecretKey: "a secret of at least thirty-two bytes",
		Algorithm: authn.HS256, TokenMinutes: 30, DatabaseConns: 2,
	}, notes, identity.Sources{})
	require.NoError(t, err)
	t.Cleanup(r.Close)
	return r
}

func TestOpen_SchemaIsThatOfTheSearchPathWhateverItsName(t *testing.T) {
	t.Parallel()
	r := open(t, pgtest.URL(t, notes))
	require.NoError(t, r.Ready(t.Context()))

	client, err := r.Jobs(t.Context(), "worker-0", 1, river.NewWorkers())
	require.NoError(t, err)
	require.Equal(t, pgtest.Schema, client.Schema())
}

func TestReady_OnlyOnceTheSchemaIsMigrated(t *testing.T) {
	t.Parallel()
	admin := pgtest.NewEmpty(t)
	urls, err := pgdev.Provision(t.Context(), admin, []string{"notes"}, func(string) string { return "secret" })
	require.NoError(t, err)
	r := open(t, urls["notes"])
	require.ErrorIs(t, r.Ready(t.Context()), errs.Unavailable)

	require.NoError(t, process.Migrate(t.Context(), "notes", urls["notes"], notes))
	require.NoError(t, r.Ready(t.Context()))
	_, err = r.DB.Exec(t.Context(), "SELECT FROM notes.notes, notes.river_job")
	require.NoError(t, err, "the service's and River's tables are in its schema")
}

func TestOpen_SchemaThatIsNotThereYetIsTheServicesOwn(t *testing.T) {
	t.Parallel()
	address, err := url.Parse(pgtest.NewEmpty(t))
	require.NoError(t, err)
	query := address.Query()
	query.Set("search_path", "notes")
	address.RawQuery = query.Encode()
	r := open(t, address.String())
	require.ErrorContains(t, r.Ready(t.Context()), "schema notes is at version 0")
}
