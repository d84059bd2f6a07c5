// Command protoimports writes the .proto files that our own definitions import
// (google/api, buf/validate) as source, out of the Go packages generated from
// them. buf then needs no registry, and there is one pin per dependency: go.mod.
package main

import (
	"fmt"
	"os"
	"path/filepath"

	_ "buf.build/gen/go/bufbuild/protovalidate/protocolbuffers/go/buf/validate"
	"github.com/jhump/protoreflect/v2/protoprint"
	_ "google.golang.org/genproto/googleapis/api/annotations"
	_ "google.golang.org/genproto/googleapis/api/httpbody"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
)

// roots are the files that our definitions import; what they import in turn is
// written too, except google/protobuf, which buf brings along.
var roots = []string{
	"buf/validate/validate.proto",
	"google/api/annotations.proto",
	"google/api/httpbody.proto",
}

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: protoimports OUTPUT_FOLDER")
		os.Exit(2)
	}
	if err := run(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "protoimports:", err)
		os.Exit(1)
	}
}

func run(out string) error {
	printer := protoprint.Printer{}
	written := map[string]bool{}
	var write func(protoreflect.FileDescriptor) error
	write = func(fd protoreflect.FileDescriptor) error {
		name := fd.Path()
		if written[name] || filepath.Dir(name) == "google/protobuf" {
			return nil
		}
		written[name] = true
		source, err := printer.PrintProtoToString(fd)
		if err != nil {
			return fmt.Errorf("print %s: %w", name, err)
		}
		path := filepath.Join(out, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(path, []byte(source), 0o644); err != nil {
			return err
		}
		imports := fd.Imports()
		for i := range imports.Len() {
			if err := write(imports.Get(i).FileDescriptor); err != nil {
				return err
			}
		}
		return nil
	}
	for _, name := range roots {
		fd, err := protoregistry.GlobalFiles.FindFileByPath(name)
		if err != nil {
			return fmt.Errorf("find %s: %w", name, err)
		}
		if err := write(fd); err != nil {
			return err
		}
	}
	return nil
}
