package pgdev

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// packagePlaces are where packages put PostgreSQL's programs, as patterns with
// one folder per version.
var packagePlaces = []string{
	"/usr/lib/postgresql/*/bin",         // Debian, Ubuntu
	"/usr/pgsql-*/bin",                  // Red Hat and relatives
	"/usr/libexec/postgresql*",          // Alpine
	"/opt/homebrew/opt/postgresql*/bin", // Homebrew on Apple silicon
	"/usr/local/opt/postgresql*/bin",    // Homebrew on Intel
	"/Applications/Postgres.app/Contents/Versions/*/bin",
}

// binaries is a folder that has both postgres and initdb.
type binaries string

func (b binaries) postgres() string { return filepath.Join(string(b), "postgres") }
func (b binaries) initdb() string   { return filepath.Join(string(b), "initdb") }

// findBinaries returns the folder to use: the given one, else the first of PATH
// and the package places (newest first) whose major version is wanted. Wanted
// is "" when there is no data yet: then any will do.
func findBinaries(given, wanted string) (binaries, error) {
	if given != "" {
		bin := binaries(given)
		if !bin.complete() {
			return "", fmt.Errorf("the folder %s has no programs postgres and initdb", given)
		}
		return bin, nil
	}
	var found []string
	for _, bin := range candidates() {
		if !bin.complete() {
			continue
		}
		if wanted == "" || bin.major() == wanted {
			return bin, nil
		}
		found = append(found, string(bin))
	}
	if len(found) > 0 {
		return "", fmt.Errorf("the stored data belongs to PostgreSQL %s, but only other versions are installed (%s): "+
			"install PostgreSQL %s again, or restore a backup into an empty state directory",
			wanted, strings.Join(found, ", "), wanted)
	}
	return "", ErrNoBinaries
}

// candidates lists every folder that may hold the programs, best first.
func candidates() []binaries {
	var list []binaries
	if path, err := exec.LookPath("postgres"); err == nil {
		// A link in PATH may lead to a folder that has initdb, too.
		if real, err := filepath.EvalSymlinks(path); err == nil {
			path = real
		}
		list = append(list, binaries(filepath.Dir(path)))
	}
	for _, pattern := range packagePlaces {
		folders, err := filepath.Glob(pattern)
		if err != nil {
			continue // only a malformed pattern fails, and these are constants
		}
		slices.SortFunc(folders, func(a, b string) int { return versionIn(b) - versionIn(a) })
		for _, folder := range folders {
			list = append(list, binaries(folder))
		}
	}
	return list
}

// versionIn reads the major version out of a package's folder name, or 0.
func versionIn(folder string) int {
	digits := strings.FieldsFunc(folder, func(r rune) bool { return r < '0' || r > '9' })
	if len(digits) == 0 {
		return 0
	}
	version, err := strconv.Atoi(digits[0])
	if err != nil {
		return 0
	}
	return version
}

// complete reports whether both programs are there and may be run.
func (b binaries) complete() bool {
	for _, program := range []string{b.postgres(), b.initdb()} {
		info, err := os.Stat(program)
		if err != nil || info.IsDir() || info.Mode()&0o111 == 0 {
			return false
		}
	}
	return true
}

// major returns the major version as PG_VERSION spells it ("15"), or "".
func (b binaries) major() string {
	out, err := exec.Command(b.postgres(), "--version").Output() //nolint:gosec,noctx // our own program; it prints and ends
	if err != nil {
		return ""
	}
	fields := strings.Fields(string(out)) // "postgres (PostgreSQL) 15.4 (Debian …)"
	if len(fields) < 3 {
		return ""
	}
	major, _, _ := strings.Cut(fields[2], ".")
	return major
}
