package static_test

import (
	"strings"
	"testing"

	"github.com/eyeshot-dev/eyeshot/internal/embed/static"
)

// benchmarkTexts are 64 sentences of 15 words or so, as titles of tickets have.
func benchmarkTexts() []string {
	subjects := []string{"The billing job", "An internal comment", "Our mobile client in the staging environment", "PAY-1482: the refund service"}
	faults := []string{"shows the wrong currency", "times out with a NullPointerException", "returns duplicate rows", "loses its OAuth session"}
	places := []string{"after an upgrade to version 3.2.1", "behind a corporate proxy in Zürich", "when two users edit the same ticket", "on the first day of the month"}
	var texts []string
	for _, subject := range subjects {
		for _, fault := range faults {
			for _, place := range places {
				texts = append(texts, subject+" "+fault+" "+place+".")
			}
		}
	}
	return texts
}

func BenchmarkStaticShortTexts(b *testing.B) {
	e := builtIn(b)
	texts := benchmarkTexts()
	words := 0
	for _, text := range texts {
		words += len(strings.Fields(text))
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := e.Embed(b.Context(), texts); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N*len(texts))/b.Elapsed().Seconds(), "texts/s")
	b.ReportMetric(float64(words)/float64(len(texts)), "words/text")
}

// One text a call, as a search embeds its query.
func BenchmarkStaticOneQuery(b *testing.B) {
	e := builtIn(b)
	query := []string{"refund fails after partial capture"}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := e.Embed(b.Context(), query); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkStaticLoadBuiltIn(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := static.BuiltIn(); err != nil {
			b.Fatal(err)
		}
	}
}
