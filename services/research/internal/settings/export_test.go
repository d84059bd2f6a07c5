package settings

// NewAt is New with a clock.
var NewAt = newAt
