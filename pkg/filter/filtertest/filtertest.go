// Package filtertest checks what lists declare to be filtered by.
package filtertest

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/researcherpro/researcherpro/pkg/filter"
	"github.com/researcherpro/researcherpro/pkg/page"
)

// Contract checks that each field of a list is one of the resource that the list has,
// and that the names of an enum are those of the contract.
func Contract(t *testing.T, list filter.List, resource proto.Message) {
	t.Helper()
	for _, field := range list.Fields {
		at := resource.ProtoReflect().Descriptor()
		var found protoreflect.FieldDescriptor
		for name := range strings.SplitSeq(field.Name, ".") {
			require.NotNil(t, at, "%s goes deeper than the contract", field.Name)
			found = at.Fields().ByName(protoreflect.Name(name))
			require.NotNil(t, found, "%s has no %s", resource.ProtoReflect().Descriptor().Name(), field.Name)
			at = found.Message()
		}
		if field.Type != filter.Enum {
			continue
		}
		for _, value := range field.Values {
			require.NotNil(t, found.Enum().Values().ByName(protoreflect.Name(value)), "%s has no %s", field.Name, value)
		}
		// The zero value is no state that anything is in, unless the list says so.
		require.GreaterOrEqual(t, len(field.Values), found.Enum().Values().Len()-1, "%s has further names", field.Name)
	}
}

// Runs checks that the database takes each field with all its operators, and a word
// without a field: read asks it for a page of the list.
func Runs(t *testing.T, list filter.List, read func(filter.Where) error) {
	t.Helper()
	texts := []string{""}
	if len(list.Text) > 0 {
		texts = append(texts, "word")
	}
	for _, field := range list.Fields {
		texts = append(texts, samples(field)...)
	}
	for _, text := range texts {
		where, err := list.Where(text)
		require.NoError(t, err, text)
		require.NoError(t, read(where), text)
	}
}

// samples returns restrictions of a field.
func samples(f filter.Field) (texts []string) {
	value := map[filter.Type]string{
		filter.Text: "a*", filter.ID: "018f0000-0000-7000-8000-000000000001", filter.Int: "-1", filter.Float: "1.5",
		filter.Bool: "true", filter.Time: "2026-05-01", filter.Millis: "2s", filter.Texts: "a*", filter.Map: "a",
	}[f.Type]
	operators := []string{":", "=", "!=", "<", ">="}
	switch f.Type {
	case filter.Enum:
		value, operators = f.Values[0], operators[:3]
	case filter.ID, filter.Bool:
		operators = operators[:3]
	case filter.Texts:
		operators = operators[:1]
	case filter.Map:
		texts = append(texts, f.Name+`.key = "a"`)
		operators = operators[:1]
	}
	for _, op := range operators {
		texts = append(texts, f.Name+" "+op+" "+value)
	}
	return append(texts, f.Name+":*")
}

// Stable checks that pages of two entries, read while others come and go, have each entry
// that was there all the time exactly once. Before each page but the first, change
// inserts and deletes entries, and returns the ids of those that it deleted. read reads a
// page and returns the ids of its entries with the token of the next one.
func Stable(t *testing.T, there []string, change func(int) []string, read func(page.Request) ([]string, string)) {
	t.Helper()
	seen, gone := map[string]int{}, map[string]bool{}
	request := Request{Size: 2}
	for number := 0; ; number++ {
		if number > 0 {
			for _, id := range change(number) {
				gone[id] = true
			}
		}
		ids, next := read(request)
		for _, id := range ids {
			seen[id]++
			require.Equal(t, 1, seen[id], "%s comes twice", id)
		}
		if next == "" {
			break
		}
		require.Less(t, number, 1000, "the list ends")
		request.Token = next
	}
	for _, id := range there {
		if !gone[id] {
			require.Equal(t, 1, seen[id], "%s is left out", id)
		}
	}
}

// Request is a request for a page.
type Request struct {
	Size          int32
	Token, Filter string
}

// GetPageSize implements page.Request.
func (r Request) GetPageSize() int32 { return r.Size }

// GetPageToken implements page.Request.
func (r Request) GetPageToken() string { return r.Token }

// GetFilter implements page.Request.
func (r Request) GetFilter() string { return r.Filter }
