package fetch_test

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/researcherpro/researcherpro/services/research/internal/fetch"
)

func BenchmarkFetch(b *testing.B) {
	body := compressedPage(b)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		w.Header().Set("Content-Encoding", "gzip")
		w.Write(body)
	}))
	defer s.Close()
	f := fetch.New(fetch.Config{Limiter: free{}, Trusted: loopback()})
	defer f.Close()
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if _, err := f.Fetch(b.Context(), fetch.Request{URL: s.URL + "/page"}); err != nil {
				b.Error(err)
				return
			}
		}
	})
}

// compressedPage is a page of 100 kB, compressed.
func compressedPage(b *testing.B) []byte {
	b.Helper()
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	for i := range 2500 {
		fmt.Fprintf(w, "<p>Sentence %d stands in a paragraph.</p>\n", i*i)
	}
	if err := w.Close(); err != nil {
		b.Fatal(err)
	}
	return out.Bytes()
}
