package store_test

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/services/auth/internal/store"
)

func TestUpdateSettings_KeepsWhatChangeMakesOfThem(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ada, _ := b.register(t, "ada@example.com")
	for i := range 3 {
		got, err := b.UpdateSettings(t.Context(), ada.Workspace.ID, func(s store.Settings) (store.Settings, error) {
			require.EqualValues(t, i, s.MaxDocuments, "what the last change has made")
			s.MaxDocuments++
			return s, nil
		})
		require.NoError(t, err)
		require.EqualValues(t, i+1, got.Version)
	}
	read, err := b.Settings(t.Context(), ada.Workspace.ID)
	require.NoError(t, err)
	require.EqualValues(t, 3, read.MaxDocuments)
}

func TestUpdateSettings_AnErrorOfChangeLeavesNothingBehind(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ada, _ := b.register(t, "ada@example.com")
	no := errors.New("no")
	_, err := b.UpdateSettings(t.Context(), ada.Workspace.ID, func(s store.Settings) (store.Settings, error) {
		s.MaxDocuments = 1
		return s, no
	})
	require.ErrorIs(t, err, no)
	read, err := b.Settings(t.Context(), ada.Workspace.ID)
	require.NoError(t, err)
	require.Equal(t, store.Settings{}, read)
	require.Zero(t, b.count(t, "workspace_settings", "app.workspace_id", ada.Workspace.ID))
}
