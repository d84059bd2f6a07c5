package pgdev

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/google/uuid"
)

// Where the data lies.
//
// Normally in the state directory itself. But a state directory such as
// /root/.local/state/… cannot be entered by the unprivileged account that a
// server of root's runs under. Then the data lies in a folder with a random name
// below sharedRoot, and the state directory keeps a file that names it. So an
// emptied state directory starts anew, as a user expects; the folder it once
// named is found by its "owner" file and removed at the next start.
const (
	sharedRoot = "/var/lib/researcher-pro"
	tempPrefix = "researcher-pro-pg-"

	passwordFile = "postgres.password" // in the state directory, mode 0600
	pointerFile  = "postgres.place"    // in the state directory: the path of the place
	lockFile     = "postgres.lock"     // in the state directory and in the place
	ownerFile    = "owner"             // in a place below sharedRoot: the path of the state directory
	localPlace   = "postgres"          // in the state directory: the place, if it can be there
)

// place is a folder that holds one server's files, locked for this process.
type place struct {
	root      string // the folder
	password  string // path of the password file
	ephemeral bool
	locks     []*os.File
}

func (p *place) data() string { return filepath.Join(p.root, "data") }
func (p *place) log() string  { return filepath.Join(p.root, "log") }

// dataVersion is the major version that made the data, or "" without data.
func (p *place) dataVersion() string {
	version, err := os.ReadFile(filepath.Join(p.data(), "PG_VERSION"))
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(version))
}

// close gives the place up and, if asked to, removes it.
func (p *place) close(remove bool) error {
	var all []error
	if remove {
		all = append(all, os.RemoveAll(p.root))
	}
	for _, lock := range p.locks {
		all = append(all, lock.Close())
	}
	return errors.Join(all...)
}

// openPlace finds or makes the place for opts, and clears away the places that
// dead processes left.
func openPlace(opts Options, account *account) (*place, error) {
	if opts.Ephemeral {
		return openTemporary(account)
	}
	dir, err := filepath.Abs(opts.Dir)
	if err != nil || opts.Dir == "" {
		return nil, errors.Join(fmt.Errorf("a state directory is needed, got %q", opts.Dir), err)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make the state directory: %w", err)
	}
	stateLock, err := tryLock(filepath.Join(dir, lockFile))
	if err != nil {
		return nil, fmt.Errorf("the state directory %s cannot be used: %w", dir, err)
	}
	p, err := openState(dir, account)
	if err != nil {
		return nil, errors.Join(err, stateLock.Close())
	}
	p.locks = append(p.locks, stateLock)
	return p, nil
}

// openState returns the place that belongs to a locked state directory.
func openState(dir string, account *account) (*place, error) {
	removeOrphans(sharedRoot)
	root := filepath.Join(dir, localPlace)
	if !account.canReach(dir) {
		var err error
		if root, err = sharedPlace(dir); err != nil {
			return nil, err
		}
	}
	p := &place{root: root, password: filepath.Join(dir, passwordFile)}
	if err := p.prepare(account); err != nil {
		return nil, err
	}
	return p, nil
}

// openTemporary makes the place of an ephemeral server.
func openTemporary(account *account) (*place, error) {
	for _, base := range temporaryFolders() {
		if !account.canReach(base) {
			continue
		}
		removeTemporary(base, account)
		root, err := os.MkdirTemp(base, tempPrefix)
		if err != nil {
			return nil, fmt.Errorf("make a folder for the server: %w", err)
		}
		p := &place{root: root, password: filepath.Join(root, passwordFile), ephemeral: true}
		if err := p.prepare(account); err != nil {
			return nil, errors.Join(err, os.RemoveAll(root))
		}
		return p, nil
	}
	return nil, errors.New("no temporary folder can be entered by the account that PostgreSQL would run under: set TMPDIR")
}

// prepare makes the folder, gives it to the account and locks it.
func (p *place) prepare(account *account) error {
	if err := os.MkdirAll(p.root, 0o700); err != nil {
		return fmt.Errorf("make the folder for PostgreSQL: %w", err)
	}
	if err := account.own(p.root); err != nil {
		return fmt.Errorf("give the folder for PostgreSQL to its account: %w", err)
	}
	lock, err := tryLock(filepath.Join(p.root, lockFile))
	if err != nil {
		return fmt.Errorf("the folder %s cannot be used: %w", p.root, err)
	}
	p.locks = append(p.locks, lock)
	return nil
}

// canReach reports whether the account can enter path and all above it.
func (a *account) canReach(path string) bool {
	if a == nil {
		return true
	}
	for dir := path; ; dir = filepath.Dir(dir) {
		info, err := os.Stat(dir)
		if err != nil || !a.canEnter(info) {
			return false
		}
		if dir == filepath.Dir(dir) {
			return true
		}
	}
}

// sharedPlace returns the folder below sharedRoot that the state directory
// names, and makes it name a new one if it names none.
func sharedPlace(dir string) (string, error) {
	pointer := filepath.Join(dir, pointerFile)
	root := readPath(pointer)
	if filepath.Dir(root) != sharedRoot {
		root = filepath.Join(sharedRoot, uuid.NewString())
		// The pointer first: without it the new folder would be an orphan.
		if err := os.WriteFile(pointer, []byte(root+"\n"), 0o600); err != nil {
			return "", fmt.Errorf("note where the data lies: %w", err)
		}
	}
	//nolint:gosec // the server's account has to pass through; what is in it is closed
	if err := os.MkdirAll(sharedRoot, 0o755); err != nil {
		return "", fmt.Errorf("make a folder that PostgreSQL's account can enter: %w", err)
	}
	if err := os.MkdirAll(root, 0o700); err != nil {
		return "", fmt.Errorf("make the folder for PostgreSQL: %w", err)
	}
	// Written every time: the state directory may have been moved.
	if err := os.WriteFile(filepath.Join(root, ownerFile), []byte(dir+"\n"), 0o600); err != nil {
		return "", fmt.Errorf("note whose data it is: %w", err)
	}
	return root, nil
}

// removeOrphans removes the folders below shared that no state directory names any
// more, unless they are in use. Failures are left to the next start; they cost
// space and nothing else.
func removeOrphans(shared string) {
	entries, err := os.ReadDir(shared)
	if err != nil {
		return // nothing there, or not ours to look at
	}
	for _, entry := range entries {
		root := filepath.Join(shared, entry.Name())
		if orphaned(root, temporaryFolders()) {
			removeUnused(root)
		}
	}
}

// orphaned reports whether the state directory that a folder belongs to is empty or
// names another. If its parent is absent as well, that is rather a disk that is not
// mounted, and the folder is kept; but nothing in the temporary folders is expected
// to come back.
func orphaned(root string, temporary []string) bool {
	owner := readPath(filepath.Join(root, ownerFile))
	if owner == "" || readPath(filepath.Join(owner, pointerFile)) == root {
		return false
	}
	for _, base := range temporary {
		if strings.HasPrefix(owner, base+string(filepath.Separator)) {
			return true
		}
	}
	_, err := os.Stat(filepath.Dir(owner))
	return err == nil
}

// removeTemporary removes the ephemeral places whose process is gone.
func removeTemporary(base string, account *account) {
	roots, err := filepath.Glob(filepath.Join(base, tempPrefix+"*"))
	if err != nil {
		return
	}
	for _, root := range roots {
		info, err := os.Lstat(root)
		// A young folder may not have its lock yet; a stranger's is not ours.
		if err == nil && info.IsDir() && ours(info, account) && time.Since(info.ModTime()) > time.Minute {
			removeUnused(root)
		}
	}
}

// removeUnused removes a place unless a live process holds its lock.
func removeUnused(root string) {
	lock, err := tryLock(filepath.Join(root, lockFile))
	if err != nil {
		return
	}
	defer lock.Close() //nolint:errcheck // only read
	if err := killLeftover(filepath.Join(root, "data")); err != nil {
		return
	}
	_ = os.RemoveAll(root) // the next start tries again
}

// readPath reads a file that holds one path; "" if there is none.
func readPath(file string) string {
	content, err := os.ReadFile(filepath.Clean(file))
	if errors.Is(err, fs.ErrNotExist) || err != nil {
		return ""
	}
	return strings.TrimSpace(string(content))
}
