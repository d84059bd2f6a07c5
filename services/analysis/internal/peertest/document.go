package peertest

// Document is what a fake research finds: every research finds all of them.
type Document struct {
	Title string
	// Text is what passages are cut from, one for each paragraph.
	Text string
	// Snapshot is what quotes are looked up in; the text when empty. One that
	// differs makes quotes that are not in their source.
	Snapshot string
	// Unreadable says why nothing could be read; then there is no text.
	Unreadable string
}

func (d Document) snapshot() string {
	if d.Snapshot != "" {
		return d.Snapshot
	}
	return d.Text
}

// Find sets what research that is made from now on finds.
func (r *Research) Find(documents []Document) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.Documents = documents
}
