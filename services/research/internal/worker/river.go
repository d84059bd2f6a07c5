package worker

import "github.com/riverqueue/river/riverdriver/riverpgxv5"

// riverDriver is the database driver that jobs are completed through.
type riverDriver = riverpgxv5.Driver
