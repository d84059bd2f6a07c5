package throttle

import (
	"time"

	"github.com/go-redis/redis_rate/v10"
)

// limits are how much is let through: so many attempts at once (Burst), then one
// more each Period ÷ Rate.
type limits struct {
	pair, address, register, refresh, oidc, password redis_rate.Limit
}

// allowed returns the limits that are in force, the only place with these numbers.
func allowed() limits {
	// One account from one address. Ten wrong tries are more than people need, and one
	// more every ten seconds is 8,640 guesses a day: nothing against a password that is
	// on no list of common ones, which package password sees to.
	pair := redis_rate.Limit{Burst: 10, Rate: 1, Period: 10 * time.Second}
	return limits{
		pair: pair,
		// All accounts from one address. An office behind one address comes within some
		// minutes; whoever needs more than 43,200 tries a day has a list of stolen passwords.
		address: redis_rate.Limit{Burst: 100, Rate: 1, Period: 2 * time.Second},
		// New accounts from one address. A course that signs up together is let in; each
		// account costs a hash, as a sign-in does.
		register: redis_rate.Limit{Burst: 300, Rate: 1, Period: time.Second},
		// Refresh tokens from one address. They are too long to be guessed and cost no
		// hash: this only keeps the database from being flooded.
		refresh: redis_rate.Limit{Burst: 300, Rate: 10, Period: time.Second},
		// Steps of sign-ins with the OpenID provider from one address, two for each. They
		// cost a row for ten minutes and a question to the provider.
		oidc: redis_rate.Limit{Burst: 300, Rate: 1, Period: time.Second},
		// The current password, which a signed-in user shows to change it.
		password: pair,
	}
}
