package split_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/indexer/split"
)

func splitter(t testing.TB, options split.Options) *split.Splitter {
	t.Helper()
	s, err := split.New(options)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// small sizes make short examples show what long texts do.
var small = split.Options{Target: 80, Max: 120, Min: 20, Overlap: 20}

func document(format eyeshot.Format, title, text string) eyeshot.Document {
	return eyeshot.Document{Object: "document:handbook/a.md", Title: title, Text: text, Format: format}
}

func passages(chunks []eyeshot.Chunk) []string {
	var out []string
	for _, c := range chunks {
		out = append(out, c.Heading+" | "+c.Text)
	}
	return out
}

func expect(t *testing.T, got []eyeshot.Chunk, want ...string) {
	t.Helper()
	if diff := cmp.Diff(want, passages(got)); diff != "" {
		t.Errorf("chunks (-want +got):\n%s", diff)
	}
}

func TestAShortTextIsOneChunkUnderItsTitle(t *testing.T) {
	expect(t, splitter(t, split.Options{}).Split(document("", "Holidays", "  Ask a week ahead.\n")),
		"Holidays | Ask a week ahead.")
}

func TestHeadingsMakeThePath(t *testing.T) {
	text := "# Runbook\n\nIntro that is long enough to stand on its own.\n\n## Rollback\n\n### Database ###\n\n" +
		"Restore the snapshot of the hour before, then replay the log up to the fault.\n\n" +
		"## [Contacts](#x) for `ops` {#contacts}\n\nThe one on call has the phone, and the other one has the keys to the door.\n"
	expect(t, splitter(t, small).Split(document(eyeshot.FormatMarkdown, "Runbook", text)),
		"Runbook | # Runbook\n\nIntro that is long enough to stand on its own.",
		"Runbook › Rollback › Database | ## Rollback\n\n### Database ###\n\nRestore the snapshot of the hour before, then replay the log up to the fault.",
		"Runbook › Contacts for ops | ## [Contacts](#x) for `ops` {#contacts}\n\nThe one on call has the phone, and the other one has the keys to the door.")
}

func TestShortSectionsShareAChunkUnderWhatTheyHaveInCommon(t *testing.T) {
	text := "## Tools\n\n### Saw\n\nCuts.\n\n### Glue\n\nHolds.\n"
	expect(t, splitter(t, split.Options{}).Split(document(eyeshot.FormatMarkdown, "Shop", text)),
		"Shop › Tools | ## Tools\n\n### Saw\n\nCuts.\n\n### Glue\n\nHolds.")
}

func TestCodeIsCutOnlyWhereItIsLongerThanAChunk(t *testing.T) {
	fence := "```go\n" + strings.Repeat("x := 1\n\n", 12) + "```"
	chunks := splitter(t, small).Split(document(eyeshot.FormatMarkdown, "T", "Some words come before the code that matters here.\n\n"+fence+"\n\nAnd some come after it, enough for one more chunk of text, or nearly so."))
	expect(t, chunks,
		"T | Some words come before the code that matters here.",
		"T | "+fence,
		"T | And some come after it, enough for one more chunk of text, or nearly so.")

	long := "```\n" + strings.Repeat("0123456789abcdef\n", 20) + "```"
	for _, c := range splitter(t, small).Split(document(eyeshot.FormatMarkdown, "T", long)) {
		for _, line := range strings.Split(c.Text, "\n") {
			if line != "```" && line != "0123456789abcdef" {
				t.Errorf("long code was cut inside a line: %q", line)
			}
		}
	}
}

func TestALongListItemIsDividedAroundTheCodeInIt(t *testing.T) {
	inner := "  ```\n" + strings.Repeat("  step\n", 14) + "  ```"
	text := "- First, some prose that introduces what is to be typed.\n\n" + inner + "\n\n- Second."
	chunks := splitter(t, small).Split(document(eyeshot.FormatMarkdown, "T", text))
	whole := 0
	for _, c := range chunks {
		whole += strings.Count(c.Text, strings.TrimSpace(inner))
	}
	if whole != 1 {
		t.Errorf("the code in the list item was cut: %q", passages(chunks))
	}
}

func TestATableStaysTogether(t *testing.T) {
	rows := "| a | b |\n|-|-|\n" + strings.Repeat("| 1 | 2 |\n", 8)
	text := "A first paragraph that takes up most of the room of one chunk.\n\n" + rows
	chunks := splitter(t, small).Split(document(eyeshot.FormatMarkdown, "T", text))
	if len(chunks) != 2 || chunks[1].Text != strings.TrimSpace(rows) {
		t.Errorf("got %q", passages(chunks))
	}
}

func TestFrontMatterIsTextAndNotAHeading(t *testing.T) {
	expect(t, splitter(t, split.Options{}).Split(document(eyeshot.FormatMarkdown, "T", "---\nowner: eng\n---\n# Body\nWords.\n")),
		"T | ---\nowner: eng\n---\n# Body\nWords.")
}

func TestPiecesOfAParagraphEndAtSentencesAndOverlap(t *testing.T) {
	text := "One sentence is here to be read. Two follow it at once. Three is next in the row of them. Four is short. Five ends what was begun some time ago."
	expect(t, splitter(t, small).Split(document("", "T", text)),
		"T | One sentence is here to be read. Two follow it at once.",
		"T | follow it at once. Three is next in the row of them. Four is short. Five ends what was begun some time ago.")
}

func TestATicketsKeyAndFieldsHeadEachChunk(t *testing.T) {
	doc := eyeshot.Document{
		Object: "ticket:jira/PAY-7", Title: "Refund  fails", Text: "It does.",
		Metadata: map[string]any{"status": "Open", "labels": []string{"a", "b"}, "priority": float64(2), "secret": "x"},
	}
	expect(t, splitter(t, split.Options{}).Split(doc),
		"PAY-7 Refund fails · status: Open · priority: 2 · labels: a, b | It does.")
}

func TestADocumentWithoutTextIsFoundByItsTitle(t *testing.T) {
	expect(t, splitter(t, split.Options{}).Split(document("", " Only a title ", " \n ")), "Only a title | Only a title")
	if chunks := splitter(t, split.Options{}).Split(document("", " ", "\t")); len(chunks) != 0 {
		t.Errorf("nothing at all gave %q", passages(chunks))
	}
}

func TestSizesThatContradictEachOtherAreRefused(t *testing.T) {
	for _, bad := range []split.Options{{Target: 1}, {Target: 100, Max: 50}, {Target: 100, Min: 90}, {Target: 100, Overlap: 99}, {Overlap: -1}} {
		if _, err := split.New(bad); err == nil {
			t.Errorf("%+v was taken", bad)
		}
	}
}

func TestTheNameTellsSizesApart(t *testing.T) {
	if splitter(t, small).Name() == splitter(t, split.Options{}).Name() {
		t.Error("two ways to split have one name")
	}
}
