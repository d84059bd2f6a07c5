package typeset_test

import (
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	reportv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/report/v1"
	"github.com/researcherpro/researcherpro/services/report/internal/pdf/pdftest"
	"github.com/researcherpro/researcherpro/services/report/internal/typeset"
)

// BenchmarkThirtyPages renders a report of about 30 pages, one after the other.
func BenchmarkThirtyPages(b *testing.B) {
	for lang, n := range map[string]int{"en": 15, "ar": 17, "zh": 19} {
		doc, _ := reportOf(lang, articles(b, lang)[:n])
		b.Run(lang, func(b *testing.B) {
			var pdf []byte
			var err error
			peak := watch(b)
			b.ResetTimer()
			for b.Loop() {
				pdf, err = typeset.Render(doc)
				require.NoError(b, err)
			}
			b.ReportMetric(peak(), "peak-MB")
			b.ReportMetric(float64(len(pdftest.Read(b, pdf).Pages())), "pages")
			b.ReportMetric(float64(b.Elapsed().Milliseconds())/float64(b.N), "ms/op")
		})
	}
}

// BenchmarkThirtyTwoAtOnce renders 32 reports of about 30 pages at once.
func BenchmarkThirtyTwoAtOnce(b *testing.B) {
	var docs []*reportv1.Document
	for lang, n := range map[string]int{"en": 15, "de": 14, "ar": 17, "zh": 19} {
		doc, _ := reportOf(lang, articles(b, lang)[:n])
		docs = append(docs, doc)
	}
	peak := watch(b)
	b.ResetTimer()
	for b.Loop() {
		var all sync.WaitGroup
		for i := range 32 {
			all.Go(func() {
				_, err := typeset.Render(docs[i%len(docs)])
				require.NoError(b, err)
			})
		}
		all.Wait()
	}
	b.ReportMetric(peak(), "peak-MB")
	b.ReportMetric(float64(b.Elapsed().Milliseconds())/float64(b.N), "ms/op")
}

// watch looks at the heap until it is asked for the most that it was, in megabytes.
func watch(b *testing.B) func() float64 {
	b.Helper()
	runtime.GC()
	stop, most := make(chan struct{}), make(chan uint64)
	go func() {
		var highest uint64
		for tick := time.NewTicker(5 * time.Millisecond); ; {
			select {
			case <-stop:
				tick.Stop()
				most <- highest
				return
			case <-tick.C:
				var m runtime.MemStats
				runtime.ReadMemStats(&m)
				highest = max(highest, m.HeapInuse)
			}
		}
	}()
	return func() float64 {
		close(stop)
		return float64(<-most) / (1 << 20)
	}
}
