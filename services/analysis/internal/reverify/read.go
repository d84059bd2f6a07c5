package reverify

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	researchv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/research/v1"
	"github.com/researcherpro/researcherpro/services/analysis/internal/store"
)

// read asks research for what a source says now, and for what it said before, if
// that is another text.
func (w *Worker) read(ctx context.Context, id string, citations []store.RecheckedCitation) (source, error) {
	called, cancel := context.WithTimeout(ctx, recheckTime)
	defer cancel()
	answer, err := w.research.RecheckSource(called, &researchv1.RecheckSourceRequest{Id: id})
	if err != nil {
		return source{}, fmt.Errorf("recheck source %s: %w", id, err)
	}
	now := source{sha256: answer.GetSha256(), retraction: retraction(answer.GetNotices())}
	switch {
	case answer.GetSha256() == "":
		now.unreachable = answer.GetReason()
		return now, nil
	case same(citations, answer.GetSha256()):
		return now, nil
	}
	if now.text, err = w.content(ctx, &researchv1.GetSourceContentRequest{Id: id, Rechecked: true}); err != nil {
		return source{}, err
	}
	now.before, err = w.content(ctx, &researchv1.GetSourceContentRequest{Id: id})
	return now, err
}

// same reports whether all citations are of the text with a digest.
func same(citations []store.RecheckedCitation, sha256 string) bool {
	for _, c := range citations {
		message, err := decode(c)
		if err != nil || message.GetCitation().GetSnapshotSha256() != sha256 {
			return false
		}
	}
	return true
}

// retraction is the first notice of a retraction; nil when there is none.
func retraction(notices []*researchv1.Notice) *researchv1.Notice {
	for _, n := range notices {
		if n.GetKind() == researchv1.Notice_RETRACTION {
			return n
		}
	}
	return nil
}

// content reads a text of a source.
func (w *Worker) content(ctx context.Context, req *researchv1.GetSourceContentRequest) (string, error) {
	stream, err := w.research.GetSourceContent(ctx, req)
	if err != nil {
		return "", fmt.Errorf("read source %s: %w", req.GetId(), err)
	}
	var text strings.Builder
	for {
		piece, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			return text.String(), nil
		}
		if err != nil {
			return "", fmt.Errorf("read source %s: %w", req.GetId(), err)
		}
		text.Write(piece.GetData())
	}
}
