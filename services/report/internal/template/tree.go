package template

import "cel.dev/cel-go/cel"

// node is a part of a template.
type node interface{ begin() int }

// textNode is Markdown as it stands.
type textNode struct {
	at   int
	text string
}

// printNode prints a value.
type printNode struct{ value *expression }

// forNode repeats its body for each item of a list.
type forNode struct {
	at   int
	name string
	list *expression
	body []node
}

// ifNode is the first of its branches whose condition holds.
type ifNode struct {
	at       int
	branches []branch
}

// branch is a condition with what it governs. The condition of an else is nil.
type branch struct {
	condition *expression
	body      []node
}

// blockNode places blocks.
type blockNode struct {
	at   int
	tag  *blockTag
	args map[string]*expression
	name string // of a chart
}

// expression is an expression of CEL that was checked. It is safe for concurrent use.
type expression struct {
	at      int
	program cel.Program
	kind    *cel.Type
}

func (n *textNode) begin() int  { return n.at }
func (n *printNode) begin() int { return n.value.at }
func (n *forNode) begin() int   { return n.at }
func (n *ifNode) begin() int    { return n.at }
func (n *blockNode) begin() int { return n.at }
