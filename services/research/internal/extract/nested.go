package extract

// Files hold files: a workbook in a presentation, a PDF file at a letter. What
// can be read of them belongs to the text, after what holds them.

const (
	// maxNesting is how deep files are looked for inside files, and maxNested how
	// many are read out of one.
	maxNesting = 2
	maxNested  = 50
)

// nested reads a file that is inside another.
type nested func(b *builder, name string, data []byte) (Document, error)

// nested returns what reads the files at a depth; nil if that is too deep.
func (e *Extractor) nested(depth int) nested {
	if depth > maxNesting {
		return nil
	}
	count := 0
	return func(b *builder, name string, data []byte) (Document, error) {
		in := Input{Name: name, Data: data}
		if count++; count > maxNested {
			return Document{}, fail(TooLarge, "the file holds more than %d files", maxNested)
		}
		if err := e.CheckSize(int64(len(data))); err != nil {
			return Document{}, err
		}
		kind, err := detect(in)
		if err != nil {
			return Document{}, err
		}
		inner := newBuilder(b.ctx, b.limits)
		inner.watch, inner.nested = b.watch, e.nested(depth+1)
		return e.read(inner, kind, in)
	}
}

// attach adds a file that is inside the one that is read: its name as a heading
// and its text. One that cannot be read is named and no more, for it is no fault
// of the file that holds it.
func (b *builder) attach(name string, data []byte) {
	if b.nested == nil || b.failed() {
		return
	}
	doc, err := b.nested(b, name, data)
	if b.failed() {
		return
	}
	if name = cleanText(name); name != "" {
		title := b.title // the name of an attachment is never the document's
		b.heading(attachedLevel, "Attachment: "+name)
		b.title = title
	}
	if err != nil || doc.Text == "" {
		return
	}
	start := b.add(doc.Text).Start
	for _, h := range doc.Headings {
		b.headings = append(b.headings, Heading{Span: Span{start + h.Start, start + h.End}, Level: h.Level + attachedLevel})
	}
}

// attachedLevel is the level of the heading over an attachment.
const attachedLevel = 2
