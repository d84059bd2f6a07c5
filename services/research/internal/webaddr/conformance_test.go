package webaddr_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/services/research/internal/webaddr"
)

// vectors reads the cases of one of the standard's own test files into T, and
// skips the test where the files are absent. Strings between them are comments.
func vectors[T any](t *testing.T, file string) []T {
	t.Helper()
	dir := os.Getenv("RP_DATA")
	if dir == "" {
		dir = filepath.Join("..", "..", "..", "..", "..", "shared", "data")
	}
	data, err := os.ReadFile(filepath.Join(dir, "vectors", "url", file))
	if err != nil {
		t.Skipf("the evaluation data is not here: %v", err)
	}
	var rows []json.RawMessage
	require.NoError(t, json.Unmarshal(data, &rows))
	var cases []T
	for _, row := range rows {
		if row[0] == '"' {
			continue
		}
		var c T
		require.NoError(t, json.Unmarshal(row, &c))
		cases = append(cases, c)
	}
	require.NotEmpty(t, cases)
	return cases
}

// urlCase is a case of urltestdata.json.
type urlCase struct {
	Input, Href, Protocol, Username, Password string
	Host, Hostname, Port                      string
	Pathname, Search, Hash                    string
	Base                                      *string
	Failure                                   bool
}

func (c urlCase) parse() (*webaddr.URL, error) {
	if c.Base == nil {
		return webaddr.Parse(c.Input, nil)
	}
	base, err := webaddr.Parse(*c.Base, nil)
	if err != nil {
		return nil, err
	}
	return webaddr.Parse(c.Input, base)
}

// prefixed is p before s, and nothing if s is empty: how the API of browsers
// shows query and fragment.
func prefixed(p, s string) string {
	if s == "" {
		return ""
	}
	return p + s
}

func TestParse_Conformance(t *testing.T) {
	t.Parallel()
	for _, file := range []string{"urltestdata.json", "ada_extra_urltestdata.json"} {
		for _, c := range vectors[urlCase](t, file) {
			u, err := c.parse()
			if c.Failure {
				require.ErrorIs(t, err, webaddr.ErrInvalid, "%s: %q", file, c.Input)
				continue
			}
			require.NoError(t, err, "%s: %q", file, c.Input)
			port := ""
			if u.Port() >= 0 {
				port = strconv.Itoa(u.Port())
			}
			got := urlCase{
				Input: c.Input, Base: c.Base, Href: u.String(), Protocol: u.Scheme() + ":",
				Username: u.Username(), Password: u.Password(), Host: u.Host(), Hostname: u.Hostname(), Port: port,
				Pathname: u.Path(), Search: prefixed("?", u.Query()), Hash: prefixed("#", u.Fragment()),
			}
			require.Equal(t, c, got, "%s: %q", file, c.Input)
			again, err := webaddr.Parse(u.String(), nil)
			require.NoError(t, err)
			require.Equal(t, u.String(), again.String(), "what is written must be read back as the same")
		}
	}
}

func TestParse_HostConformance(t *testing.T) {
	t.Parallel()
	type hostCase struct {
		Input  string
		Output *string
	}
	for _, file := range []string{"toascii.json", "IdnaTestV2.json"} {
		for _, c := range vectors[hostCase](t, file) {
			if c.Input == "" {
				continue // https:///x is a host x to browsers, so an empty name cannot be asked for
			}
			u, err := webaddr.Parse("https://"+c.Input+"/x", nil)
			if c.Output == nil {
				require.Error(t, err, "%s: %q", file, c.Input)
				continue
			}
			require.NoError(t, err, "%s: %q", file, c.Input)
			require.Equal(t, *c.Output, u.Host(), "%s: %q", file, c.Input)
			require.Equal(t, "/x", u.Path())
		}
	}
}

func TestParse_PercentEncodingConformance(t *testing.T) {
	t.Parallel()
	type encodingCase struct {
		Input  string
		Output map[string]string
	}
	for _, c := range vectors[encodingCase](t, "percent-encoding.json") {
		u, err := webaddr.Parse("https://doesnotmatter.invalid/?"+c.Input+"#"+c.Input, nil)
		require.NoError(t, err)
		require.Equal(t, c.Output["utf-8"], u.Query(), "%q", c.Input)
		require.Equal(t, c.Output["utf-8"], u.Fragment(), "%q", c.Input)
	}
}

func TestFitsDNS_Conformance(t *testing.T) {
	t.Parallel()
	type lengthCase struct {
		Input   string
		Failure bool
	}
	for _, c := range vectors[lengthCase](t, "verifydnslength_tests.json") {
		u, err := webaddr.Parse(c.Input, nil)
		require.NoError(t, err, c.Input)
		require.Equal(t, !c.Failure, webaddr.FitsDNS(u.Hostname()), strings.TrimPrefix(c.Input, "http://"))
	}
}
