package server

import (
	"context"
	"strings"
	"unicode/utf8"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	"github.com/researcherpro/researcherpro/pkg/authn"
	"github.com/researcherpro/researcherpro/pkg/errs"
	researchv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/research/v1"
	"github.com/researcherpro/researcherpro/services/research/internal/store"
	"github.com/researcherpro/researcherpro/services/research/internal/worker"
)

// The most characters of a document's labels.
const (
	maxTitle      = 400
	maxCollection = 64
)

// UpdateDocument implements researchv1.DocumentServiceServer.
func (s *Documents) UpdateDocument(ctx context.Context, req *researchv1.UpdateDocumentRequest) (*researchv1.Document, error) {
	caller, err := authn.FromContext(ctx)
	if err != nil {
		return nil, err
	}
	labels, err := labelsOf(req.GetDocument(), req.GetUpdateMask())
	if err != nil {
		return nil, err
	}
	d, err := s.relabelled(ctx, caller.WorkspaceID, req.GetDocument().GetId(), labels)
	if err != nil {
		return nil, err
	}
	return documentToProto(d), nil
}

// relabelled changes a document, or only looks at it when there is nothing to change.
func (s *Documents) relabelled(ctx context.Context, workspaceID, id string, labels store.Labels) (store.Document, error) {
	if labels.Change() {
		return s.store.UpdateDocument(ctx, workspaceID, id, labels)
	}
	d, err := s.store.GetDocument(ctx, workspaceID, id)
	if err != nil {
		return d, err
	}
	return d, errs.CheckETag(labels.ETag, d.ETag())
}

// labelsOf returns what an update changes, and names every field that is wrong.
func labelsOf(asked *researchv1.Document, mask *fieldmaskpb.FieldMask) (store.Labels, error) {
	var v errs.Violations
	v.Check(uuid.Validate(asked.GetId()) == nil, "document.id", "must be a UUID")
	title, collection := strings.TrimSpace(asked.GetTitle()), asked.GetCollection()
	change := map[string]bool{"title": asked.GetTitle() != "", "collection": collection != ""}
	if len(mask.GetPaths()) > 0 {
		change = map[string]bool{}
		for _, path := range mask.GetPaths() {
			// The gateway makes the mask of all that a PATCH's body names: whoever sends
			// back what they have read names what only the server sets, too (AIP-203).
			top, _, _ := strings.Cut(path, ".")
			v.Check(asked.ProtoReflect().Descriptor().Fields().ByName(protoreflect.Name(top)) != nil,
				"update_mask", "may only name title, collection")
			change[path] = true
		}
	}
	out := store.Labels{ETag: asked.GetEtag()}
	if change["title"] {
		v.Check(title != "" && utf8.RuneCountInString(title) <= maxTitle, "document.title", "must have 1 to 400 characters")
		out.Title = &title
	}
	if change["collection"] {
		v.Check(utf8.RuneCountInString(collection) <= maxCollection, "document.collection", "must have at most 64 characters")
		out.Collection = &collection
	}
	return out, v.Err()
}

// ReindexDocument implements researchv1.DocumentServiceServer.
func (s *Documents) ReindexDocument(ctx context.Context, req *researchv1.ReindexDocumentRequest) (*researchv1.Document, error) {
	caller, err := authn.FromContext(ctx)
	if err != nil {
		return nil, err
	}
	var d store.Document
	err = s.store.InWorkspace(ctx, caller.WorkspaceID, func(ctx context.Context, tx pgx.Tx) error {
		var asked bool
		if d, asked, err = s.store.AskAgain(ctx, tx, req.GetId()); err != nil || !asked {
			return err
		}
		_, err = s.jobs.InsertTx(ctx, tx, worker.IndexArgs{WorkspaceID: caller.WorkspaceID, DocumentID: d.ID}, nil)
		return err
	})
	if err != nil {
		return nil, err
	}
	return documentToProto(d), nil
}

// ReindexDocuments implements researchv1.DocumentServiceServer. It only makes the
// note that goes through the library, so that a large one does not keep the caller.
func (s *Documents) ReindexDocuments(ctx context.Context, req *researchv1.ReindexDocumentsRequest) (*researchv1.ReindexDocumentsResponse, error) {
	caller, err := authn.FromContext(ctx)
	if err != nil {
		return nil, err
	}
	var there store.Extent
	err = s.store.InWorkspace(ctx, caller.WorkspaceID, func(ctx context.Context, tx pgx.Tx) error {
		if there, err = s.store.ReadDocuments(ctx, tx, req.GetCollection()); err != nil || there.Count == 0 {
			return err
		}
		_, err = s.jobs.InsertTx(ctx, tx, worker.ReindexArgs{
			WorkspaceID: caller.WorkspaceID, Collection: req.GetCollection(), Through: there.LastID,
		}, nil)
		return err
	})
	if err != nil {
		return nil, err
	}
	return &researchv1.ReindexDocumentsResponse{DocumentCount: there.Count}, nil
}
