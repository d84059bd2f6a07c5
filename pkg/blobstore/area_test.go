package blobstore_test

import (
	"io"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/pkg/blobstore"
	"github.com/researcherpro/researcherpro/pkg/errs"
)

func TestOpenArea_KnowsNothingOfWhatIsBesideIt(t *testing.T) {
	t.Parallel()
	address, workspace := "file://"+t.TempDir(), uuid.NewString()
	whole, err := blobstore.Open(t.Context(), address)
	require.NoError(t, err)
	defer func() { require.NoError(t, whole.Close()) }()
	area, err := blobstore.OpenArea(t.Context(), address, "reports")
	require.NoError(t, err)
	defer func() { require.NoError(t, area.Close()) }()

	kept, err := whole.Put(t.Context(), workspace, strings.NewReader("the same bytes"), 100)
	require.NoError(t, err)
	_, _, err = area.Get(t.Context(), workspace, kept.SHA256)
	require.ErrorIs(t, err, errs.NotFound)
	same, err := area.Put(t.Context(), workspace, strings.NewReader("the same bytes"), 100)
	require.NoError(t, err)
	require.Equal(t, kept, same)

	require.NoError(t, area.DeleteWorkspace(t.Context(), workspace))
	_, _, err = area.Get(t.Context(), workspace, kept.SHA256)
	require.ErrorIs(t, err, errs.NotFound)
	content, _, err := whole.Get(t.Context(), workspace, kept.SHA256)
	require.NoError(t, err)
	defer func() { require.NoError(t, content.Close()) }()
	bytes, err := io.ReadAll(content)
	require.NoError(t, err)
	require.Equal(t, "the same bytes", string(bytes))
}
