package embed

import (
	"encoding/base64"
	"encoding/binary"
	"errors"
	"math"
)

// unit returns a vector scaled to length 1, so that the cosine of two is their
// product. One without a direction, or with a number that is none, is an error.
func unit(vector []float32) ([]float32, error) {
	sum := 0.0
	for _, x := range vector {
		sum += float64(x) * float64(x)
	}
	switch {
	case len(vector) == 0:
		return nil, errors.New("an empty vector")
	case math.IsNaN(sum) || math.IsInf(sum, 0):
		return nil, errors.New("a vector with something else than numbers")
	case sum == 0:
		return nil, errors.New("a vector of zeros")
	}
	length := math.Sqrt(sum)
	out := make([]float32, len(vector))
	for i, x := range vector {
		out[i] = float32(float64(x) / length)
	}
	return out, nil
}

// dot returns the cosine of two unit vectors of the same length.
func dot(a, b []float32) float64 {
	sum := 0.0
	for i := range a {
		sum += float64(a[i]) * float64(b[i])
	}
	return max(-1, min(1, sum)) // rounding may lead out of it
}

// sameLength reports whether all vectors have the same length.
func sameLength(vectors map[string][]float32) bool {
	length := -1
	for _, vector := range vectors {
		if length >= 0 && len(vector) != length {
			return false
		}
		length = len(vector)
	}
	return true
}

// floatSize is the size of a number of a vector in bytes.
const floatSize = 4

// plausible is the largest number that a vector of a model has; those known stay
// far below it.
const plausible = 1e4

// unpack reads vectors in base64: as OpenAI packs them, 32-bit floats in
// little-endian order, or as Perplexity does, signed bytes. Nothing in an answer
// says which it is, but bytes that are read as floats give absurd numbers.
func unpack(texts []string) ([][]float32, error) {
	raw := make([][]byte, len(texts))
	absurd := 0
	for i, text := range texts {
		data, err := base64.StdEncoding.DecodeString(text)
		if err != nil {
			return nil, err
		}
		if raw[i] = data; len(data)%floatSize != 0 || !reasonable(floats(data)) {
			absurd++
		}
	}
	if absurd != 0 && absurd != len(texts) {
		return nil, errors.New("vectors with something else than numbers")
	}
	vectors := make([][]float32, len(texts))
	for i, data := range raw {
		if vectors[i] = floats(data); absurd > 0 {
			vectors[i] = signedBytes(data)
		}
	}
	return vectors, nil
}

// reasonable reports whether all numbers can be those of a vector.
func reasonable(vector []float32) bool {
	for _, x := range vector {
		if !(math.Abs(float64(x)) <= plausible) { // also for NaN
			return false
		}
	}
	return true
}

// floats reads 32-bit floats in little-endian order; a rest is left out.
func floats(data []byte) []float32 {
	vector := make([]float32, len(data)/floatSize)
	for i := range vector {
		vector[i] = math.Float32frombits(binary.LittleEndian.Uint32(data[i*floatSize:]))
	}
	return vector
}

// signedBytes reads numbers from -128 to 127.
func signedBytes(data []byte) []float32 {
	vector := make([]float32, len(data))
	for i, b := range data {
		vector[i] = float32(int8(b))
	}
	return vector
}

// encode writes a vector as its numbers, little-endian: a quarter of their text.
func encode(vector []float32) []byte {
	out := make([]byte, 0, len(vector)*floatSize)
	for _, x := range vector {
		out = binary.LittleEndian.AppendUint32(out, math.Float32bits(x))
	}
	return out
}

// decode reads what encode wrote; nil for what is no unit vector.
func decode(data []byte) []float32 {
	if len(data) == 0 || len(data)%floatSize != 0 {
		return nil
	}
	vector, sum := floats(data), 0.0
	for _, x := range vector {
		sum += float64(x) * float64(x)
	}
	if !(math.Abs(sum-1) < 0.01) { // also for NaN
		return nil
	}
	return vector
}
