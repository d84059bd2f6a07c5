package cite

import (
	"cmp"
	"maps"
	"strings"
	"time"
	"unicode"

	reportv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/report/v1"
	researchv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/research/v1"
)

// The kinds of sources, as research.v1.Source names them. Pages, documents and what is of
// no known kind are referred to alike.
const (
	kindArticle      = "article"
	kindReview       = "review"
	kindPreprint     = "preprint"
	kindBook         = "book"
	kindChapter      = "chapter"
	kindProceedings  = "proceedings"
	kindThesis       = "thesis"
	kindDataset      = "dataset"
	kindReport       = "report"
	kindEncyclopedia = "encyclopedia"
	kindNews         = "news"
	kindPost         = "post"
)

// untitled stands in for a title that nothing stands in for.
const untitled = "Untitled source"

// WorkOf returns what is known about a source, with the names of its authors read.
func WorkOf(source *researchv1.Source) *reportv1.Work {
	work := &reportv1.Work{
		Id:          source.GetId(),
		Title:       cmp.Or(clean(source.GetTitle()), clean(source.GetFileName()), clean(source.GetUrl()), untitled),
		Authors:     parseNames(source.GetAuthors(), source.GetLanguage()),
		Kind:        source.GetKind(),
		Published:   published(source),
		Container:   clean(source.GetContainer()),
		Publisher:   clean(source.GetPublisher()),
		Url:         strings.TrimSpace(source.GetUrl()),
		FileName:    clean(source.GetFileName()),
		Language:    source.GetLanguage(),
		Identifiers: maps.Clone(source.GetIdentifiers()),
		Retracted:   noticed(source, researchv1.Notice_RETRACTION),
		Preprint:    source.GetPreprint(),
	}
	// The day is that of UTC, as everywhere in a report.
	if source.GetFetchTime() != nil {
		work.Accessed = source.GetFetchTime().AsTime().UTC().Format(time.DateOnly)
	}
	return work
}

// published returns when a source was published, in the precision that is known.
func published(source *researchv1.Source) string {
	// The text first: a time always has a day, also where only the year is known.
	if d := parseDate(source.GetPublished()); d.year > 0 {
		return d.iso()
	}
	if source.GetPublishTime() != nil {
		return source.GetPublishTime().AsTime().UTC().Format(time.DateOnly)
	}
	return ""
}

// clean makes one line of a text: what is set in a line has no breaks, and no space at
// its ends. Spaces at which no line breaks stay as they are; so do control characters,
// which each format deals with as it must.
func clean(text string) string {
	return strings.Join(strings.FieldsFunc(text, func(r rune) bool { return unicode.IsSpace(r) && r != '\u00a0' && r != '\u202f' }), " ")
}
