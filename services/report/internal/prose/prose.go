// Package prose reads the Markdown that templates are written in.
//
// The dialect is CommonMark 0.31 with the tables and the strikethrough of GitHub's
// extensions, and these differences:
//
//   - There is no raw HTML: tags, comments and the like are text, shown as written.
//   - An image is its alternative text: a document asks nothing of the network.
//   - A link whose address is not a whole http, https or mailto URL is its text.
//   - Addresses are links only where they are marked as such: <https://…>.
//   - A paragraph, a link or an emphasis that holds nothing is left out.
//
// Values that a template prints are no Markdown. They stand in the source as
// placeholders, which mean nothing in Markdown, and their text replaces these in
// what was read: whatever it holds, it is text, in a cell as in a heading, in code
// as in an address.
package prose

import (
	"context"
	"errors"
	"fmt"

	"github.com/yuin/goldmark/text"

	reportv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/report/v1"
)

// Bounds on what is read. Markdown can be written that takes a reader quadratic time
// or memory; nothing that somebody wrote by hand comes near these.
const (
	// MaxDepth is how deep lists, quotations and styles may be nested.
	MaxDepth = 32
	// MaxDelimiters is how many runs of *, _ and ~ one paragraph may hold.
	MaxDelimiters = 4000
	// MaxDefinitions is how many lines of one paragraph may look like the definition of a
	// link.
	MaxDefinitions = 1000
	// MaxCells is how many cells the tables of a text may have.
	MaxCells = 100_000
)

// ErrTooComplex says that a text breaks one of the bounds.
var ErrTooComplex = errors.New("the Markdown is too complex")

// Error says where reading stopped: because of ErrTooComplex, or since the context ended.
type Error struct {
	// Offset is where in the source, in bytes.
	Offset int
	Err    error
}

// Error implements error.
func (e *Error) Error() string { return fmt.Sprintf("at byte %d: %v", e.Offset, e.Err) }

// Unwrap returns why.
func (e *Error) Unwrap() error { return e.Err }

// MisplacedError says that the place of a block is where no block can be.
type MisplacedError struct{ Place int }

// Error implements error.
func (e *MisplacedError) Error() string {
	return fmt.Sprintf("the place of block %d is inside of code or of a line", e.Place)
}

// Fill is what the placeholders of a source stand for.
type Fill struct {
	// Values are pieces of running text; Value makes the placeholder of each.
	Values [][]*reportv1.Inline
	// Places are blocks; Place makes the placeholder of each.
	Places [][]*reportv1.Block
}

// Read reads Markdown. Headings keep their levels, 1 to 6. It fails with an *Error or a
// *MisplacedError.
func Read(ctx context.Context, source string, fill Fill) ([]*reportv1.Block, error) {
	return read(ctx, source, fill, address)
}

// read is Read with a rule of its own for addresses: it returns the address that is
// followed, or nothing.
func read(ctx context.Context, source string, fill Fill, follow func(string) string) (_ []*reportv1.Block, err error) {
	defer func() {
		// The reader of Markdown knows no errors: the guard leaves it by a panic.
		if stop, ok := recover().(stopped); ok {
			err = stop.err
		} else if stop != (stopped{}) {
			panic(stop)
		}
	}()
	g := &guard{ctx: ctx}
	raw := []byte(source)
	document := g.parser().Parse(text.NewReader(raw))
	r := &reader{source: raw, fill: fill, follow: follow, guard: g}
	return r.blocks(document), nil
}
