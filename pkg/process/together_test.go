package process_test

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/pkg/process"
)

func TestTogether_OneThatFailsEndsTheOthers(t *testing.T) {
	t.Parallel()
	failed, ended := errors.New("failed"), false
	err := process.Together(t.Context(),
		func(context.Context) error { return failed },
		func(ctx context.Context) error {
			<-ctx.Done()
			ended = true
			return nil
		})
	require.ErrorIs(t, err, failed)
	require.True(t, ended, "it waits for the others")
}

func TestTogether_EndsWithItsContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	wait := func(ctx context.Context) error {
		cancel()
		<-ctx.Done()
		return nil
	}
	require.NoError(t, process.Together(ctx, wait, wait))
}
