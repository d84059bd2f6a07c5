package research_test

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	researchv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/research/v1"
	"github.com/researcherpro/researcherpro/services/research/researchtest"
)

// senders is how many files the benchmark sends at once, as a client does.
const senders = 4

// prose makes a Markdown file of paragraphs whose words are as unevenly common as in
// a language: the word of rank r comes 1/r as often as the first (Zipf).
func prose(seed uint64, paragraphs int) []byte {
	random := rand.New(rand.NewPCG(seed, 1))
	zipf := rand.NewZipf(random, 1.1, 2, 20_000)
	var text strings.Builder
	fmt.Fprintf(&text, "# Report %d\n", seed)
	for range paragraphs {
		text.WriteString("\n")
		for range 5 {
			text.WriteString("The")
			for range 17 {
				fmt.Fprintf(&text, " %s", word(zipf.Uint64()))
			}
			text.WriteString(". ")
		}
		text.WriteString("\n")
	}
	return []byte(text.String())
}

// word makes the word of a rank: the more common, the shorter.
func word(rank uint64) string {
	const consonants, vowels = "bdfgklmnprstvz", "aeiou"
	var b strings.Builder
	for n := rank + 7; n > 0; n /= uint64(len(consonants) * len(vowels)) {
		b.WriteByte(consonants[n%uint64(len(consonants))])
		b.WriteByte(vowels[n/uint64(len(consonants))%uint64(len(vowels))])
	}
	return b.String()
}

// BenchmarkIngest takes small files from the upload to READY and tells how many
// passages become searchable a second.
func BenchmarkIngest(b *testing.B) {
	for _, paragraphs := range []int{1, 4, 16} {
		b.Run(fmt.Sprintf("paragraphs=%d", paragraphs), func(b *testing.B) {
			f, user := researchtest.Serve(b), researchtest.User(b)
			files := make([][]byte, b.N)
			for i := range files {
				files[i] = prose(uint64(i), paragraphs)
			}
			b.ResetTimer()
			group, ctx := errgroup.WithContext(user)
			group.SetLimit(senders)
			for i, content := range files {
				group.Go(func() error {
					header := &researchv1.UploadDocumentRequest_Header{FileName: fmt.Sprintf("%d.md", i)}
					_, err := f.Upload(ctx, header, bytes.NewReader(content))
					return err
				})
			}
			require.NoError(b, group.Wait())
			sent := b.Elapsed()
			passages := awaitAll(user, b, f, b.N)
			b.ReportMetric(float64(b.N)/sent.Seconds(), "uploads/s")
			b.ReportMetric(float64(passages)/b.Elapsed().Seconds(), "passages/s")
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "docs/s")
		})
	}
}

// awaitAll waits until all documents of the library are READY, and returns how many
// passages they have. It looks seldom, not to be what is measured.
func awaitAll(ctx context.Context, t testing.TB, f *researchtest.Fixture, documents int) (passages int64) {
	t.Helper()
	look := time.NewTicker(50 * time.Millisecond)
	defer look.Stop()
	for {
		resp, err := f.Documents.ListCollections(ctx, &researchv1.ListCollectionsRequest{})
		require.NoError(t, err)
		require.Len(t, resp.GetCollections(), 1)
		all := resp.GetCollections()[0]
		require.Zero(t, all.GetFailedCount())
		if all.GetReadyCount() == int64(documents) {
			return all.GetPassageCount()
		}
		<-look.C
	}
}
