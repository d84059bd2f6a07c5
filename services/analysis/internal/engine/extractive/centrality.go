package extractive

import "strings"

// LexRank's constants: the similarity under which two sentences are not linked,
// the share of the rank that every sentence has by itself, and how many rounds
// of the power iteration are run (it is stable to three digits after about ten).
const (
	linkThreshold = 0.1
	damping       = 0.15
	rounds        = 20
)

// scoreCentrality ranks the candidates by how much the others say the same, with
// continuous LexRank (Erkan and Radev, "LexRank: Graph-based Lexical Centrality
// as Salience in Text Summarization", JAIR 22, 2004), and sets the final score.
// Sentences of one passage do not vote for each other: a source that repeats
// itself is not more central for it.
func (p *pool) scoreCentrality() {
	links := p.links()
	n := len(p.candidates)
	rank, next := make([]float64, n), make([]float64, n)
	for i := range rank {
		rank[i] = 1
	}
	for range rounds {
		for i := range next {
			next[i] = damping
		}
		for i, row := range links {
			for _, l := range row {
				next[l.to] += (1 - damping) * rank[i] * l.share
			}
		}
		rank, next = next, rank
	}
	top := 0.0
	for _, r := range rank {
		top = max(top, r)
	}
	p.best = 0
	for _, c := range p.candidates {
		p.best = max(p.best, c.relevance)
	}
	for i, c := range p.candidates {
		c.centrality = rank[i] / top
		c.score = p.score(c)
	}
}

// link is an edge of the similarity graph; the shares of a node's edges sum to 1.
type link struct {
	to    int
	share float64
}

// links builds the similarity graph.
func (p *pool) links() [][]link {
	links := make([][]link, len(p.candidates))
	for i, a := range p.candidates {
		sum := 0.0
		for j, b := range p.candidates {
			if i == j || a.evidence == b.evidence {
				continue
			}
			if similarity := cosine(a.vector, b.vector); similarity >= linkThreshold {
				links[i] = append(links[i], link{j, similarity})
				sum += similarity
			}
		}
		for k := range links[i] {
			links[i][k].share /= sum
		}
	}
	return links
}

// score combines what is known about a candidate: mostly its relevance, then
// its centrality and the rank of its passage, less if it leans on another
// sentence or is long. A first sentence states the topic more often than not.
func (p *pool) score(c *candidate) float64 {
	score := 0.8*c.relevance/p.best + 0.12*c.centrality + 0.05*c.passageRank()
	if c.position == 0 {
		score += 0.03
	}
	if c.leaning {
		score *= 0.6
	}
	if c.evidence.Retracted {
		score *= 0.5
	}
	if strings.Contains(c.text, " .") || strings.Contains(c.text, " ,") || strings.HasSuffix(c.text, " 。") { // a reference was cut out
		score *= 0.85
	}
	if n := lengthInWords(c.text, c.words); n > 35 {
		score *= 1 - 0.015*float64(n-35)
	}
	return score
}

// passageRank maps the retrieval score, whose scale is unknown, to 0..1 without
// comparing it across requests: a positive score saturates towards 1.
func (c *candidate) passageRank() float64 {
	if c.evidence.Score <= 0 {
		return 0
	}
	return c.evidence.Score / (1 + c.evidence.Score)
}
