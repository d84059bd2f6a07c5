package research_test

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	researchv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/research/v1"
	"github.com/researcherpro/researcherpro/services/research/researchtest"
)

// BenchmarkBacklog reads small files that have been uploaded before: what is behind
// the upload only.
func BenchmarkBacklog(b *testing.B) {
	for _, paragraphs := range []int{1, 16} {
		b.Run(fmt.Sprintf("paragraphs=%d", paragraphs), func(b *testing.B) {
			cfg, user := researchtest.Config(b), researchtest.User(b)
			api := researchtest.API(b, cfg)
			var group errgroup.Group
			group.SetLimit(senders)
			for i := range b.N {
				group.Go(func() error {
					header := &researchv1.UploadDocumentRequest_Header{FileName: fmt.Sprintf("%d.md", i)}
					_, err := api.Upload(user, header, bytes.NewReader(prose(uint64(i), paragraphs)))
					return err
				})
			}
			require.NoError(b, group.Wait())
			b.ResetTimer()
			f := researchtest.Replica(b, cfg)
			passages := awaitAll(user, b, f, b.N)
			b.ReportMetric(float64(passages)/b.Elapsed().Seconds(), "passages/s")
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "docs/s")
		})
	}
}
