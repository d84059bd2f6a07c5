package governor

// LocalKeys returns how many keys are kept in the process.
func LocalKeys(g *Governor) int {
	g.local.mu.Lock()
	defer g.local.mu.Unlock()
	return len(g.local.buckets)
}
