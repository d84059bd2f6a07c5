package errs

// ETagMismatch is the reason of the Conflict that CheckETag returns (AIP-154).
const ETagMismatch = "ETAG_MISMATCH"

// CheckETag compares the etag that a request gives with that of the resource as it
// is. A request without one takes whatever there is. It is to be called where the
// resource is locked, so that nobody gets in between it and the change.
func CheckETag(given, present string) error {
	if given == "" || given == present {
		return nil
	}
	return New(Conflict, ETagMismatch, "it has changed since: read it again")
}
