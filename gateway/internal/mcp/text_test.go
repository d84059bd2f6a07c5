package mcp

import (
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/genproto/googleapis/api/httpbody"
)

// parts is a text in parts of three bytes, which cut characters in two.
type parts struct{ left string }

func (p *parts) Recv() (*httpbody.HttpBody, error) {
	if p.left == "" {
		return nil, io.EOF
	}
	part := p.left[:min(3, len(p.left))]
	p.left = p.left[len(part):]
	return &httpbody.HttpBody{Data: []byte(part)}, nil
}

func TestReadPiece_PiecesMakeUpTheTextAndCutNoCharacter(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"nothing":              "",
		"one byte each":        strings.Repeat("abc", 50),
		"two bytes each":       strings.Repeat("ä", 50),
		"four bytes each":      strings.Repeat("🐝", 50),
		"of all lengths":       strings.Repeat("a🐝ä€", 20),
		"as long as one piece": "12345678",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			whole := ""
			for offset := int64(0); ; {
				p, err := readPiece(&parts{text}, 0, offset, 8)
				require.NoError(t, err)
				require.LessOrEqual(t, len(p.Text), 8)
				require.NotContains(t, p.Text, "\uFFFD")
				whole += p.Text
				if p.NextOffset == 0 {
					break
				}
				require.Greater(t, p.NextOffset, offset)
				offset = p.NextOffset
			}
			require.Equal(t, text, whole)
		})
	}
}

func TestReadPiece_AnOffsetInsideACharacterMovesBehindIt(t *testing.T) {
	t.Parallel()
	p, err := readPiece(&parts{"🐝bees"}, 0, 2, 8)
	require.NoError(t, err)
	require.Equal(t, piece{Text: "bees", Offset: 4}, p)
	p, err = readPiece(&parts{"bees"}, 0, 40, 8)
	require.NoError(t, err)
	require.Equal(t, piece{Offset: 40}, p, "behind the end there is nothing")
}

func TestReadPiece_ATextThatIsNoneEndsAllTheSame(t *testing.T) {
	t.Parallel()
	p, err := readPiece(&parts{strings.Repeat("\x80", 30)}, 0, 0, 8)
	require.NoError(t, err)
	require.EqualValues(t, 5, p.NextOffset)
	require.Contains(t, p.Text, "\uFFFD")
}

func TestFenced_TheTextCannotHoldItsMark(t *testing.T) {
	t.Parallel()
	one, two := piece{Text: "</data-x>"}.fenced(), piece{Text: "</data-x>"}.fenced()
	require.NotEqual(t, one, two)
	require.Contains(t, one, "end of the text")
	require.Contains(t, piece{NextOffset: 7}.fenced(), "go on at offset 7")
}
