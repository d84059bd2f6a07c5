// Package scripts holds the operators' shell scripts and, in Go, only their
// tests: each runs the real script against a real PostgreSQL with the services'
// own migrations.
package scripts
