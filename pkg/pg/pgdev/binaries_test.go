package pgdev

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestVersionIn(t *testing.T) {
	t.Parallel()
	tests := map[string]int{
		"/usr/lib/postgresql/15/bin":               15,
		"/usr/pgsql-17/bin":                        17,
		"/opt/homebrew/opt/postgresql@16/bin":      16,
		"/opt/homebrew/opt/postgresql/bin":         0,
		"/Applications/Postgres.app/latest/bin":    0,
		"/usr/lib/postgresql/99999999999999999999": 0,
	}
	for folder, want := range tests {
		require.Equal(t, want, versionIn(folder), folder)
	}
}

func TestFindBinaries_TheDatasVersionIsNeeded(t *testing.T) {
	t.Parallel()
	_, err := findBinaries("", "7")
	if err == ErrNoBinaries { //nolint:errorlint // returned as it is
		t.Skip(err)
	}
	require.ErrorContains(t, err, "belongs to PostgreSQL 7")
}
