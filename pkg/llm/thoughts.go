package llm

import "strings"

// thoughtTags are the marks between which models think aloud, each with the mark that
// ends it.
var thoughtTags = [...]struct{ open, end string }{
	{"<think>", "</think>"},
	{"<thinking>", "</thinking>"},
	{"<thought>", "</thought>"},
	{"<reasoning>", "</reasoning>"},
	{"[THINK]", "[/THINK]"},
	{"<|START_THINKING|>", "<|END_THINKING|>"},
	{"◁think▷", "◁/think▷"},
}

// longestMark is more than any mark has bytes.
const longestMark = 24

// thoughts takes the thoughts out of a text that comes in pieces. A mark counts only
// where a line begins, for a text may also speak of such marks. A thought that is never
// ended goes on to the end of the text. What is between an answer and a thought, and
// white space around the answer, is left out.
//
// Some models' templates hold the first mark, so that only its end is seen: then all
// that came before was thoughts. Pieces that were handed out by then are out; whoever
// knows the model says so with begun.
type thoughts struct {
	end     string // the mark that ends the thought; empty outside of one
	pending string // what may become a mark
	space   string // white space that is part of the text if more text comes
	inLine  bool   // something stands before, in this line
	text    strings.Builder
	thought int // how many bytes of thoughts there were

	// begun says that the text begins with a thought whose first mark is not sent.
	begun bool
	held  strings.Builder // what came while begun
	// unopened says that a thought ended that had not begun.
	unopened bool
}

// add takes a piece and returns the text that is certain now.
func (t *thoughts) add(piece string) string {
	if t.begun {
		return t.hold(piece)
	}
	rest := t.pending + piece
	t.pending = ""
	var out strings.Builder
	for rest != "" {
		if t.end != "" {
			rest = t.think(rest)
			continue
		}
		length, whole, tag := t.mark(rest)
		out.WriteString(t.emit(rest[:length]))
		rest = rest[length:]
		switch {
		case rest == "":
		case !whole:
			t.pending, rest = rest, ""
		case strings.HasPrefix(rest, tag.open):
			t.end, rest = tag.end, rest[len(tag.open):]
		default:
			// A thought ends that had not begun.
			t.thought += t.text.Len()
			t.text.Reset()
			out.Reset()
			t.space, t.unopened, rest = "", true, rest[len(tag.end):]
		}
	}
	return out.String()
}

// hold keeps what may be a thought without a first mark until its end.
func (t *thoughts) hold(piece string) string {
	// Not all of it is looked through again, for there may be many pieces.
	from := max(t.held.Len()-longestMark, 0)
	t.held.WriteString(piece)
	all := t.held.String()
	for _, tag := range thoughtTags {
		if at := strings.Index(all[from:], tag.end); at >= 0 {
			t.begun = false
			t.thought += from + at
			t.held.Reset()
			return t.add(all[from+at+len(tag.end):])
		}
	}
	return ""
}

// close returns what is still to come when the text is at its end. Of a text that was
// cut off it takes what was held for a thought.
func (t *thoughts) close(cut bool) string {
	if t.begun {
		t.begun = false
		if cut {
			t.thought += t.held.Len()
			return ""
		}
		return t.add(t.held.String()) + t.close(cut)
	}
	rest := t.pending
	t.pending = ""
	if t.end != "" {
		t.thought += len(rest)
		return ""
	}
	return t.emit(rest)
}

// think takes the rest of a thought and returns what stands behind it.
func (t *thoughts) think(rest string) string {
	if at := strings.Index(rest, t.end); at >= 0 {
		t.thought += at
		rest = rest[at+len(t.end):]
		t.end, t.inLine = "", false
		return rest
	}
	keep := overlap(rest, t.end)
	t.thought += len(rest) - keep
	t.pending = rest[len(rest)-keep:]
	return ""
}

// mark returns how much of a text stands before the next mark, whether the mark is
// there as a whole, and which it is. Without one all of the text stands before.
func (t *thoughts) mark(text string) (length int, whole bool, tag struct{ open, end string }) {
	inLine := t.inLine
	for i := range len(text) {
		switch c := text[i]; {
		case c == '\n':
			inLine = false
		case c == ' ' || c == '\t' || c == '\r':
		case inLine:
		default:
			rest := text[i:]
			for _, tag := range thoughtTags {
				for _, mark := range []string{tag.open, tag.end} {
					if strings.HasPrefix(rest, mark) {
						t.inLine = false
						return i, true, tag
					}
				}
			}
			for _, tag := range thoughtTags {
				if strings.HasPrefix(tag.open, rest) || strings.HasPrefix(tag.end, rest) {
					t.inLine = false
					return i, false, tag
				}
			}
			inLine = true
		}
	}
	t.inLine = inLine
	return len(text), true, tag
}

// emit adds text to the answer and returns it, without white space that may turn out to
// be at its end.
func (t *thoughts) emit(text string) string {
	full := t.space + text
	kept := strings.TrimRight(full, " \t\r\n")
	t.space = full[len(kept):]
	if t.text.Len() == 0 {
		kept = strings.TrimLeft(kept, " \t\r\n")
		if kept == "" {
			t.space = ""
		}
	}
	t.text.WriteString(kept)
	return kept
}

// overlap is how many bytes at the end of a text may be the beginning of a mark.
func overlap(text, mark string) int {
	for n := min(len(text), len(mark)-1); n > 0; n-- {
		if strings.HasSuffix(text, mark[:n]) {
			return n
		}
	}
	return 0
}
