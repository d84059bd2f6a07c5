package embed_test

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/services/research/internal/connector"
)

// recording is one request and its answer.
type recording struct {
	File, URL   string
	Status      int
	RequestBody json.RawMessage `json:"request_body"`
	Body        json.RawMessage
}

// plain returns a body that was recorded as JSON, or as text that holds JSON.
func plain(raw json.RawMessage) []byte {
	var text string
	if json.Unmarshal(raw, &text) == nil {
		return []byte(text)
	}
	return raw
}

// inputs returns the texts of a recorded request: one, or several.
func (r recording) inputs(t *testing.T) []string {
	t.Helper()
	var request struct{ Input json.RawMessage }
	require.NoError(t, json.Unmarshal(plain(r.RequestBody), &request))
	var several []string
	if json.Unmarshal(request.Input, &several) == nil {
		return several
	}
	var one string
	require.NoError(t, json.Unmarshal(request.Input, &one))
	return []string{one}
}

// readRecordings returns the recorded answers of embedding models.
func readRecordings(t *testing.T) []recording {
	t.Helper()
	dir := os.Getenv("RP_DATA")
	if dir == "" {
		dir = filepath.Join("..", "..", "..", "..", "..", "shared", "data")
	}
	file, err := os.Open(filepath.Join(dir, "api-recordings", "interactions.jsonl.gz"))
	if err != nil {
		t.Skipf("the evaluation data is not here: %v", err)
	}
	defer file.Close()
	unpacked, err := gzip.NewReader(file)
	require.NoError(t, err)
	var out []recording
	lines := bufio.NewScanner(unpacked)
	lines.Buffer(nil, 1<<26)
	for lines.Scan() {
		var r recording
		require.NoError(t, json.Unmarshal(lines.Bytes(), &r))
		if strings.HasSuffix(r.URL, "/embeddings") {
			out = append(out, r)
		}
	}
	require.NoError(t, lines.Err())
	return out
}

// TestRecordings answers with what OpenAI, OpenRouter and Perplexity answered:
// vectors as numbers, as packed floats, as packed bytes, and refusals.
func TestRecordings(t *testing.T) {
	t.Parallel()
	recordings := readRecordings(t)
	require.NotEmpty(t, recordings)
	for _, r := range recordings {
		t.Run(r.File, func(t *testing.T) {
			t.Parallel()
			texts := r.inputs(t)
			s := newServer(t, says(r.Status, string(plain(r.Body))))
			got, err := newEmbedder(t, s, nil, nil).Similarities(t.Context(), account, texts[0], texts)
			if r.Status != 200 {
				var problem *connector.Error
				require.ErrorAs(t, err, &problem)
				require.False(t, problem.Temporary())
				return
			}
			require.NoError(t, err)
			require.InDelta(t, 1, got[0], 1e-6, "a text is like itself")
			for _, similarity := range got[1:] {
				require.True(t, similarity > 0.1 && similarity < 0.95, "%v: two words of one field are somewhat alike", got)
			}
		})
	}
}
