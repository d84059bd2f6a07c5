package telemetry_test

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/pkg/telemetry"
)

func TestLogger_NamesTheRequest(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	log := telemetry.NewLogger(&out, slog.LevelInfo).With("service", "auth").WithGroup("g")
	log.DebugContext(t.Context(), "not worth a line")
	log.InfoContext(telemetry.WithRequestID(t.Context(), "r-7"), "hello")

	var line map[string]any
	require.NoError(t, json.Unmarshal(out.Bytes(), &line), "one line, below the level nothing")
	require.Equal(t, "auth", line["service"])
	require.Contains(t, out.String(), `"request_id":"r-7"`)
}

func TestWithRequestID_KeepsOnlyWhatIsHarmless(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		id   string
		kept bool
	}{
		"plain":                {"r-7_a.B", true},
		"empty":                {"", false},
		"a line break":         {"r\nINFO forged", false},
		"not ASCII":            {"ü", false},
		"longer than 128":      {strings.Repeat("a", 129), false},
		"as long as permitted": {strings.Repeat("a", 128), true},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := telemetry.RequestID(telemetry.WithRequestID(t.Context(), tc.id))
			require.NotEmpty(t, got)
			require.Equal(t, tc.kept, got == tc.id)
		})
	}
	require.Empty(t, telemetry.RequestID(context.WithoutCancel(t.Context())))
}
