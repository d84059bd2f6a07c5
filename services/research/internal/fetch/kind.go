package fetch

import (
	"bytes"
	"net/http"
	"slices"
	"strings"
)

// refusedType refuses what can hold no text by its declared type, before it is
// read. Whether a text can be had from all else, extract knows.
func refusedType(mediaType string) error {
	family, _, _ := strings.Cut(mediaType, "/")
	switch {
	case slices.Contains([]string{"audio", "video", "image", "font"}, family), slices.Contains(programs(), mediaType):
		return &Error{Reason: UnsupportedType, Message: "It is " + named(family) + ", which holds no text."}
	}
	return nil
}

// programs are the declared types of what is executed or installed.
func programs() []string {
	return []string{
		"application/x-msdownload", "application/vnd.microsoft.portable-executable", "application/x-executable", "application/x-sharedlib",
		"application/x-mach-binary", "application/x-elf", "application/wasm", "application/java-archive", "application/x-java-applet",
		"application/vnd.android.package-archive", "application/x-apple-diskimage", "application/x-iso9660-image", "application/x-debian-package",
		"application/x-rpm", "application/x-shockwave-flash", "application/vnd.debian.binary-package",
	}
}

func named(family string) string {
	switch family {
	case "audio":
		return "a sound recording"
	case "video":
		return "a film"
	case "image":
		return "a picture"
	case "font":
		return "a font"
	}
	return "a program"
}

// refusedContent refuses the same by its first bytes, whatever was declared. A text
// may begin with the letters that such a format begins with (BMW like a bitmap),
// but has no control characters.
func refusedContent(start []byte) error {
	if !bytes.ContainsFunc(start, isControl) {
		return nil
	}
	family, _, _ := strings.Cut(http.DetectContentType(start), "/")
	if slices.Contains([]string{"audio", "video", "image", "font"}, family) {
		return refusedType(family + "/sniffed")
	}
	if isProgram(start) {
		return refusedType("application/wasm")
	}
	return nil
}

// isControl reports whether a character stands in no text.
func isControl(r rune) bool {
	return r < ' ' && !strings.ContainsRune("\t\n\f\r\x1b", r)
}

// isProgram knows the formats of executables by their magic numbers.
func isProgram(start []byte) bool {
	for _, magic := range []string{
		"MZ", "\x7fELF", "\x00asm", "\xca\xfe\xba\xbe", "\xfe\xed\xfa\xce", "\xfe\xed\xfa\xcf", "\xce\xfa\xed\xfe", "\xcf\xfa\xed\xfe", "dex\n03",
	} {
		if bytes.HasPrefix(start, []byte(magic)) {
			return true
		}
	}
	return false
}
