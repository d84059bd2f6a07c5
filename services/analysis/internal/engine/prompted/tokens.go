package prompted

// How many tokens texts are, for cutting evidence to size and for estimates. It is on
// the safe side for the tokenizers in use: English prose is about 4.5 bytes a token
// there, other alphabets 2 to 3 characters, Chinese up to one and a half tokens a
// character.
const asciiPerToken = 3.5

// tokens estimates how many tokens a text is.
func tokens(text string) int {
	ascii, other := 0, 0
	for _, r := range text {
		switch {
		case r < 0x80:
			ascii++
		case r < 0x2E80: // alphabets
			other += 2
		default:
			other += 5
		}
	}
	return int(float64(ascii)/asciiPerToken) + (other+3)/4 + 1
}
