package blobstore

import (
	"bytes"
	"fmt"
	"io"
	"os"
)

// inMemory is how many bytes a spool keeps in memory before it takes a file: most
// snapshots are smaller.
const inMemory = 1 << 20

// spool holds a content between its reading and its storing.
type spool struct {
	buffer bytes.Buffer
	file   *os.File // once buffer would have been too large; then buffer is empty
}

// Write implements io.Writer.
func (s *spool) Write(p []byte) (int, error) {
	if s.file == nil && s.buffer.Len()+len(p) <= inMemory {
		return s.buffer.Write(p)
	}
	if s.file == nil {
		if err := s.toFile(); err != nil {
			return 0, err
		}
	}
	return s.file.Write(p)
}

// toFile moves what is in memory to a temporary file, which has no name any more:
// it goes with the process, however that ends.
func (s *spool) toFile() error {
	file, err := os.CreateTemp("", "researcher-pro-blob-")
	if err != nil {
		return fmt.Errorf("make a temporary file: %w", err)
	}
	s.file = file
	if err := os.Remove(file.Name()); err != nil {
		return fmt.Errorf("unlink the temporary file: %w", err)
	}
	_, err = s.buffer.WriteTo(file)
	s.buffer = bytes.Buffer{} // gives the memory back
	return err
}

// reader returns the content from its beginning. The result can seek, so that an
// upload can be tried again.
func (s *spool) reader() (io.ReadSeeker, error) {
	if s.file == nil {
		return bytes.NewReader(s.buffer.Bytes()), nil
	}
	if _, err := s.file.Seek(0, io.SeekStart); err != nil {
		return nil, fmt.Errorf("rewind the temporary file: %w", err)
	}
	return s.file, nil
}

// close drops the content.
func (s *spool) close() {
	if s.file != nil {
		_ = s.file.Close() // it was only read since
	}
}
