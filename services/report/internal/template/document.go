package template

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/types"

	analysisv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/analysis/v1"
	reportv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/report/v1"
	"github.com/researcherpro/researcherpro/services/report/internal/prose"
)

// document is what an execution knows about the document that it makes.
type document struct {
	roles     map[*reportv1.Block]reportv1.Section_Role // of blocks that tags placed
	needed    map[int32]bool                            // the findings that no limit leaves out
	shown     map[int32]int                             // how often each finding is shown with its quotes
	mentioned map[int32]bool                            // the findings that are shown anyhow
	pairs     []*reportv1.DisagreementBlock
	charts    int
	cites     bool // whether there is any mark
	limitList *reportv1.List
	listing   *reportv1.Block // of the references
}

// Execute makes the sections of a document out of material, with their anchors. Marks in
// them name their sources and hold their quotes; their labels and anchors are left for
// the citation style. It fails with an *Error, whose cause is the context's error if that
// ended first. It changes nothing in the material, of which the sections share parts.
func (t *Template) Execute(ctx context.Context, material *reportv1.Material) ([]*reportv1.Section, error) {
	ctx, cancel := context.WithTimeout(ctx, MaxTime)
	defer cancel()
	r := &run{ctx: ctx, template: t, material: material, numbered: map[int32]*reportv1.Finding{}}
	r.document = document{
		roles: map[*reportv1.Block]reportv1.Section_Role{}, needed: needed(material),
		shown: map[int32]int{}, mentioned: map[int32]bool{},
	}
	for _, f := range material.GetFindings() {
		r.numbered[f.GetNumber()] = f
	}
	vars, err := t.variables(material)
	if err != nil {
		return nil, err
	}
	if err := r.nodes(t.nodes, vars); err != nil {
		return nil, err
	}
	blocks, err := prose.Read(ctx, r.markdown.String(), r.fill)
	if err != nil {
		return nil, r.unread(err)
	}
	return r.finish(r.sections(blocks)), nil
}

// fields are those of Material, by the names of the variables.
func fields(e *cel.Env) map[string]*types.FieldType {
	out := map[string]*types.FieldType{}
	of := (&reportv1.Material{}).ProtoReflect().Descriptor().Fields()
	for i := range of.Len() {
		name := string(of.Get(i).Name())
		if field, known := e.CELTypeProvider().FindStructFieldType(messages+"Material", name); known {
			out[name] = field
		}
	}
	return out
}

// variables are the fields of the material.
func (t *Template) variables(material *reportv1.Material) (*variables, error) {
	vars := &variables{values: make(map[string]any, len(t.fields))}
	if material == nil {
		material = &reportv1.Material{}
	}
	for name, field := range t.fields {
		value, err := field.GetFrom(material)
		if err != nil {
			return nil, fmt.Errorf("read %s of the material: %w", name, err)
		}
		vars.values[name] = value
	}
	return vars, nil
}

// unread says where in the source Markdown was written that could not be read.
func (r *run) unread(err error) error {
	if misplaced, ok := errors.AsType[*prose.MisplacedError](err); ok {
		return r.errorAt(r.places[misplaced.Place], "blocks cannot be placed in code")
	}
	at := 0
	if stopped, ok := errors.AsType[*prose.Error](err); ok {
		i, _ := slices.BinarySearchFunc(r.origins, stopped.Offset+1, func(o origin, offset int) int { return o.offset - offset })
		if i > 0 {
			at = r.origins[i-1].at + stopped.Offset - r.origins[i-1].offset
		}
	}
	if late := r.late(at, r.ctx.Err()); late != nil {
		return late
	}
	return r.errorAt(at, "%v", errors.Unwrap(err))
}

// sections divides blocks at the headings of level 1 and 2.
func (r *run) sections(blocks []*reportv1.Block) []*reportv1.Section {
	out := []*reportv1.Section{{}}
	placed := true // nothing but what tags placed is in the section yet
	for _, b := range blocks {
		if h := b.GetHeading(); h != nil && h.GetLevel() <= 2 {
			if heading := prose.WithoutMarks(h.GetText()); len(heading) > 0 {
				out, placed = append(out, &reportv1.Section{Heading: heading}), true
			}
			continue
		}
		section := out[len(out)-1]
		role, byTag := r.role(b)
		if placed = placed && byTag; placed && section.GetRole() == reportv1.Section_ROLE_UNSPECIFIED {
			section.Role = role // notes and charts may come before what has one
		}
		section.Blocks = append(section.Blocks, b)
	}
	return out
}

// role is that of a section which begins with a block, if a tag placed it.
func (r *run) role(b *reportv1.Block) (reportv1.Section_Role, bool) {
	role, byTag := r.roles[b]
	if role == reportv1.Section_FINDINGS && r.material.GetKind() == factCheck {
		role = reportv1.Section_CLAIMS
	}
	return role, byTag
}

// finish adds what no report may leave out, leaves out what came out empty, and gives
// the sections their anchors.
func (r *run) finish(sections []*reportv1.Section) []*reportv1.Section {
	if r.limitList == nil {
		sections = append(sections, &reportv1.Section{
			Heading: []*reportv1.Inline{text("What this research could not answer")}, Role: reportv1.Section_LIMITS, Blocks: r.limits(nil),
		})
	}
	if r.listing == nil {
		sections = append(sections, &reportv1.Section{
			Heading: []*reportv1.Inline{text("Sources")}, Role: reportv1.Section_REFERENCES, Blocks: r.references(nil),
		})
	}
	r.fillLimits()
	r.unlink()
	out := sections[:0]
	for _, s := range sections {
		s.Blocks = r.kept(s.GetBlocks())
		if len(s.GetBlocks()) > 0 {
			out = append(out, s)
			s.Anchor = fmt.Sprintf("section-%d", len(out))
		}
	}
	return out
}

// kept leaves out headings with nothing below them, and the list of references where
// nothing is cited.
func (r *run) kept(blocks []*reportv1.Block) []*reportv1.Block {
	var out []*reportv1.Block // from the last to the first
	for _, b := range slices.Backward(blocks) {
		if b == r.listing && !r.cites {
			continue
		}
		if h := b.GetHeading(); h != nil {
			if len(h.GetText()) == 0 || len(out) == 0 {
				continue
			}
			if below := out[len(out)-1].GetHeading(); below != nil && below.GetLevel() <= h.GetLevel() {
				continue
			}
		}
		lower(b)
		out = append(out, b)
	}
	slices.Reverse(out)
	return out
}

// lower gives headings in lists and quotations a level that they can have there.
func lower(b *reportv1.Block) {
	if h := b.GetHeading(); h != nil {
		h.Level = max(h.GetLevel(), 3)
	}
	for _, inside := range b.GetBlockQuote().GetBlocks() {
		lower(inside)
	}
	for _, item := range b.GetList().GetItems() {
		for _, inside := range item.GetBlocks() {
			lower(inside)
		}
	}
}

// limits places what the research could not do, once. The list is filled when all else
// is there.
func (r *run) limits(*values) []*reportv1.Block {
	if r.limitList != nil {
		return nil
	}
	block := bullets(nil)
	r.limitList = block.GetList()
	return []*reportv1.Block{block}
}

// fillLimits lists the limits. A report says how many of its findings are weak, and that
// nothing is known to be missing rather than nothing at all.
func (r *run) fillLimits() {
	var texts [][]*reportv1.Inline
	for _, limit := range r.material.GetLimits() {
		texts = append(texts, []*reportv1.Inline{text(limit)})
	}
	weak := 0
	for n := range r.mentioned {
		if f := r.numbered[n]; f != nil && f.GetSupport() != analysisv1.Support_SUPPORTED {
			weak++
		}
	}
	if weak > 0 && r.material.GetKind() != factCheck {
		are := fmt.Sprintf("%d findings are", weak)
		if weak == 1 {
			are = "1 finding is"
		}
		texts = append(texts, []*reportv1.Inline{text(are + " not fully supported by the quotes given; each is marked.")})
	}
	if len(texts) == 0 {
		texts = [][]*reportv1.Inline{{text("No source failed and nothing was cut short. Sources that were not searched may still say more.")}}
	}
	r.limitList.Items = bullets(texts).GetList().GetItems()
}

// references places the list of references, once.
func (r *run) references(*values) []*reportv1.Block {
	if r.listing != nil {
		return nil
	}
	r.listing = &reportv1.Block{Kind: &reportv1.Block_ReferenceList{ReferenceList: &reportv1.ReferenceList{}}}
	return []*reportv1.Block{r.listing}
}

// unlink takes away the numbers of findings that the document does not show: nothing
// would be where they point to.
func (r *run) unlink() {
	hidden := func(in *reportv1.Inline) bool {
		n, isNumber := in.GetKind().(*reportv1.Inline_Finding)
		return isNumber && r.shown[n.Finding] == 0
	}
	for _, pair := range r.pairs {
		pair.First = slices.DeleteFunc(pair.GetFirst(), hidden)
		pair.Second = slices.DeleteFunc(pair.GetSecond(), hidden)
	}
}
