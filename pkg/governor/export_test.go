package governor

import "context"

// LocalKeys returns how many keys are kept in the process.
func LocalKeys(g *Governor) int {
	g.local.mu.Lock()
	defer g.local.mu.Unlock()
	return len(g.local.buckets)
}

// Run runs the script of Acquire for the permit with an id, and returns whether it was
// given.
func Run(ctx context.Context, g *Governor, ask Ask, id string) (bool, error) {
	reply, err := g.run(ctx, acquireScript, g.keys(ask.Key), acquireArgs(ask, id)...)
	return err == nil && reply[0] == granted, err
}
