package pdf

import (
	"fmt"
	"strings"
	"time"
)

// About is what a file says about itself.
type About struct {
	Title, Subject string
	// Language is that of most of its text, after BCP 47.
	Language string
	// RightToLeft says how pages lie side by side.
	RightToLeft bool
	// Creator is the program.
	Creator string
	// Created is when what it says was found; the zero time is left out.
	Created time.Time
}

// info writes what old readers show.
func (f *File) info(about About) ref {
	var b strings.Builder
	fmt.Fprintf(&b, "<< /Title %s /Creator %s /Producer %s", text(about.Title), text(about.Creator), text(about.Creator))
	if about.Subject != "" {
		b.WriteString(" /Subject " + text(about.Subject))
	}
	if !about.Created.IsZero() {
		date := about.Created.UTC().Format("20060102150405")
		fmt.Fprintf(&b, " /CreationDate (D:%sZ) /ModDate (D:%sZ)", date, date)
	}
	b.WriteString(" >>")
	return f.objects.add(b.String())
}

// metadata writes the same as XMP, which is what is searched.
func (f *File) metadata(about About) ref {
	var b strings.Builder
	b.WriteString("<?xpacket begin=\"\ufeff\" id=\"W5M0MpCehiHzreSzNTczkc9d\"?>\n" +
		`<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">` +
		`<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmlns:pdf="http://ns.adobe.com/pdf/1.3/">` + "\n")
	fmt.Fprintf(&b, "<dc:format>application/pdf</dc:format>\n<dc:title><rdf:Alt><rdf:li xml:lang=\"x-default\">%s</rdf:li></rdf:Alt></dc:title>\n", xml(about.Title))
	if about.Subject != "" {
		fmt.Fprintf(&b, "<dc:description><rdf:Alt><rdf:li xml:lang=\"x-default\">%s</rdf:li></rdf:Alt></dc:description>\n", xml(about.Subject))
	}
	if about.Language != "" {
		fmt.Fprintf(&b, "<dc:language><rdf:Bag><rdf:li>%s</rdf:li></rdf:Bag></dc:language>\n", xml(about.Language))
	}
	fmt.Fprintf(&b, "<xmp:CreatorTool>%s</xmp:CreatorTool>\n<pdf:Producer>%s</pdf:Producer>\n", xml(about.Creator), xml(about.Creator))
	if !about.Created.IsZero() {
		date := about.Created.UTC().Format(time.RFC3339)
		fmt.Fprintf(&b, "<xmp:CreateDate>%s</xmp:CreateDate>\n<xmp:ModifyDate>%s</xmp:ModifyDate>\n", date, date)
	}
	b.WriteString("</rdf:Description></rdf:RDF></x:xmpmeta>\n<?xpacket end=\"w\"?>")
	r := f.objects.reserve()
	f.objects.raw(r, "/Type /Metadata /Subtype /XML", []byte(b.String()))
	return r
}

// xml escapes text for XML, which cannot hold most control characters at all.
func xml(s string) string {
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0xfffe || r == 0xffff {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, "\ufffd"))
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;").Replace(s)
}
