package tlsx

// OpenAt is Open with a clock of the test's own.
var OpenAt = openAt
