package limit

import (
	"io"
	"log/slog"
	"testing"

	"go.uber.org/goleak"
)

// TestMain keeps the access log out of the tests' output and finds what goes on after
// them.
func TestMain(m *testing.M) {
	slog.SetDefault(slog.New(slog.NewTextHandler(io.Discard, nil)))
	goleak.VerifyTestMain(m)
}
