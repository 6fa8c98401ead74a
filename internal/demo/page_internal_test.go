package demo

import (
	"bytes"
	"errors"
	"os/exec"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/eyeshot-dev/eyeshot"
)

var ansi = regexp.MustCompile("\x1b\\[[0-9]*m")

func twoAnswers() []column {
	ines := Answer{TookMS: 4.25, RoundTripMS: 6, Results: []Result{
		{Object: "document:handbook/incidents/2026-03-refunds/post-mortem.md", Title: "Post-mortem: refunds failed after partial capture, and what came of it", Score: 1},
		{Object: "comment:jira-main/PAY-1482/comment-3", Title: "Internal comment by Ines Carvalho on PAY-1482", Score: 0.63},
		{Object: "ticket:jira-main/PAY-1482", Title: "Refund fails after partial capture", Score: 0.5},
	}}
	tomas := Answer{TookMS: 3, RoundTripMS: 4, Results: []Result{{Object: "document:handbook/merchants/skerry-ferries/a-very-long-agreement-on-refunds.md", Title: "Agreement", Score: 0.9}}}
	return []column{
		{heading: "Ines Carvalho, engineer, refunds squad", answer: ines, marked: map[eyeshot.Object]bool{ines.Results[0].Object: true}},
		{heading: "Tomas Brandt, lead of merchant operations", answer: tomas, marked: map[eyeshot.Object]bool{}},
	}
}

func shown(width int, color bool, columns ...column) string {
	var out bytes.Buffer
	p := page{out: &out, width: width, color: color}
	p.columns(columns...)
	return out.String()
}

func TestAnswersStandSideBySideWhereThereIsRoomAndElseOneBelowTheOther(t *testing.T) {
	require.Equal(t, `
   Ines Carvalho, engineer, refunds squad           Tomas Brandt, lead of merchant operations
   ● 1.00  post-mortem  Post-mortem: refunds fail…    0.90  a-very-lon…  Agreement
     0.63  PAY-1482 #3  Internal comment by Ines…   1 passage in 3.0 ms, 4.0 ms with HTTP
     0.50  PAY-1482     Refund fails after partia…
   3 passages in 4.2 ms, 6.0 ms with HTTP
`, shown(100, false, twoAnswers()...))
	require.Contains(t, shown(80, false, twoAnswers()...), `
   Tomas Brandt, lead of merchant operations
     0.90  a-very-long-agreem…  Agreement
   1 passage in 3.0 ms, 4.0 ms with HTTP
`)
}

func TestNoLineIsLongerThanThePage(t *testing.T) {
	for width := minWidth; width < 200; width++ {
		for _, line := range strings.Split(shown(width, false, twoAnswers()...), "\n") {
			require.LessOrEqual(t, utf8.RuneCountInString(line), width, "%d: %q", width, line)
		}
	}
}

func TestColoursMoveNothing(t *testing.T) {
	for _, width := range []int{80, 100, 140} {
		colored := shown(width, true, twoAnswers()...)
		require.Contains(t, colored, "\x1b[33m● 1.00")
		stripped := ansi.ReplaceAllString(colored, "")
		for i, line := range strings.Split(shown(width, false, twoAnswers()...), "\n") {
			require.Equal(t, line, strings.TrimRight(strings.Split(stripped, "\n")[i], " "))
		}
	}
}

func TestNothingFoundIsSaid(t *testing.T) {
	require.Contains(t, shown(80, false, column{heading: "Sam"}), "   nothing\n")
}

func TestADocumentHasAShortName(t *testing.T) {
	for object, want := range map[eyeshot.Object]string{
		"ticket:jira-main/PAY-1482":                        "PAY-1482",
		"comment:jira-main/PAY-1482/comment-3":             "PAY-1482 #3",
		"document:handbook/incidents/2026/post-mortem.md":  "post-mortem",
		"document:handbook/a%20page.md":                    "a page",
		"document:notes/1":                                 "1",
		"project:jira-main/PAY":                            "PAY",
		"document:handbook/comment-policy/comment-form.md": "comment-form",
	} {
		require.Equal(t, want, shortName(object), object)
	}
}

func TestSentencesAreWrapped(t *testing.T) {
	require.Equal(t, []string{"one two", "three", "four"}, wrap("one two\n three four", 8))
	require.Equal(t, []string{"longerthanthat"}, wrap("longerthanthat", 4), "a word is never cut")
	require.Empty(t, wrap("", 10))
}

func TestAQuotedTextIsOneWordOfAShell(t *testing.T) {
	for _, text := range []string{"", "why?", `it's "here"`, "$HOME `id` \\ !", "two\nlines", `{"query":"a 'b'"}`} {
		out, err := exec.Command("sh", "-c", "printf %s "+quote(text)).Output()
		require.NoError(t, err)
		require.Equal(t, text, string(out))
	}
}

type closedPipe struct{ writes int }

var errClosed = errors.New("closed")

func (c *closedPipe) Write([]byte) (int, error) {
	c.writes++
	return 0, errClosed
}

func TestNothingIsPrintedAfterAFailure(t *testing.T) {
	out := &closedPipe{}
	p := page{out: out, width: 80}
	p.title("a")
	p.line("b")
	require.ErrorIs(t, p.err, errClosed)
	require.Equal(t, 1, out.writes)
}
