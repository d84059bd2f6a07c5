package pgtest

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"io/fs"
	"sync"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"

	"github.com/researcherpro/researcherpro/pkg/pg"
	"github.com/researcherpro/researcherpro/pkg/pg/migrate"
)

// templateFormat is part of each template's name. Count it up when the way a
// template is made changes, so that those on a long-lived server are not reused.
const templateFormat = "2"

// template is a migrated database that is cloned and never connected to.
type template struct {
	once sync.Once
	err  error
}

// template returns the name of the template for fsys, made if need be: once per
// process, and on a server that several processes use, by one of them.
func (s *server) template(ctx context.Context, fsys fs.FS) (string, error) {
	sum, err := digest(fsys, riverpgxv5.New(nil).GetMigrationFS(riverdriver.MigrationLineMain))
	if err != nil {
		return "", fmt.Errorf("read the migrations: %w", err)
	}
	name := "rptest_template_" + sum
	s.mu.Lock()
	tpl, ok := s.templates[name]
	if !ok {
		tpl = &template{}
		s.templates[name] = tpl
	}
	s.mu.Unlock()
	tpl.once.Do(func() {
		ctx := context.WithoutCancel(ctx) // others wait for it, too
		tpl.err = s.locked(ctx, name, func(conn *pgx.Conn) error { return s.ensureTemplate(ctx, conn, name, fsys) })
	})
	return name, tpl.err
}

// digest hashes names and contents of all files.
func digest(sources ...fs.FS) (string, error) {
	sum := sha256.New()
	sum.Write([]byte(templateFormat))
	for _, fsys := range sources {
		if err := hashInto(sum, fsys); err != nil {
			return "", err
		}
	}
	return hex.EncodeToString(sum.Sum(nil)[:10]), nil
}

// hashInto adds the files of fsys to a hash.
func hashInto(sum hash.Hash, fsys fs.FS) error {
	return fs.WalkDir(fsys, ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := fs.ReadFile(fsys, path)
		if err != nil {
			return err
		}
		fmt.Fprintf(sum, "%s %d\n%s\n", path, len(content), content)
		return nil
	})
}

// ensureTemplate makes the template under another name and renames it when it is
// complete, so that a killed process leaves none that is half migrated.
func (s *server) ensureTemplate(ctx context.Context, conn *pgx.Conn, name string, fsys fs.FS) error {
	var exists bool
	const query = "SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)"
	if err := conn.QueryRow(ctx, query, name).Scan(&exists); err != nil {
		return fmt.Errorf("look for the template: %w", err)
	}
	if exists {
		return nil
	}
	building := databaseName()
	if err := s.exec(ctx, "CREATE DATABASE "+building+" TEMPLATE template0 OWNER "+testRole); err != nil {
		return err
	}
	if err := s.migrate(ctx, building, fsys); err != nil {
		_ = s.drop(ctx, building) // the first error is the one to show
		return err
	}
	return s.exec(ctx, "ALTER DATABASE "+building+" RENAME TO "+name)
}

// migrate applies the migrations as the tests' role, which so owns the tables.
func (s *server) migrate(ctx context.Context, database string, fsys fs.FS) error {
	pool, err := pg.Open(ctx, s.testURL(database), pg.Options{Name: "pgtest", MaxConns: 2})
	if err != nil {
		return err
	}
	defer pool.Close()
	if _, err := pool.Exec(ctx, "CREATE SCHEMA "+Schema); err != nil {
		return fmt.Errorf("make the schema: %w", err)
	}
	if err := migrate.River(ctx, pool, Schema); err != nil {
		return err
	}
	return migrate.Up(ctx, pool, Schema, fsys)
}

// clone makes a database out of a template by copying its files: measured at 15 ms
// on a file system in memory, a third of what the default (copying through the
// log, which is better for a busy server) takes.
func (s *server) clone(ctx context.Context, template, name string) error {
	statement := "CREATE DATABASE " + name + " TEMPLATE " + template + " OWNER " + testRole
	if s.version >= 150000 { // before, files were always copied
		statement += " STRATEGY FILE_COPY"
	}
	return s.exec(ctx, statement)
}
