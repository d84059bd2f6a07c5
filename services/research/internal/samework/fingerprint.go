package samework

import (
	"encoding/binary"
	"errors"
	"math"

	"github.com/cespare/xxhash/v2"

	"github.com/researcherpro/researcherpro/pkg/lexical"
)

const (
	// slots is how many minima a fingerprint has: a resemblance is estimated with a
	// standard error of sqrt(r(1-r)/slots), at most 0.044.
	slots = 128
	// shingle is how many neighbouring tokens make one feature.
	shingle = 3
	// minShingles is how many a text must have: a sentence or two may well stand in
	// two works.
	minShingles = 25
	// near is the resemblance from which texts are the same. Of 13.4 million pairs
	// of different abstracts (SciFact) none comes above 0.20; of copies that lost
	// their last tenth and had every tenth word changed besides, 99.6 % stay above
	// (TestNear_OpenData).
	near = 0.4
	// golden is 2^64 divided by the golden ratio: the step of SplitMix64.
	golden = 0x9e3779b97f4a7c15
)

// Fingerprint is what remains of a text to compare it by: the MinHash sketch of
// its shingles of three tokens (Broder, On the resemblance and containment of
// documents, 1997), so that the share of equal slots of two fingerprints
// estimates the share of shingles that two texts have in common.
//
// MinHash and not SimHash, since an index's copy of an abstract differs from
// another's by whole phrases: labels, a lost last sentence, a copyright line.
// That leaves most shingles as they are, but moves a SimHash of so short a text
// as far as that of a stranger's. The zero value is of no text, and near none.
type Fingerprint struct {
	minima [slots]uint32
	full   bool
}

// FingerprintOf returns the fingerprint of a text, in time linear in its length.
// Words count in lower case and without punctuation, and unspaced scripts by
// pairs of characters (pkg/lexical). A text that is too short has none.
func FingerprintOf(text string) Fingerprint {
	tokens := lexical.Tokens(text)
	if len(tokens) < minShingles+shingle-1 {
		return Fingerprint{}
	}
	f := Fingerprint{full: true}
	for i := range f.minima {
		f.minima[i] = math.MaxUint32
	}
	hashes := make([]uint64, len(tokens))
	for i, t := range tokens {
		hashes[i] = xxhash.Sum64String(t.Text)
	}
	orders := slotOrders()
	for i := shingle; i <= len(hashes); i++ {
		var h uint64
		for _, t := range hashes[i-shingle : i] {
			h = mix(h ^ t)
		}
		for slot, o := range orders {
			f.minima[slot] = min(f.minima[slot], uint32((h*o.multiply+o.add)>>32))
		}
	}
	return f
}

// order is how one slot orders shingles: by a hash of their hash, multiply-shift
// (Dietzfelbinger, Universal hashing and k-wise independent random variables via
// integer arithmetic without primes, 1996).
type order struct {
	multiply, add uint64
}

// slotOrders returns the orders of the slots, which are the same in every process.
func slotOrders() (orders [slots]order) {
	for i := range orders {
		orders[i] = order{multiply: mix(uint64(2*i+1)*golden) | 1, add: mix(uint64(2*i+2) * golden)}
	}
	return orders
}

// mix is the finaliser of SplitMix64 (Steele, Lea and Flood, Fast splittable
// pseudorandom number generators, 2014).
func mix(x uint64) uint64 {
	x ^= x >> 30
	x *= 0xbf58476d1ce4e5b9
	x ^= x >> 27
	x *= 0x94d049bb133111eb
	return x ^ x>>31
}

// Empty reports whether the text was too short to have a fingerprint.
func (f Fingerprint) Empty() bool { return !f.full }

// Resemblance estimates which share of the shingles of two texts both have, from
// 0 to 1; 0 if either was too short.
func (f Fingerprint) Resemblance(g Fingerprint) float64 {
	if !f.full || !g.full {
		return 0
	}
	same := 0
	for i := range f.minima {
		if f.minima[i] == g.minima[i] {
			same++
		}
	}
	return float64(same) / slots
}

// Near reports whether two texts are nearly the same.
func Near(f, g Fingerprint) bool { return f.Resemblance(g) >= near }

// errFingerprint is returned for bytes that are no fingerprint.
var errFingerprint = errors.New("not a fingerprint")

// MarshalBinary implements encoding.BinaryMarshaler: 512 bytes, or none for the
// zero value.
func (f Fingerprint) MarshalBinary() ([]byte, error) {
	if !f.full {
		return []byte{}, nil
	}
	out := make([]byte, 0, 4*slots)
	for _, m := range f.minima {
		out = binary.BigEndian.AppendUint32(out, m)
	}
	return out, nil
}

// UnmarshalBinary implements encoding.BinaryUnmarshaler.
func (f *Fingerprint) UnmarshalBinary(data []byte) error {
	*f = Fingerprint{}
	switch len(data) {
	case 0:
		return nil
	case 4 * slots:
	default:
		return errFingerprint
	}
	f.full = true
	for i := range f.minima {
		f.minima[i] = binary.BigEndian.Uint32(data[4*i:])
	}
	return nil
}
