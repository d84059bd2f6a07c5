// Package failing takes away what the fleet stands on, one thing after the other, and
// checks what clients are told: only the routes fail that need what is gone, and no
// answer has a word of what is inside.
package failing
