package samework

import "github.com/researcherpro/researcherpro/services/research/internal/connector"

// Joiner collects works and makes one of those that are the same. The zero value
// is ready to use; it is not safe for concurrent use.
type Joiner struct {
	// Addresses is passed to Keys; may be nil.
	Addresses Addresses

	groups []*group
	byKey  map[Key]*group
}

// group is a work with what it is known by.
type group struct {
	work  Work
	keys  []Key
	print Fingerprint
	// at is when it was added, for the order of the works.
	at int
	// into is the group that this one became part of; nil if it stands for itself.
	into *group
}

// Add takes a work in: a new one, or merged into the one or more that it is the
// same as.
func (j *Joiner) Add(w Work) {
	if j.byKey == nil {
		j.byKey = map[Key]*group{}
	}
	w.Item.Identifiers = Identifiers(w.Item, j.Addresses)
	g := &group{work: w, keys: Keys(w.Item, j.Addresses), at: len(j.groups)}
	if w.Item.Extent == connector.ExtentAbstract || w.Item.Extent == connector.ExtentFull {
		g.print = FingerprintOf(w.Item.Text)
	}
	j.groups = append(j.groups, g)
	for _, weak := range []bool{false, true} {
		for _, k := range g.keys {
			if k.Weak() == weak {
				j.joinByKey(g, k)
			}
		}
	}
	j.joinByText(g)
}

// joinByKey joins g with the group that has the key, if there is one and nothing
// speaks against it; else the key becomes g's.
func (j *Joiner) joinByKey(g *group, k Key) {
	g = g.root()
	other := j.byKey[k]
	if other == nil {
		j.byKey[k] = g
		return
	}
	if other = other.root(); other != g && (!k.Weak() || !Conflict(g.work.Item, other.work.Item)) {
		join(other, g)
	}
}

// joinByText joins g with the first group whose text is nearly the same.
func (j *Joiner) joinByText(g *group) {
	if g.print.Empty() {
		return
	}
	for _, other := range j.groups {
		a, b := other.root(), g.root()
		if a != b && Near(other.print, g.print) && !Conflict(a.work.Item, b.work.Item) {
			join(a, b)
		}
	}
}

// join makes one of two groups: the one that was there first.
func join(a, b *group) {
	if b.at < a.at {
		a, b = b, a
	}
	a.work = Merge(a.work, b.work)
	b.into = a
}

// root returns the group that g is part of.
func (g *group) root() *group {
	for g.into != nil {
		g = g.into
	}
	return g
}

// Works returns the works, in the order in which the first of each was added.
func (j *Joiner) Works() []Work {
	var out []Work
	for _, g := range j.groups {
		if g.into == nil {
			out = append(out, g.work)
		}
	}
	return out
}
