package fetch

import (
	"bytes"
	"strconv"
	"strings"
	"time"

	"github.com/researcherpro/researcherpro/services/research/internal/webaddr"
)

// rules are what a robots.txt says to us. The zero value allows everything.
//
// They are read here, after RFC 9309, because temoto/robotstxt lets Disallow win
// a tie, does not compare percent-encoded paths, takes "research" for a name of
// ours, and gives up on a file with one bad line.
type rules struct {
	list  []rule
	delay time.Duration // Crawl-delay, bounded
	size  int           // bytes of all patterns
}

type rule struct {
	allow   bool
	pattern string
}

// allow reports whether a path with its query may be read: the longest pattern
// that matches decides, and of two as long the one that allows.
func (r rules) allow(target string) bool {
	target = webaddr.NormalPath(target)
	allowed, longest := true, -1
	for _, rule := range r.list {
		n := len(rule.pattern)
		if n < longest || n == longest && !rule.allow {
			continue
		}
		if matches(rule.pattern, target) {
			allowed, longest = rule.allow, n
		}
	}
	return allowed
}

// matches reports whether a pattern, in which * is anything and $ at the end is
// the end, matches the beginning of target. It takes the first place for each
// piece, so that the work grows with the two lengths and no faster.
func matches(pattern, target string) bool {
	pattern, anchored := strings.CutSuffix(pattern, "$")
	pieces := strings.Split(pattern, "*")
	if !strings.HasPrefix(target, pieces[0]) {
		return false
	}
	target = target[len(pieces[0]):]
	if len(pieces) == 1 {
		return !anchored || target == ""
	}
	last := pieces[len(pieces)-1]
	for _, piece := range pieces[1 : len(pieces)-1] {
		i := strings.Index(target, piece)
		if i < 0 {
			return false
		}
		target = target[i+len(piece):]
	}
	if anchored {
		return strings.HasSuffix(target, last)
	}
	return strings.Contains(target, last)
}

// group is what a robots.txt says to somebody: to us by name, or to all.
type group struct {
	named bool // there is such a group, which may be empty
	rules rules
}

func (g *group) add(key, value string) {
	switch key {
	case "allow", "disallow":
		if value == "" {
			return // says nothing
		}
		r := rule{allow: key == "allow", pattern: webaddr.NormalPath(value)}
		g.rules.list = append(g.rules.list, r)
		g.rules.size += len(r.pattern) + 24 // the slice's own entry
	case "crawl-delay":
		delay, err := strconv.ParseFloat(value, 64)
		if err == nil && delay > 0 {
			g.rules.delay = time.Duration(min(delay, maxCrawlDelay.Seconds()) * float64(time.Second))
		}
	}
}

// parseRules reads a robots.txt. Lines that it does not understand are skipped, and
// groups for the same name are one (RFC 9309, 2.2.1).
func parseRules(text []byte) rules {
	var ours, everybodys group
	toUs, toAll, inRules := false, false, true
	for line := range bytes.Lines(bytes.TrimPrefix(text, []byte("\ufeff"))) {
		// A lone carriage return ends a line as well.
		for part := range strings.SplitSeq(string(line), "\r") {
			key, value, ok := field(part)
			switch {
			case !ok:
			case key == "user-agent":
				if inRules { // a new group begins
					toUs, toAll, inRules = false, false, false
				}
				toUs = toUs || isOurs(value)
				toAll = toAll || value == "*"
				ours.named = ours.named || toUs
			default:
				if key == "allow" || key == "disallow" {
					inRules = true
				}
				if toUs {
					ours.add(key, value)
				}
				if toAll {
					everybodys.add(key, value)
				}
			}
		}
	}
	if ours.named {
		return ours.rules
	}
	return everybodys.rules
}

// field reads a line: a key in lower case and a value, without its comment.
func field(line string) (key, value string, ok bool) {
	line, _, _ = strings.Cut(line, "#")
	key, value, ok = strings.Cut(line, ":")
	return strings.ToLower(strings.TrimSpace(key)), strings.TrimSpace(value), ok
}

// isOurs reports whether a product token is ours; a version may follow.
func isOurs(value string) bool {
	end := strings.IndexFunc(value, func(r rune) bool {
		return (r|0x20 < 'a' || r|0x20 > 'z') && r != '-' && r != '_'
	})
	if end >= 0 {
		value = value[:end]
	}
	return strings.EqualFold(value, Agent)
}
