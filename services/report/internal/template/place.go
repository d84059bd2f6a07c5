package template

import (
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"google.golang.org/protobuf/proto"

	reportv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/report/v1"
	"github.com/researcherpro/researcherpro/services/report/internal/prose"
)

// values are what a tag was given.
type values struct {
	args  map[string]ref.Val
	chart string
}

// number returns a whole number that was given; 0 if none was.
func (v *values) number(name string) int {
	n, _ := v.args[name].(types.Int)
	return int(min(n, maxNumber))
}

// maxNumber is a number that nothing here reaches.
const maxNumber = 1 << 30

// finding returns the finding that was given.
func (v *values) finding() *reportv1.Finding {
	f, _ := v.args[""].Value().(*reportv1.Finding)
	return f
}

// findings returns the findings that were given, and whether any were.
func (v *values) findings() ([]*reportv1.Finding, bool) {
	list, given := v.args["of"]
	if !given {
		return nil, false
	}
	var out []*reportv1.Finding
	for _, item := range items(list) {
		if f, ok := item.Value().(*reportv1.Finding); ok {
			out = append(out, f)
		}
	}
	return out, true
}

// put places the blocks of a tag.
func (r *run) put(n *blockNode, vars *variables) error {
	given := &values{args: map[string]ref.Val{}, chart: n.name}
	for name, e := range n.args {
		value, err := r.evaluate(e, vars)
		if err != nil {
			return err
		}
		if count, ok := value.(types.Int); ok && count < 0 {
			return r.errorAt(e.at, "%s is less than nothing", name)
		}
		given.args[name] = value
	}
	blocks := n.tag.place(r, given)
	for _, b := range blocks {
		r.placed += proto.Size(b)
		r.roles[b] = n.tag.role
	}
	if r.placed > MaxPlaced {
		return r.tooMuch(n.at)
	}
	r.fill.Places = append(r.fill.Places, blocks)
	r.places = append(r.places, n.at)
	return r.write(n.at, prose.Place(len(r.fill.Places)-1), 0)
}

// tooMuch says that too much was placed.
func (r *run) tooMuch(at int) error {
	return r.errorAt(at, "the blocks and quotes are longer than %d bytes", MaxPlaced)
}
