package format

import (
	"bytes"
	"encoding/json"
)

// indented lays JSON out in lines. The white space of protojson differs from build to
// build on purpose; here the same document must give the same bytes.
func indented(compact []byte) ([]byte, error) {
	var out bytes.Buffer
	if err := json.Indent(&out, compact, "", "  "); err != nil {
		return nil, err
	}
	out.WriteByte('\n')
	return out.Bytes(), nil
}
