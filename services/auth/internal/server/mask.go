package server

import (
	"slices"
	"strings"

	"google.golang.org/protobuf/types/known/fieldmaskpb"

	"github.com/researcherpro/researcherpro/pkg/errs"
)

// maskPaths are the paths that an update mask may have.
type maskPaths struct {
	// change are those of fields that can be changed.
	change []string
	// ignore are those of fields that the server sets, or that only name what to
	// change. Whoever sends back what they have read names them (AIP-203).
	ignore []string
}

// workspacePaths are the paths of a workspace.
var workspacePaths = maskPaths{
	change: []string{"display_name"},
	ignore: []string{"id", "create_time", "role", "etag"},
}

// maskOf returns the paths that an update changes: those of the mask, or without
// one those of the fields that are set. An unknown path is refused.
func maskOf(mask *fieldmaskpb.FieldMask, set []string, known maskPaths) ([]string, error) {
	if len(mask.GetPaths()) == 0 {
		return set, nil
	}
	var paths []string
	for _, path := range mask.GetPaths() {
		switch {
		case slices.Contains(known.change, path):
			paths = append(paths, path)
		case !slices.Contains(known.ignore, path):
			return nil, errs.Field("update_mask", "may only name "+strings.Join(known.change, ", "))
		}
	}
	return paths, nil
}
