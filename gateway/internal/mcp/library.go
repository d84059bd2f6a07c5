package mcp

import (
	"context"
	"errors"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/researcherpro/researcherpro/gateway/internal/limit"
	researchv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/research/v1"
)

// maxText is how many characters a text for the library may have here: four bytes
// each, and the message around them, fit into MaxBody.
const maxText = 1_000_000

// addLibrary adds the tools of the user's library.
func (s *Server) addLibrary() error {
	search, list, create := &researchv1.SearchDocumentsRequest{}, &researchv1.ListDocumentsRequest{}, &researchv1.CreateDocumentRequest{}
	return errors.Join(
		addTool(s, tool{"search_library", "Search the library", searchWords, reads, limit.Search, arguments{
			"query": of(search, "query"), "collection": of(search, "collection"), "limit": upTo(50, 10),
		}}, s.search),
		addTool(s, tool{"list_documents", "List documents", listDocWords, reads, limit.Read, arguments{
			"collection": of(list, "collection"), "pageSize": upTo(50, 20), "pageToken": of(list, "page_token"),
		}}, s.listDocuments),
		addTool(s, tool{
			"read_document", "Read a document", readDocWords, reads, limit.Download,
			pieceArguments(of(&researchv1.GetDocumentContentRequest{}, "id")),
		}, s.readDocument),
		addTool(s, tool{"add_document", "Add a document", addDocWords, keeps | openEnd, limit.Upload, arguments{
			"url": of(create, "url"), "title": of(create, "title"), "text": of(create, "text").within(maxText), "collection": of(create, "collection"),
		}}, s.addDocument),
	)
}

// searchInput are the arguments of search_library.
type searchInput struct {
	Query      string `json:"query" jsonschema:"What to look for: a question or keywords"`
	Collection string `json:"collection,omitempty" jsonschema:"Only this collection"`
	Limit      int32  `json:"limit,omitempty" jsonschema:"At most so many passages"`
}

// passage is a piece of a document that fits.
type passage struct {
	DocumentID    string  `json:"documentId" jsonschema:"The document, for read_document"`
	DocumentTitle string  `json:"documentTitle"`
	Text          string  `json:"text"`
	StartOffset   int32   `json:"startOffset" jsonschema:"Where it starts in the text of the document, in bytes"`
	EndOffset     int32   `json:"endOffset"`
	Page          int32   `json:"page,omitempty"`
	Score         float64 `json:"score" jsonschema:"How well it fits; only comparable within one answer"`
}

// passageList are passages, the best first.
type passageList struct {
	Passages []passage `json:"passages"`
}

func (s *Server) search(ctx context.Context, _ *sdk.CallToolRequest, in searchInput) (passageList, error) {
	ctx, _, end, err := begin(ctx, s.opts.Call)
	if err != nil {
		return passageList{}, err
	}
	defer end()
	answer, err := s.Documents.SearchDocuments(ctx, &researchv1.SearchDocumentsRequest{Query: in.Query, Collection: in.Collection, PageSize: in.Limit})
	found := passageList{Passages: []passage{}}
	for _, p := range answer.GetPassages() {
		found.Passages = append(found.Passages, passage{
			DocumentID: p.GetDocumentId(), DocumentTitle: p.GetDocumentTitle(), Text: p.GetText(),
			StartOffset: p.GetStartOffset(), EndOffset: p.GetEndOffset(), Page: p.GetPage(), Score: p.GetScore(),
		})
	}
	return found, err
}

// documentsInput are the arguments of list_documents.
type documentsInput struct {
	Collection string `json:"collection,omitempty" jsonschema:"Only this collection"`
	pageInput
}

// document is a document of the library.
type document struct {
	ID         string `json:"id" jsonschema:"The id, for read_document"`
	Title      string `json:"title"`
	FileName   string `json:"fileName,omitempty"`
	URL        string `json:"url,omitempty"`
	Collection string `json:"collection,omitempty"`
	State      string `json:"state" jsonschema:"PENDING, INDEXING, READY or FAILED"`
	Error      string `json:"error,omitempty" jsonschema:"Why it could not be read"`
	Language   string `json:"language,omitempty"`
	Published  string `json:"published,omitempty"`
	CreateTime string `json:"createTime,omitempty"`
}

func newDocument(d *researchv1.Document) document {
	told := document{
		ID: d.GetId(), Title: d.GetTitle(), FileName: d.GetFileName(), URL: d.GetUrl(), Collection: d.GetCollection(),
		State: d.GetState().String(), Language: d.GetLanguage(), Published: d.GetPublished(), CreateTime: written(d.GetCreateTime()),
	}
	if e := d.GetError(); e != nil {
		told.Error = e.GetReason() + ": " + e.GetMessage()
	}
	return told
}

// documentList is a page of documents.
type documentList struct {
	Documents     []document `json:"documents"`
	NextPageToken string     `json:"nextPageToken,omitempty" jsonschema:"Give it to get the next page; absent on the last"`
}

func (s *Server) listDocuments(ctx context.Context, _ *sdk.CallToolRequest, in documentsInput) (documentList, error) {
	ctx, _, end, err := begin(ctx, s.opts.Call)
	if err != nil {
		return documentList{}, err
	}
	defer end()
	page, err := s.Documents.ListDocuments(ctx, &researchv1.ListDocumentsRequest{Collection: in.Collection, PageSize: in.PageSize, PageToken: in.PageToken})
	found := documentList{Documents: []document{}, NextPageToken: page.GetNextPageToken()}
	for _, d := range page.GetDocuments() {
		found.Documents = append(found.Documents, newDocument(d))
	}
	return found, err
}

// documentInput are the arguments of read_document.
type documentInput struct {
	ID string `json:"id" jsonschema:"The id of the document"`
	pieceInput
}

func (s *Server) readDocument(ctx context.Context, _ *sdk.CallToolRequest, in documentInput) (sourcePiece, error) {
	text, err := s.readText(ctx, in.pieceInput, func(ctx context.Context, offset, length int64) (content, error) {
		return s.Documents.GetDocumentContent(ctx, &researchv1.GetDocumentContentRequest{Id: in.ID, Offset: offset, Length: length})
	})
	return sourcePiece{ID: in.ID, piece: text}, err
}

// addInput are the arguments of add_document.
type addInput struct {
	URL        string `json:"url,omitempty" jsonschema:"The public address of a page or file; either this or text"`
	Text       string `json:"text,omitempty" jsonschema:"The text, Markdown allowed; either this or url"`
	Title      string `json:"title,omitempty" jsonschema:"The title; required with a text"`
	Collection string `json:"collection,omitempty" jsonschema:"A label to search and research by"`
}

func (s *Server) addDocument(ctx context.Context, _ *sdk.CallToolRequest, in addInput) (document, error) {
	ctx, c, end, err := begin(ctx, 2*s.opts.Call) // an address is read before it returns
	if err != nil {
		return document{}, err
	}
	defer end()
	defer c.out.keepAlive(s.opts.Heartbeat)()
	added, err := s.Documents.CreateDocument(ctx, &researchv1.CreateDocumentRequest{
		Url: in.URL, Text: in.Text, Title: in.Title, Collection: in.Collection,
	})
	return newDocument(added), err
}
