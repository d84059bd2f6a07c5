package docx

// levels is how deep lists go; Word has no more.
const levels = 9

// numbering counts the numbered lists: each has a definition of its own, or it would go
// on where the last one ended.
type numbering struct{ lists []numbered }

// numbered is a numbered list.
type numbered struct{ level, start int }

// The definitions that lists are made of, and the list that all bullets belong to.
const (
	bulletDefinition, numberDefinition = "0", "1"
	bulletList                         = 1
)

// number begins a numbered list and returns its id.
func (n *numbering) number(level, start int) int {
	n.lists = append(n.lists, numbered{level, start})
	return bulletList + len(n.lists)
}

func (n *numbering) xml(l layout) []byte {
	m := &markup{}
	m.declaration()
	m.open("w:numbering", "xmlns:w", wordNamespace)
	bullets := [...]string{"•", "–", "▪"}
	step := l.listStep()
	abstract(m, bulletDefinition, step, func(level int) (string, string) { return "bullet", bullets[level%len(bullets)] })
	abstract(m, numberDefinition, step, func(level int) (string, string) { return "decimal", "%" + itoa(level+1) + "." })
	m.open("w:num", "w:numId", itoa(bulletList))
	m.val("w:abstractNumId", bulletDefinition)
	m.close("w:num")
	for i, l := range n.lists {
		m.open("w:num", "w:numId", itoa(bulletList+1+i))
		m.val("w:abstractNumId", numberDefinition)
		m.open("w:lvlOverride", "w:ilvl", itoa(l.level))
		m.val("w:startOverride", itoa(l.start))
		m.close("w:lvlOverride")
		m.close("w:num")
	}
	m.close("w:numbering")
	return m.Bytes()
}

// abstract writes a definition of lists; look says what a level is counted in and
// what stands before its items.
func abstract(m *markup, id string, step int, look func(level int) (format, text string)) {
	m.open("w:abstractNum", "w:abstractNumId", id)
	m.val("w:multiLevelType", "multilevel")
	for level := range levels {
		format, text := look(level)
		m.open("w:lvl", "w:ilvl", itoa(level))
		m.val("w:start", "1")
		m.val("w:numFmt", format)
		m.val("w:lvlText", text)
		m.val("w:lvlJc", "left")
		m.open("w:pPr")
		m.empty("w:ind", "w:left", itoa(step*(level+1)), "w:hanging", itoa(step))
		m.close("w:pPr")
		m.open("w:rPr")
		fonts(m, sans, complexSans, sans)
		m.val("w:color", soft)
		m.close("w:rPr")
		m.close("w:lvl")
	}
	m.close("w:abstractNum")
}
