package process

// Closers are what a service holds and has to give back. The zero value is ready.
type Closers []func()

// Add notes one more thing to give back.
func (c *Closers) Add(give func()) { *c = append(*c, give) }

// Close gives everything back, the last first: what was opened later may stand
// on what was opened before.
func (c Closers) Close() {
	for i := len(c) - 1; i >= 0; i-- {
		c[i]()
	}
}
