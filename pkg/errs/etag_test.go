package errs_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/pkg/errs"
)

func TestCheckETag(t *testing.T) {
	t.Parallel()
	require.NoError(t, errs.CheckETag("", "7"), "none asks for nothing")
	require.NoError(t, errs.CheckETag("7", "7"))
	for _, other := range []string{"6", "07", "7 "} {
		err := errs.CheckETag(other, "7")
		require.ErrorIs(t, err, errs.Conflict, other)
		require.Equal(t, errs.ETagMismatch, errs.Reason(err))
	}
}
