package pgdev

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestOrphaned(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		pointsTo  string // what the state directory names; "" for no such file
		parent    bool   // whether the state directory's parent is there
		temporary bool   // whether it lies in a temporary folder
		want      bool
	}{
		"named by its state directory":  {pointsTo: "place", parent: true, want: false},
		"another is named":              {pointsTo: "elsewhere", parent: true, want: true},
		"the state directory is empty":  {parent: true, want: true},
		"perhaps it is not mounted":     {parent: false, want: false},
		"temporary files do not return": {parent: false, temporary: true, want: true},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			root, owner := filepath.Join(dir, "place"), filepath.Join(dir, "parent", "state")
			require.NoError(t, os.Mkdir(root, 0o700))
			require.NoError(t, os.WriteFile(filepath.Join(root, ownerFile), []byte(owner+"\n"), 0o600))
			if tc.parent {
				require.NoError(t, os.MkdirAll(owner, 0o700))
			}
			if tc.pointsTo != "" {
				pointer := filepath.Join(dir, tc.pointsTo) + "\n"
				require.NoError(t, os.WriteFile(filepath.Join(owner, pointerFile), []byte(pointer), 0o600))
			}
			var temporary []string
			if tc.temporary {
				temporary = []string{filepath.Dir(dir)}
			}
			require.Equal(t, tc.want, orphaned(root, temporary))
		})
	}
}

func TestTryLock_OneHolderAtATime(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "lock")
	held, err := tryLock(path)
	require.NoError(t, err)
	_, err = tryLock(path)
	require.ErrorIs(t, err, errInUse)
	require.NoError(t, held.Close())
	again, err := tryLock(path)
	require.NoError(t, err)
	require.NoError(t, again.Close())
}
