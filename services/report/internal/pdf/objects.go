package pdf

import (
	"bytes"
	"compress/zlib"
	"crypto/sha256"
	"fmt"
	"strconv"
)

// ref is the number of an object.
type ref int

func (r ref) String() string { return strconv.Itoa(int(r)) + " 0 R" }

// packed is how many objects are compressed together: enough to compress well, few
// enough to be read without reading everything.
const packed = 200

// objects writes the objects of a file. Those without a stream are gathered and
// written compressed; a report's structure is thousands of small ones.
type objects struct {
	out   bytes.Buffer
	flate *zlib.Writer
	// places is where every object stands; that of number 0 is never used.
	places []place
	// heads and bodies are the gathered objects.
	heads, bodies bytes.Buffer
	gathered      []ref
}

// place is where an object stands: at an offset of the file, or as the index-th one
// of a stream of objects.
type place struct {
	offset int
	within ref
	index  int
}

func newObjects() *objects {
	o := &objects{places: make([]place, 1), flate: zlib.NewWriter(nil)}
	// The second line marks the file as one that is not text.
	o.out.WriteString("%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
	return o
}

// reserve returns the number of an object that is written later.
func (o *objects) reserve() ref {
	o.places = append(o.places, place{})
	return ref(len(o.places) - 1)
}

// put writes an object without a stream.
func (o *objects) put(r ref, body string) {
	fmt.Fprintf(&o.heads, "%d %d ", r, o.bodies.Len())
	o.bodies.WriteString(body)
	o.bodies.WriteByte('\n')
	o.gathered = append(o.gathered, r)
	if len(o.gathered) == packed {
		o.flush()
	}
}

// add writes an object without a stream and returns its number.
func (o *objects) add(body string) ref {
	r := o.reserve()
	o.put(r, body)
	return r
}

// flush writes the gathered objects.
func (o *objects) flush() {
	if len(o.gathered) == 0 {
		return
	}
	r := o.reserve()
	for i, each := range o.gathered {
		o.places[each] = place{within: r, index: i}
	}
	dict := fmt.Sprintf("/Type /ObjStm /N %d /First %d", len(o.gathered), o.heads.Len())
	data := append(o.heads.Bytes(), o.bodies.Bytes()...)
	o.gathered = o.gathered[:0]
	o.heads.Reset()
	o.bodies.Reset()
	o.stream(r, dict, data)
}

// stream writes an object with a stream, compressed. The dictionary is given without
// its brackets.
func (o *objects) stream(r ref, dict string, data []byte) {
	o.raw(r, dict+" /Filter /FlateDecode", o.deflate(data))
}

// raw writes an object with a stream as it is.
func (o *objects) raw(r ref, dict string, data []byte) {
	o.places[r] = place{offset: o.out.Len()}
	fmt.Fprintf(&o.out, "%d 0 obj\n<< %s /Length %d >>\nstream\n", r, dict, len(data))
	o.out.Write(data)
	o.out.WriteString("\nendstream\nendobj\n")
}

func (o *objects) deflate(data []byte) []byte {
	var buffer bytes.Buffer
	o.flate.Reset(&buffer)
	// A bytes.Buffer takes everything.
	_, _ = o.flate.Write(data)
	_ = o.flate.Close()
	return buffer.Bytes()
}

// finish writes where everything stands and returns the file.
func (o *objects) finish(root, info ref) []byte {
	o.flush()
	r := o.reserve()
	start := o.out.Len()
	o.places[r] = place{offset: start}
	const row = 7
	table := make([]byte, 0, row*len(o.places))
	for n, p := range o.places {
		switch {
		case n == 0:
			table = append(table, 0, 0, 0, 0, 0, 0xff, 0xff)
		case p.within != 0:
			table = append(table, 2, byte(p.within>>24), byte(p.within>>16), byte(p.within>>8), byte(p.within), byte(p.index>>8), byte(p.index))
		default:
			table = append(table, 1, byte(p.offset>>24), byte(p.offset>>16), byte(p.offset>>8), byte(p.offset), 0, 0)
		}
	}
	// The file's identity follows from what it holds, so that the same document is
	// the same file.
	id := fmt.Sprintf("%x", sha256.Sum256(o.out.Bytes()))[:32]
	dict := fmt.Sprintf("/Type /XRef /Size %d /W [1 4 2] /Root %s /Info %s /ID [<%s> <%s>]", len(o.places), root, info, id, id)
	o.stream(r, dict, table)
	fmt.Fprintf(&o.out, "startxref\n%d\n%%%%EOF\n", start)
	return o.out.Bytes()
}
