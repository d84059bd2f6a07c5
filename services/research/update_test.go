package research_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	"github.com/researcherpro/researcherpro/pkg/errs"
	researchv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/research/v1"
	"github.com/researcherpro/researcherpro/services/research/researchtest"
)

func TestUpdateDocument_ChangesWhatTheMaskOrTheRequestNames(t *testing.T) {
	t.Parallel()
	f, user := researchtest.Serve(t), researchtest.User(t)
	d := f.Add(user, t, "otters.md", []byte(otters))
	for _, tc := range []struct {
		rule              string
		asked             *researchv1.Document
		mask              []string
		title, collection string
	}{
		{"without a mask what is set", &researchv1.Document{Title: " Sea otters "}, nil, "Sea otters", ""},
		{"both", &researchv1.Document{Title: "Otters of the sea", Collection: "sea"}, nil, "Otters of the sea", "sea"},
		{"only what the mask names", &researchv1.Document{Title: "No", Collection: "coast"}, []string{"collection"}, "Otters of the sea", "coast"},
		{"the mask of a PATCH names the id", &researchv1.Document{Title: "Clams"}, []string{"id", "title"}, "Clams", "coast"},
		{"out of its collection", &researchv1.Document{}, []string{"collection"}, "Clams", ""},
		{"nothing", &researchv1.Document{}, nil, "Clams", ""},
	} {
		tc.asked.Id = d.GetId()
		got, err := f.Documents.UpdateDocument(user, &researchv1.UpdateDocumentRequest{
			Document: tc.asked, UpdateMask: &fieldmaskpb.FieldMask{Paths: tc.mask},
		})
		require.NoError(t, err, tc.rule)
		require.Equal(t, [2]string{tc.title, tc.collection}, [2]string{got.GetTitle(), got.GetCollection()}, tc.rule)
		require.Equal(t, researchv1.Document_READY, got.GetState(), tc.rule)
		hits := f.Search(user, t, "otters clams")
		require.Len(t, hits, 1, tc.rule)
		require.Equal(t, tc.title, hits[0].GetDocumentTitle(), "%s: a search knows it at once", tc.rule)
	}
}

func TestUpdateDocument_ASearchInACollectionFollows(t *testing.T) {
	t.Parallel()
	f, user := researchtest.Serve(t), researchtest.User(t)
	d := f.Add(user, t, "otters.md", []byte(otters))
	in := func(collection string) int {
		resp, err := f.Documents.SearchDocuments(user, &researchv1.SearchDocumentsRequest{Query: "otters clams", Collection: collection})
		require.NoError(t, err)
		return len(resp.GetPassages())
	}
	require.Zero(t, in("sea"))
	_, err := f.Documents.UpdateDocument(user, &researchv1.UpdateDocumentRequest{Document: &researchv1.Document{Id: d.GetId(), Collection: "sea"}})
	require.NoError(t, err)
	require.Equal(t, 1, in("sea"))
}

func TestUpdateDocument_AGivenTitleOutlivesTheReading(t *testing.T) {
	t.Parallel()
	cfg, user := researchtest.Config(t), researchtest.User(t)
	api := researchtest.API(t, cfg) // nobody reads yet
	d, err := api.Upload(user, &researchv1.UploadDocumentRequest_Header{FileName: "otters.md"}, bytes.NewReader([]byte(otters)))
	require.NoError(t, err)
	_, err = api.Documents.UpdateDocument(user, &researchv1.UpdateDocumentRequest{Document: &researchv1.Document{Id: d.GetId(), Title: "My title"}})
	require.NoError(t, err)
	require.Empty(t, api.Search(user, t, "otters clams"), "it is not found before it is read")
	require.Equal(t, "My title", researchtest.Replica(t, cfg).Await(user, t, d.GetId()).GetTitle())
}

func TestUpdateDocument_RefusesWhatIsWrongAndNamesIt(t *testing.T) {
	t.Parallel()
	f, user := researchtest.Serve(t), researchtest.User(t)
	d := f.Add(user, t, "otters.md", []byte(otters))
	for name, tc := range map[string]struct {
		asked *researchv1.Document
		mask  []string
		field string
	}{
		"no id":                 {&researchv1.Document{Title: "x"}, nil, "document.id"},
		"a blank title":         {&researchv1.Document{Id: d.GetId(), Title: " "}, nil, "document.title"},
		"an empty title":        {&researchv1.Document{Id: d.GetId()}, []string{"title"}, "document.title"},
		"a title too long":      {&researchv1.Document{Id: d.GetId(), Title: strings.Repeat("é", 401)}, nil, "document.title"},
		"a collection too long": {&researchv1.Document{Id: d.GetId(), Collection: strings.Repeat("a", 65)}, nil, "document.collection"},
		"a field there is not":  {&researchv1.Document{Id: d.GetId(), Title: "x"}, []string{"title", "color"}, "update_mask"},
	} {
		_, err := f.Documents.UpdateDocument(user, &researchv1.UpdateDocumentRequest{Document: tc.asked, UpdateMask: &fieldmaskpb.FieldMask{Paths: tc.mask}})
		require.ErrorIs(t, err, errs.InvalidArgument, name)
		require.ErrorContains(t, err, tc.field, name)
	}
	same := f.Await(user, t, d.GetId())
	require.Equal(t, d.GetTitle(), same.GetTitle())
	for name, id := range map[string]string{"another workspace's": d.GetId(), "none": uuid.NewString()} {
		_, err := f.Documents.UpdateDocument(researchtest.User(t), &researchv1.UpdateDocumentRequest{Document: &researchv1.Document{Id: id, Title: "Mine"}})
		require.ErrorIs(t, err, errs.NotFound, name)
	}
}
