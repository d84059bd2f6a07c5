package cite_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/researcherpro/researcherpro/services/report/internal/cite"
)

// compared are the tests of CSL processors whose style is one of the five, with what is
// written here where that differs, and why. Most of these styles are of older editions of
// the manuals, and sources know no volumes, issues, pages or places.
type compared struct {
	fixture string
	style   cite.Style
	ours    []string
	why     string
}

func bibliographies() []compared {
	return []compared{
		{"bugreports_AutomaticallyDeleteItemsFails", cite.IEEE, []string{"J. Doe, *Book A*, 2000.", "J. Doe, *Book B*, 2000.", "R. Snoakes, *Book C*, 2000."}, "the test deletes a work"},
		{"bugreports_IeeePunctuation", cite.IEEE, []string{"P. G. Zimbardo, “Does Psychology make a significant difference in our lives?” *American Psychologist*, Jan. 2004."}, "volume and pages; the guide of 2023 spaces initials and sets no comma behind a question mark"},
		{"bugreports_SortedIeeeItalicsFail", cite.IEEE, []string{
			"J. Roe, “His Anonymous Article,” *Journal of Obscurity*, Jun. 1, 1965.", "J. Doe, “His Anonymous Article,” *Journal of Obscurity*, Jun. 1, 1965.", "G. Everhardt, “His Anonymous Article,” *Journal of Obscurity*, Jun. 1, 1965.",
		}, "volume and page; a variant that sorts by author"},
		{"bugreports_DuplicateSpaces", cite.IEEE, []string{"B. D'Arcus, *Boundaries of Dissent: Protest and State Power in the Media Age*. Routledge, 2006. [Online]. Available: http://www.test01.com"}, "place; the guide of 2023 ends the title of a book with a stop"},
		{"display_SecondFieldAlignMigratePunctuation", cite.IEEE, []string{
			"B. D'Arcus, *Boundaries of Dissent: Protest and State Power in the Media Age*. Routledge, 2005.", "F. G. Bennett Jr., “Getting Property Right: ‘Informal' Mortgages in the Japanese Courts,” *Pac. Rim L. & Pol'y J.*, Aug. 2009.",
		}, "volume and pages; the guide of 2023 spaces initials"},
		{"fullstyles_ChicagoArticleTitleQuestion", cite.Chicago, []string{"Doe, John. 1994. “An article is it?” *New Thinker*."}, "volume and page; quotation marks since the 16th edition"},
		{"fullstyles_ChicagoAuthorDateSimple", cite.Chicago, []string{
			"Doe, John. 1990. *Book A*. Zardoz Press.", "Doe, John, and Jane Roe. 1991. *Book B*.", "Doe, John, Jane Roe, and Alvin Asthma. 1992. *Book C*.",
			"Doe, John, Jane Roe, Alvin Asthma, et al. 1993. *Book D*.", "Doe, John, Jane Roe, Alvin Asthma, et al. 1994. *Book E*.",
		}, "place; the 18th edition lists three of more than six, and no dash for the same authors"},
		{"sort_ChicagoYearSuffix1", cite.Chicago, []string{
			"Beijing Zoo. 1974a. “Observations on the breeding of the giant panda and the raising of its young [in Chinese].” *Acta Zoologica Sinica*.",
			"Beijing Zoo. 1974b. “On the diseases of the giant panda and their preventive and curative measures [in Chinese].” *Acta Zoologica Sinica*.",
		}, "volume and pages; quotation marks since the 16th edition; the same order and letters"},
		{"bugreports_NoTitle", cite.APA, []string{"*ecs*. (n.d.).", "Family01, G. (n.d.). *XXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXX*."}, "the test shows a stop too many; an article in no journal stands by itself"},
		{"sort_SubstituteTitle", cite.APA, []string{
			"Brooker, C. (2011a, July 24). The news coverage of the Norway mass-killings was fact-free conjecture. *The Guardian*. http://www.guardian.co.uk/commentisfree/2011/jul/24/charlie-brooker-norway-mass-killings",
			"Brooker, C. (2011b, July 31). Let's think outside the box here: maybe blue-sky thinking is nonsense. *The Guardian*. http://www.guardian.co.uk/commentisfree/2011/jul/31/blue-sky-thinking",
		}, "place; letters and no “Retrieved from” since the 7th edition; the same order"},
		{"textcase_RepeatedTitleBug", cite.APA, []string{"Jenrich, R. I., & Bentler, P. M. (2012). Exploratory bi-factor analysis: The oblique case. *Psychometrika*. https://doi.org/10.1007/s11336-012-9269-1"}, "volume, issue and pages; the DOI is given as an address"},
		{"variables_ContainerTitleShort", cite.Vancouver, []string{"Campbell DT, Fiske DW. Main title. In: Container: a title.", "Campbell DT, Fiske DW. Main title. Container: a title."}, "series and short titles"},
	}
}

func TestBibliographiesAreThoseOfTheSuiteOfCSL(t *testing.T) {
	t.Parallel()
	suite := fixtures(t)
	for _, c := range bibliographies() {
		t.Run(c.fixture, func(t *testing.T) {
			t.Parallel()
			f := suite[c.fixture]
			require.Equal(t, "bibliography", f.mode)
			var blocks []string
			doc := document()
			sources := byID()
			for _, i := range f.items {
				s := i.source()
				sources[s.GetId()] = s
				doc.Sections[0].Blocks = append(doc.Sections[0].Blocks, paragraph(citing(s.GetId())))
			}
			require.NoError(t, cite.Apply(doc, sources, c.style))
			for _, line := range written(doc.GetReferences()) {
				blocks = append(blocks, strings.ReplaceAll(line, "’", "'"))
			}
			if c.ours == nil {
				require.Equal(t, f.entries(), blocks)
				return
			}
			require.Equal(t, c.ours, blocks, c.why)
			require.NotEqual(t, f.entries(), blocks, "it does not differ: %s", c.why)
		})
	}
}

// TestMarksAreThoseOfTheSuiteOfCSL compares the marks of a whole group, which the suite
// writes as one citation.
func TestMarksAreThoseOfTheSuiteOfCSL(t *testing.T) {
	t.Parallel()
	suite := fixtures(t)
	for _, c := range []compared{
		{"fullstyles_APA", cite.APA, nil, ""},
		{"bugreports_AuthorYear", cite.APA, nil, ""},
		{"date_DisappearingBug", cite.APA, nil, ""},
		{"bugreports_disambiguate", cite.APA, []string{"(FamilyA & FamilyB, 2003; FamilyA et al., 2007)"}, "three authors are the first since the 7th edition"},
		{"bugreports_ChicagoAuthorDateLooping", cite.Chicago, []string{"(“Google,” n.d.; “JA-SIG Conference Presentation,” n.d.; Manstein 1982)"}, "works without an author are cited by title, not as anonymous"},
		{"name_CiteGroupDelimiterWithYearSuffixCollapse2", cite.Chicago, []string{"(Aalto 2015a; Aalto 2015b; Aalto 2015c; Aalto 2015d; Aalto 2015e; Bartleby 2010)"}, "each mark leads to a reference of its own; groups are sorted"},
		{"collapse_ChicagoAfterCollapse", cite.Chicago, []string{"(Garcia 1998; Whittaker 1967; Whittaker 1975; Wiens 1989a; Wiens 1989b; Wong 1999; Wong 2000)"}, "the test has three groups, pages, and names written once"},
		{"disambiguate_FailWithYearSuffix", cite.Chicago, []string{"(Caritas Europa et al. 2004a; Caritas Europa et al. 2004b)"}, "the test has two groups"},
		{"disambiguate_YearSuffixMidInsert", cite.Chicago, []string{"(UN DESA 2011a; UN DESA 2011b; UN DESA 2011c)"}, "the test has three groups"},
	} {
		t.Run(c.fixture, func(t *testing.T) {
			t.Parallel()
			f := suite[c.fixture]
			require.Equal(t, "citation", f.mode)
			var ids []string
			sources := byID()
			for _, i := range f.items {
				s := i.source()
				sources[s.GetId()] = s
				ids = append(ids, s.GetId())
			}
			doc := document(paragraph(citing(ids...)))
			require.NoError(t, cite.Apply(doc, sources, c.style))
			got := []string{render(doc.GetSections()[0].GetBlocks()[0].GetParagraph().GetText()[0].GetCitation())}
			if c.ours == nil {
				require.Equal(t, f.entries(), got)
				return
			}
			require.Equal(t, c.ours, got, c.why)
			require.NotEqual(t, f.entries(), got, "it does not differ: %s", c.why)
		})
	}
}
