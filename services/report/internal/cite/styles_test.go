package cite_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	researchv1 "github.com/researcherpro/researcherpro/proto/gen/go/researcherpro/research/v1"
	"github.com/researcherpro/researcherpro/services/report/internal/cite"
)

// example is a work of which the manuals, or many of their readers, have an example, with
// how each style writes it.
type example struct {
	source *researchv1.Source
	want   map[cite.Style]string
}

func examples() map[string]example {
	out := published()
	for name, e := range online() {
		out[name] = e
	}
	return out
}

func published() map[string]example {
	return map[string]example{
		"an article in a journal": {
			source: &researchv1.Source{
				Kind: "article", Title: "A structural approach to selection bias", Authors: []string{"Miguel A. Hernán", "Sonia Hernández-Díaz", "James M. Robins"},
				Published: "2004-09", Container: "Epidemiology", Publisher: "Lippincott", Identifiers: map[string]string{"doi": "10.1097/01.ede.0000135174.63482.43", "pmid": "15308962"},
			},
			want: map[cite.Style]string{
				cite.APA:       "Hernán, M. A., Hernández-Díaz, S., & Robins, J. M. (2004). A structural approach to selection bias. *Epidemiology*. https://doi.org/10.1097/01.ede.0000135174.63482.43",
				cite.IEEE:      "M. A. Hernán, S. Hernández-Díaz, and J. M. Robins, “A structural approach to selection bias,” *Epidemiology*, Sep. 2004, doi: 10.1097/01.ede.0000135174.63482.43.",
				cite.Vancouver: "Hernán MA, Hernández-Díaz S, Robins JM. A structural approach to selection bias. Epidemiology. 2004 Sep. doi: 10.1097/01.ede.0000135174.63482.43. PubMed PMID: 15308962.",
				cite.Chicago:   "Hernán, Miguel A., Sonia Hernández-Díaz, and James M. Robins. 2004. “A structural approach to selection bias.” *Epidemiology*. https://doi.org/10.1097/01.ede.0000135174.63482.43.",
				cite.Numbered:  "*A structural approach to selection bias*. Miguel A. Hernán, Sonia Hernández-Díaz, James M. Robins. Epidemiology, Lippincott, September 2004. https://doi.org/10.1097/01.ede.0000135174.63482.43",
			},
		},
		"a book": {
			source: &researchv1.Source{Kind: "book", Title: "Robot Vision", Authors: []string{"Berthold K. P. Horn"}, Published: "1986", Publisher: "MIT Press", Identifiers: map[string]string{"isbn": "9780262081597"}},
			want: map[cite.Style]string{
				cite.APA:       "Horn, B. K. P. (1986). *Robot Vision*. MIT Press.",
				cite.IEEE:      "B. K. P. Horn, *Robot Vision*. MIT Press, 1986.",
				cite.Vancouver: "Horn BK. Robot Vision. MIT Press; 1986.",
				cite.Chicago:   "Horn, Berthold K. P. 1986. *Robot Vision*. MIT Press.",
				cite.Numbered:  "*Robot Vision*. Berthold K. P. Horn. MIT Press, 1986.",
			},
		},
		"a chapter": {
			source: &researchv1.Source{Kind: "chapter", Title: "Inflammation in asthma", Authors: []string{"Robert Tepper", "Judith Stern"}, Published: "1999", Container: "Airway Disease", Publisher: "Harper"},
			want: map[cite.Style]string{
				cite.APA:       "Tepper, R., & Stern, J. (1999). Inflammation in asthma. In *Airway Disease*. Harper.",
				cite.IEEE:      "R. Tepper and J. Stern, “Inflammation in asthma,” in *Airway Disease*. Harper, 1999.",
				cite.Vancouver: "Tepper R, Stern J. Inflammation in asthma. In: Airway Disease. Harper; 1999.",
				cite.Chicago:   "Tepper, Robert, and Judith Stern. 1999. “Inflammation in asthma.” In *Airway Disease*. Harper.",
				cite.Numbered:  "*Inflammation in asthma*. Robert Tepper, Judith Stern. Airway Disease, Harper, 1999.",
			},
		},
		"a thesis": {
			source: &researchv1.Source{Kind: "thesis", Title: "Narrow bandgaps", Authors: []string{"Jill O. Williams"}, Published: "1993-05", Publisher: "Harvard University"},
			want: map[cite.Style]string{
				cite.APA:       "Williams, J. O. (1993). *Narrow bandgaps* [Thesis, Harvard University].",
				cite.IEEE:      "J. O. Williams, “Narrow bandgaps,” thesis, Harvard University, 1993.",
				cite.Vancouver: "Williams JO. Narrow bandgaps [thesis]. Harvard University; 1993.",
				cite.Chicago:   "Williams, Jill O. 1993. “Narrow bandgaps.” Thesis, Harvard University.",
				cite.Numbered:  "*Narrow bandgaps*. Jill O. Williams. Harvard University, May 1993.",
			},
		},
		"a report of a body": {
			source: &researchv1.Source{Kind: "report", Title: "World health statistics 2023", Authors: []string{"World Health Organization"}, Published: "2023", Publisher: "World Health Organization", Url: "https://www.who.int/data/gho"},
			want: map[cite.Style]string{
				cite.APA:       "World Health Organization. (2023). *World health statistics 2023*. https://www.who.int/data/gho",
				cite.IEEE:      "World Health Organization, *World health statistics 2023*, 2023. [Online]. Available: https://www.who.int/data/gho",
				cite.Vancouver: "World Health Organization. World health statistics 2023 [Internet]. 2023. Available from: https://www.who.int/data/gho",
				cite.Chicago:   "World Health Organization. 2023. *World health statistics 2023*. https://www.who.int/data/gho.",
				cite.Numbered:  "*World health statistics 2023*. World Health Organization. 2023. https://www.who.int/data/gho",
			},
		},
		"a dataset": {
			source: &researchv1.Source{Kind: "dataset", Title: "Precinct-level election data", Authors: []string{"Stephen Ansolabehere", "Maxwell Palmer", "Amanda Lee"}, Published: "2014", Publisher: "Harvard Dataverse", Identifiers: map[string]string{"doi": "10.7910/dvn/yn4tlr"}},
			want: map[cite.Style]string{
				cite.APA:       "Ansolabehere, S., Palmer, M., & Lee, A. (2014). *Precinct-level election data* [Data set]. Harvard Dataverse. https://doi.org/10.7910/dvn/yn4tlr",
				cite.IEEE:      "S. Ansolabehere, M. Palmer, and A. Lee, “Precinct-level election data,” Harvard Dataverse, 2014, doi: 10.7910/dvn/yn4tlr.",
				cite.Vancouver: "Ansolabehere S, Palmer M, Lee A. Precinct-level election data [dataset]. Harvard Dataverse; 2014. doi: 10.7910/dvn/yn4tlr.",
				cite.Chicago:   "Ansolabehere, Stephen, Maxwell Palmer, and Amanda Lee. 2014. “Precinct-level election data.” Dataset. Harvard Dataverse. https://doi.org/10.7910/dvn/yn4tlr.",
				cite.Numbered:  "*Precinct-level election data*. Stephen Ansolabehere, Maxwell Palmer, Amanda Lee. Harvard Dataverse, 2014. https://doi.org/10.7910/dvn/yn4tlr",
			},
		},
	}
}

func online() map[string]example {
	return map[string]example{
		"a preprint": {
			source: &researchv1.Source{
				Kind: "preprint", Preprint: true, Title: "Attention is all you need", Published: "2017-06-12", Container: "arXiv", Publisher: "arXiv",
				Authors: []string{"Ashish Vaswani", "Noam Shazeer", "Niki Parmar", "Jakob Uszkoreit", "Llion Jones", "Aidan N. Gomez", "Łukasz Kaiser", "Illia Polosukhin"},
				Url:     "https://arxiv.org/abs/1706.03762", Identifiers: map[string]string{"arxiv": "1706.03762"},
			},
			want: map[cite.Style]string{
				cite.APA:       "Vaswani, A., Shazeer, N., Parmar, N., Uszkoreit, J., Jones, L., Gomez, A. N., Kaiser, Ł., & Polosukhin, I. (2017). *Attention is all you need* (arXiv:1706.03762). arXiv. https://arxiv.org/abs/1706.03762",
				cite.IEEE:      "A. Vaswani *et al.*, “Attention is all you need,” arXiv, 2017, arXiv:1706.03762. Accessed: Jan. 2, 2026. [Online]. Available: https://arxiv.org/abs/1706.03762",
				cite.Vancouver: "Vaswani A, Shazeer N, Parmar N, Uszkoreit J, Jones L, Gomez AN, et al. Attention is all you need. arXiv [Preprint]. 2017 Jun 12 [cited 2026 Jan 2]. Available from: https://arxiv.org/abs/1706.03762",
				cite.Chicago:   "Vaswani, Ashish, Noam Shazeer, Niki Parmar, et al. 2017. “Attention is all you need.” Preprint, arXiv, June 12. https://arxiv.org/abs/1706.03762.",
				cite.Numbered:  "*Attention is all you need*. Ashish Vaswani, Noam Shazeer, Niki Parmar, Jakob Uszkoreit, Llion Jones, Aidan N. Gomez, Łukasz Kaiser, Illia Polosukhin. arXiv, 12 June 2017. https://arxiv.org/abs/1706.03762",
			},
		},
		"a page without an author or a date": {
			source: &researchv1.Source{Kind: "page", Title: "Privacy policy", Container: "Google", Url: "https://policies.google.com/privacy"},
			want: map[cite.Style]string{
				cite.APA:       "*Privacy policy*. (n.d.). Google. Retrieved January 2, 2026, from https://policies.google.com/privacy",
				cite.IEEE:      "“Privacy policy.” Google. Accessed: Jan. 2, 2026. [Online]. Available: https://policies.google.com/privacy",
				cite.Vancouver: "Privacy policy [Internet]. Google [cited 2026 Jan 2]. Available from: https://policies.google.com/privacy",
				cite.Chicago:   "“Privacy policy.” n.d. Google. Accessed January 2, 2026. https://policies.google.com/privacy.",
				cite.Numbered:  "*Privacy policy*. Google. https://policies.google.com/privacy",
			},
		},
		"news": {
			source: &researchv1.Source{Kind: "news", Title: "What is it like to be a bat?", Authors: []string{"Rebecca Mead"}, Published: "2017-04-17", Container: "The New Yorker", Url: "https://www.newyorker.com/bat"},
			want: map[cite.Style]string{
				cite.APA:       "Mead, R. (2017, April 17). What is it like to be a bat? *The New Yorker*. https://www.newyorker.com/bat",
				cite.IEEE:      "R. Mead, “What is it like to be a bat?” *The New Yorker*, Apr. 17, 2017. Accessed: Jan. 2, 2026. [Online]. Available: https://www.newyorker.com/bat",
				cite.Vancouver: "Mead R. What is it like to be a bat? The New Yorker [Internet]. 2017 Apr 17 [cited 2026 Jan 2]. Available from: https://www.newyorker.com/bat",
				cite.Chicago:   "Mead, Rebecca. 2017. “What is it like to be a bat?” *The New Yorker*, April 17. https://www.newyorker.com/bat.",
				cite.Numbered:  "*What is it like to be a bat?* Rebecca Mead. The New Yorker, 17 April 2017. https://www.newyorker.com/bat",
			},
		},
		"an entry of an encyclopedia": {
			source: &researchv1.Source{Kind: "encyclopedia", Title: "Lake Baikal", Published: "2025-11-30", Container: "Wikipedia", Publisher: "Wikimedia Foundation", Url: "https://en.wikipedia.org/wiki/Lake_Baikal"},
			want: map[cite.Style]string{
				cite.APA:       "Lake Baikal. (2025, November 30). In *Wikipedia*. Wikimedia Foundation. Retrieved January 2, 2026, from https://en.wikipedia.org/wiki/Lake_Baikal",
				cite.IEEE:      "“Lake Baikal,” in *Wikipedia*. Wikimedia Foundation, 2025. Accessed: Jan. 2, 2026. [Online]. Available: https://en.wikipedia.org/wiki/Lake_Baikal",
				cite.Vancouver: "Lake Baikal. In: Wikipedia [Internet]. Wikimedia Foundation; 2025 Nov 30 [cited 2026 Jan 2]. Available from: https://en.wikipedia.org/wiki/Lake_Baikal",
				cite.Chicago:   "“Lake Baikal.” 2025. In *Wikipedia*. Wikimedia Foundation. https://en.wikipedia.org/wiki/Lake_Baikal.",
				cite.Numbered:  "*Lake Baikal*. Wikipedia, Wikimedia Foundation, 30 November 2025. https://en.wikipedia.org/wiki/Lake_Baikal",
			},
		},
		"a file without an author or a date": {
			source: &researchv1.Source{Kind: "document", FileName: "survey.md"},
			want: map[cite.Style]string{
				cite.APA:       "*survey.md*. (n.d.).",
				cite.IEEE:      "“survey.md.”",
				cite.Vancouver: "survey.md.",
				cite.Chicago:   "“survey.md.” n.d.",
				cite.Numbered:  "*survey.md*.",
			},
		},
		"a file with a title": {
			source: &researchv1.Source{Kind: "document", Title: "湖泊调查。", FileName: "调查.pdf", Authors: []string{"王小明"}, Language: "zh", Published: "2020"},
			want: map[cite.Style]string{
				cite.APA:       "王小明. (2020). *湖泊调查。* 调查.pdf.",
				cite.IEEE:      "王小明. “湖泊调查。” 2020. 调查.pdf.",
				cite.Vancouver: "王小明. 湖泊调查。 2020. 调查.pdf.",
				cite.Chicago:   "王小明. 2020. “湖泊调查。” 调查.pdf.",
				cite.Numbered:  "*湖泊调查。* 王小明. 2020. 调查.pdf.",
			},
		},
	}
}

func TestEachStyleWritesAsItsManual(t *testing.T) {
	t.Parallel()
	for name, e := range examples() {
		for style, want := range e.want {
			t.Run(string(style)+" "+name, func(t *testing.T) {
				t.Parallel()
				source, _ := proto.Clone(e.source).(*researchv1.Source)
				if source.GetUrl() != "" && source.GetKind() != "report" {
					source.FetchTime = read2026()
				}
				source.Id = "s"
				_, references := cited(t, style, source)
				require.Equal(t, want, written(references)[0])
			})
		}
	}
}
