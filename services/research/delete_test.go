package research_test

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/pkg/authn"
	"github.com/researcherpro/researcherpro/pkg/authn/authntest"
	"github.com/researcherpro/researcherpro/pkg/errs"
	authv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/auth/v1"
	researchv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/research/v1"
	"github.com/researcherpro/researcherpro/services/research/researchtest"
)

// blobsIn returns the names of the blobs in a folder.
func blobsIn(t *testing.T, dir string) []string {
	t.Helper()
	var names []string
	err := fs.WalkDir(os.DirFS(dir), ".", func(_ string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			names = append(names, entry.Name())
		}
		return err
	})
	require.NoError(t, err)
	return names
}

func TestDeleteDocument_TakesItOutOfTheSearchAndTheBlobs(t *testing.T) {
	t.Parallel()
	f, user := researchtest.Serve(t), researchtest.User(t)
	d := f.Add(user, t, "otters.html", []byte("<p>"+fact+"</p>"))
	require.Len(t, blobsIn(t, f.Blobs), 2, "the original and its text")
	require.NotEmpty(t, f.Search(user, t, question))

	_, err := f.Documents.DeleteDocument(user, &researchv1.DeleteDocumentRequest{Id: d.GetId()})
	require.NoError(t, err)
	require.Empty(t, f.Search(user, t, question))
	require.Empty(t, blobsIn(t, f.Blobs))
	_, err = f.Documents.GetDocument(user, &researchv1.GetDocumentRequest{Id: d.GetId()})
	require.ErrorIs(t, err, errs.NotFound)
	_, err = f.Documents.DeleteDocument(user, &researchv1.DeleteDocumentRequest{Id: d.GetId()})
	require.ErrorIs(t, err, errs.NotFound)
}

func TestDeleteDocument_KeepsTheSnapshotsThatResearchCites(t *testing.T) {
	t.Parallel()
	f, user := researchtest.Serve(t), researchtest.User(t)
	original := []byte("<p>" + fact + "</p>")
	d := f.Add(user, t, "otters.html", original)
	r := f.Ask(user, t, &researchv1.CreateResearchRequest{Query: question})
	_, err := f.Documents.DeleteDocument(user, &researchv1.DeleteDocumentRequest{Id: d.GetId()})
	require.NoError(t, err)

	sources := f.Sources(user, t, r.GetId())
	require.Len(t, sources, 1)
	text, _, err := f.Content(user, sources[0].GetId(), false)
	require.NoError(t, err)
	e := f.Evidence(user, t, r.GetId())[0]
	require.Equal(t, e.GetText(), string(text[e.GetStartOffset():e.GetEndOffset()]))
	raw, _, err := f.Content(user, sources[0].GetId(), true)
	require.NoError(t, err)
	require.Equal(t, original, raw)

	_, err = f.Research.DeleteResearch(user, &researchv1.DeleteResearchRequest{Id: r.GetId()})
	require.NoError(t, err)
	require.Empty(t, blobsIn(t, f.Blobs), "they go with the research")
}

func TestDeleteDocument_KeepsATextThatAnotherDocumentHas(t *testing.T) {
	t.Parallel()
	f, user := researchtest.Serve(t), researchtest.User(t)
	one := f.Add(user, t, "one.txt", []byte(fact))
	two := f.Add(user, t, "two.html", []byte("<p>"+fact+"</p>"))
	require.Equal(t, one.GetTextSha256(), two.GetTextSha256())

	_, err := f.Documents.DeleteDocument(user, &researchv1.DeleteDocumentRequest{Id: one.GetId()})
	require.NoError(t, err)
	require.Contains(t, blobsIn(t, f.Blobs), two.GetTextSha256())
}

func TestDeleteDocument_BeforeItIsRead(t *testing.T) {
	t.Parallel()
	cfg := researchtest.Config(t)
	api, user := researchtest.API(t, cfg), researchtest.User(t)
	d, err := api.Upload(user, &researchv1.UploadDocumentRequest_Header{FileName: "otters.md"}, bytes.NewReader([]byte(otters)))
	require.NoError(t, err)
	_, err = api.Documents.DeleteDocument(user, &researchv1.DeleteDocumentRequest{Id: d.GetId()})
	require.NoError(t, err)

	f := researchtest.Replica(t, cfg) // its worker gets the job of the deleted document
	r := f.Ask(user, t, &researchv1.CreateResearchRequest{Query: question})
	require.Equal(t, researchv1.Research_SUCCEEDED, r.GetState())
	require.Empty(t, f.Sources(user, t, r.GetId()))
	require.Empty(t, blobsIn(t, f.Blobs))
}

func TestDeleteDocument_WhileTheSameBytesComeAgainLosesNone(t *testing.T) {
	t.Parallel()
	f, user := researchtest.Serve(t), researchtest.User(t)
	content := []byte(otters)
	header := &researchv1.UploadDocumentRequest_Header{FileName: "otters.md"}
	for range 15 {
		old := f.Add(user, t, "otters.md", content)
		var again *researchv1.Document
		var added, deleted error
		var group sync.WaitGroup
		group.Go(func() { again, added = f.Upload(user, header, bytes.NewReader(content)) })
		group.Go(func() {
			_, deleted = f.Documents.DeleteDocument(user, &researchv1.DeleteDocumentRequest{Id: old.GetId()})
		})
		group.Wait()
		require.NoError(t, deleted)
		if added != nil {
			require.ErrorIs(t, added, errs.Conflict)
			continue
		}
		if again.GetId() == old.GetId() {
			continue // the upload came first and found the document that then went
		}
		require.Equal(t, researchv1.Document_READY, f.Await(user, t, again.GetId()).GetState())
		require.Contains(t, blobsIn(t, f.Blobs), again.GetSha256())
	}
}

func TestSearch_WhileTheLibraryChangesNeverGivesHalfADocument(t *testing.T) {
	t.Parallel()
	f, user := researchtest.Serve(t), researchtest.User(t)
	f.Add(user, t, "first.md", []byte(otters))
	ended := make(chan struct{})
	problem := make(chan error, 1)
	go func() {
		defer close(ended)
		problem <- func() error {
			for i := range 12 {
				d, err := f.Documents.CreateDocument(user, &researchv1.CreateDocumentRequest{
					Title: "Otters", Text: fmt.Sprintf("%s It was seen %d times.", fact, i),
				})
				if err != nil {
					return err
				}
				if i%3 == 0 {
					if _, err := f.Documents.DeleteDocument(user, &researchv1.DeleteDocumentRequest{Id: d.GetId()}); err != nil {
						return err
					}
				}
			}
			return nil
		}()
	}()
	var searches sync.WaitGroup
	bad := make(chan error, 4)
	for range cap(bad) {
		searches.Go(func() {
			for {
				select {
				case <-ended:
					return
				default:
				}
				resp, err := f.Documents.SearchDocuments(user, &researchv1.SearchDocumentsRequest{Query: question})
				if err == nil && len(resp.GetPassages()) == 0 {
					err = errors.New("the first document was not found")
				}
				for _, p := range resp.GetPassages() {
					if p.GetDocumentId() == "" || p.GetText() == "" {
						err = fmt.Errorf("half a passage: %v", p)
					}
				}
				if err != nil {
					bad <- err
					return
				}
			}
		})
	}
	searches.Wait()
	require.NoError(t, <-problem)
	close(bad)
	require.NoError(t, <-bad)
}

func TestDeleteDocument_LeavesNoPassage(t *testing.T) {
	t.Parallel()
	f := researchtest.Serve(t)
	ada := authntest.Caller(t, authn.RoleResearcher)
	user := researchtest.As(t, ada)
	d := f.Add(user, t, "otters.md", []byte(otters))
	_, err := f.Documents.DeleteDocument(user, &researchv1.DeleteDocumentRequest{Id: d.GetId()})
	require.NoError(t, err)
	left := remains(t, f.Config, ada.WorkspaceID)
	require.Zero(t, left["documents"])
	require.Zero(t, left["passages"])
	require.Equal(t, 1, left["library_changes"], "replicas have to hear of it")
}

func TestSweep_IsForetoldOnceADayBeforeTheFirstBlob(t *testing.T) {
	t.Parallel()
	f := researchtest.Serve(t)
	ada := authntest.Caller(t, authn.RoleResearcher)
	user := researchtest.As(t, ada)
	cfg := f.Config
	cfg.WorkerID += "-other"
	other := researchtest.Replica(t, cfg)
	// Refused, but the bytes came: a process that is killed now would leave them.
	f.Auth.SetSettings(ada.WorkspaceID, &authv1.WorkspaceSettings{Quotas: &authv1.Quotas{MaxLibraryBytes: 1}})
	_, err := f.Documents.CreateDocument(user, &researchv1.CreateDocumentRequest{Title: "Otters", Text: otters})
	require.ErrorIs(t, err, errs.ResourceExhausted)
	for i := range 3 {
		other.Add(user, t, "otters.md", fmt.Appendf(nil, "%s %d", otters, i))
	}
	// One, or two around midnight.
	var sweeps, days, soon int
	require.NoError(t, allJobs(t, f.Config).QueryRow(t.Context(), `
		SELECT count(*), count(DISTINCT args->>'day'), count(*) FILTER (WHERE scheduled_at < now() + interval '24 h')
		FROM river_job WHERE kind = 'sweep_blobs'`).Scan(&sweeps, &days, &soon))
	require.Positive(t, sweeps)
	require.Equal(t, days, sweeps)
	require.Zero(t, soon)
}

func TestSweep_TakesWhatAKilledUploadLeft(t *testing.T) {
	t.Parallel()
	f := researchtest.Serve(t)
	ada := authntest.Caller(t, authn.RoleResearcher)
	user := researchtest.As(t, ada)
	d := f.Add(user, t, "otters.md", []byte(otters))
	kept := blobsIn(t, f.Blobs)
	f.Stop()
	folder, long := filepath.Join(f.Blobs, ada.WorkspaceID), time.Now().Add(-25*time.Hour)
	orphan := strings.Repeat("ab", 32)
	for _, name := range []string{orphan, orphan + ".1f.tmp"} {
		require.NoError(t, os.WriteFile(filepath.Join(folder, name), []byte("left"), 0o600))
	}
	for _, name := range blobsIn(t, f.Blobs) {
		require.NoError(t, os.Chtimes(filepath.Join(folder, name), long, long))
	}
	_, err := allJobs(t, f.Config).Exec(t.Context(), "UPDATE river_job SET scheduled_at = now() WHERE kind = 'sweep_blobs'")
	require.NoError(t, err)

	again := researchtest.Replica(t, f.Config)
	require.Eventually(t, func() bool { return len(blobsIn(t, f.Blobs)) == len(kept) }, time.Minute, 20*time.Millisecond)
	require.ElementsMatch(t, kept, blobsIn(t, f.Blobs))
	require.Equal(t, researchv1.Document_READY, again.Await(user, t, d.GetId()).GetState())
}
