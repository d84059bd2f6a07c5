package pgdev

import (
	"errors"
	"fmt"
	"os"
	"syscall"
)

// errInUse says that another live process holds the lock.
var errInUse = errors.New("another running process uses it")

// tryLock takes the lock file at path, made if missing, without waiting. The
// kernel frees the lock when the file is closed or the process dies, by kill -9
// too; so whoever gets it knows that the former holder is gone. Child processes
// do not inherit it.
func tryLock(path string) (*os.File, error) {
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open the lock file: %w", err)
	}
	err = syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		err = errInUse
	}
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return file, nil
}

// ours reports whether a file belongs to this process's user or the account.
func ours(info os.FileInfo, account *account) bool {
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return false
	}
	return int(stat.Uid) == os.Geteuid() || (account != nil && stat.Uid == account.uid)
}
