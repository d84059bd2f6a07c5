package webaddr

import "strings"

// pathStart is "path start state": what follows a host.
func (p *parser) pathStart() {
	switch {
	case p.isSlash(p.rest):
		p.segments(p.rest[1:])
	case p.rest != "" || p.url.special():
		p.segments(p.rest)
	}
}

// segments is "path state": it appends the segments of s to the path.
func (p *parser) segments(s string) {
	u := p.url
	separators := "/"
	if u.special() {
		separators = `/\`
	}
	for {
		i := strings.IndexAny(s, separators)
		last := i < 0
		segment := s
		if !last {
			segment = s[:i]
		}
		segment = encode(segment, pathEscapes)
		switch {
		case isDots(segment, 2):
			u.shorten()
			if last {
				u.path = append(u.path, "")
			}
		case isDots(segment, 1):
			if last {
				u.path = append(u.path, "")
			}
		default:
			if u.scheme == "file" && len(u.path) == 0 && isDrive(segment) {
				segment = segment[:1] + ":"
			}
			u.path = append(u.path, segment)
		}
		if last {
			return
		}
		s = s[i+1:]
	}
}

// opaquePath is "opaque path state".
func (p *parser) opaquePath() {
	u, path := p.url, p.rest
	trailing := strings.HasSuffix(path, " ") && (p.hasQuery || u.hasFrag)
	if trailing {
		path = path[:len(path)-1]
	}
	u.isOpaque, u.opaque = true, encode(path, controlEscapes)
	if trailing {
		u.opaque += "%20" // a space at the end would be lost when it is read again
	}
}

// isDots reports whether a segment is n dots, which may be percent-encoded.
func isDots(segment string, n int) bool {
	for range n {
		switch {
		case strings.HasPrefix(segment, "."):
			segment = segment[1:]
		case len(segment) >= 3 && strings.EqualFold(segment[:3], "%2e"):
			segment = segment[3:]
		default:
			return false
		}
	}
	return segment == ""
}

// shorten takes the last segment away; the drive of a file stays.
func (u *URL) shorten() {
	if u.scheme == "file" && len(u.path) == 1 && isNormalDrive(u.path[0]) {
		return
	}
	if len(u.path) > 0 {
		u.path = u.path[:len(u.path)-1]
	}
}

// isDrive reports whether s is a Windows drive letter: C: or C|.
func isDrive(s string) bool {
	return len(s) == 2 && 'a' <= s[0]|0x20 && s[0]|0x20 <= 'z' && (s[1] == ':' || s[1] == '|')
}

func isNormalDrive(s string) bool { return isDrive(s) && s[1] == ':' }

func startsWithDrive(s string) bool {
	return len(s) >= 2 && isDrive(s[:2]) && (len(s) == 2 || s[2] == '/' || s[2] == '\\')
}
