package page

import (
	"github.com/google/uuid"

	"github.com/researcherpro/researcherpro/pkg/filter"
)

// The sizes of a page where a list does not say others; the contract names them.
const (
	defaultSize = 50
	maxSize     = 200
)

// Request is the request of a list that can be filtered.
type Request interface {
	GetPageSize() int32
	GetPageToken() string
	GetFilter() string
}

// List is a list that pages are asked of.
type List struct {
	// Filter says what it can be filtered by.
	Filter filter.List
	// Query is its name with all that was asked for besides the filter: a token is
	// good for the same query only.
	Query []string
	// Default and Max are the sizes of its pages; 0 means 50 and 200.
	Default, Max int
}

// Query is what a store is asked for: a page of a list whose entries are ordered by
// the key K.
type Query[K any] struct {
	// After is the key of the last entry of the page before; its zero value is before
	// all, on the first page.
	After K
	// Limit is how many entries to read.
	Limit int
	// Where is the filter; the zero one keeps all.
	Where filter.Where
}

// Asked is a page that a request asks for.
type Asked[K any] struct {
	Query[K]
	// Later tells that it is not the first page.
	Later bool
	query []string
}

// Ask reads a request for a page. The query has a limit of one entry more than the
// page holds, which tells [Cut] that there are more.
func Ask[K any](req Request, list List) (Asked[K], error) {
	asked := Asked[K]{query: append(list.Query[:len(list.Query):len(list.Query)], req.GetFilter())}
	var err error
	if asked.Where, err = list.Filter.Where(req.GetFilter()); err != nil {
		return asked, err
	}
	if asked.Later, err = Decode(req.GetPageToken(), &asked.After, asked.query...); err != nil {
		return asked, err
	}
	if list.Default == 0 {
		list.Default, list.Max = defaultSize, maxSize
	}
	asked.Limit = Size(req.GetPageSize(), list.Default, list.Max) + 1
	return asked, nil
}

// Turn makes a page out of what was read for it: the page, and the token for the next
// one when there is more.
func Turn[K, T any](asked Asked[K], list []T, key func(T) K) ([]T, string, error) {
	return Cut(list, asked.Limit-1, func(entry T) any { return key(entry) }, asked.query...)
}

// Key is a sort key that knows which values it can have. Whoever knows how tokens are
// made can make one with any key, and some are nothing that a database can compare.
type Key interface {
	Valid() bool
}

// ID is the key of a list that is ordered by UUIDs.
type ID string

// Valid implements [Key].
func (id ID) Valid() bool { return len(id) == 36 && uuid.Validate(string(id)) == nil }
