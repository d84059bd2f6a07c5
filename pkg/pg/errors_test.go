package pg_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/pkg/errs"
	"github.com/researcherpro/researcherpro/pkg/pg"
)

func TestError_KindOfASQLSTATE(t *testing.T) {
	t.Parallel()
	state := func(code string) error { return fmt.Errorf("insert: %w", &pgconn.PgError{Code: code}) }
	tests := map[string]struct {
		err  error
		kind error // nil: stays internal
	}{
		"duplicate key":          {state("23505"), errs.AlreadyExists},
		"missing parent":         {state("23503"), errs.FailedPrecondition},
		"check":                  {state("23514"), errs.InvalidArgument},
		"not a number":           {state("22P02"), errs.InvalidArgument},
		"too long":               {state("22001"), errs.InvalidArgument},
		"serialization":          {state("40001"), errs.Conflict},
		"deadlock":               {state("40P01"), errs.Conflict},
		"too many connections":   {state("53300"), errs.Unavailable},
		"disk full":              {state("53100"), errs.Unavailable},
		"shutting down":          {state("57P01"), errs.Unavailable},
		"starting up":            {state("57P03"), errs.Unavailable},
		"connection failure":     {state("08006"), errs.Unavailable},
		"statement timeout":      {state("57014"), errs.Unavailable},
		"no rows":                {fmt.Errorf("job: %w", pgx.ErrNoRows), errs.NotFound},
		"deadline":               {context.DeadlineExceeded, errs.Unavailable},
		"connection closed":      {pgconn.ErrConnClosed, errs.Unavailable},
		"connection broke":       {io.ErrUnexpectedEOF, errs.Unavailable},
		"NULL that we forgot":    {state("23502"), nil},
		"wrong statement":        {state("42601"), nil},
		"row-level security":     {state("42501"), nil},
		"wrong password":         {state("28P01"), nil},
		"something else":         {errors.New("x"), nil},
		"a code that is no code": {state("4"), nil},
	}
	kinds := []error{
		errs.AlreadyExists, errs.FailedPrecondition, errs.InvalidArgument, errs.Conflict, errs.Unavailable, errs.NotFound,
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := pg.Error(tc.err)
			require.ErrorIs(t, got, tc.err, "the cause must stay")
			for _, kind := range kinds {
				require.Equal(t, kind == tc.kind, errors.Is(got, kind), kind.Error()) //nolint:errorlint // identity is meant
			}
			require.Equal(t, got.Error(), pg.Error(got).Error(), "a second call must add nothing")
		})
	}
	require.NoError(t, pg.Error(nil))
}

func TestNoRow_IsNotADeletedWorkspace(t *testing.T) {
	t.Parallel()
	none, deleted := pg.Error(pgx.ErrNoRows), pg.Error(&pgconn.PgError{Code: "RPW01"})
	for _, err := range []error{none, deleted} {
		require.ErrorIs(t, err, errs.NotFound)
	}
	require.True(t, pg.NoRow(fmt.Errorf("find it: %w", none)))
	require.False(t, pg.NoRow(deleted))
}
