package split_test

import (
	"strings"
	"testing"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/indexer/split"
)

func TestJiraHeadingsCodeAndQuotes(t *testing.T) {
	body := "{code:java|title=A.java}\n" + strings.Repeat("call();\n\n", 9) + "{code}"
	text := "h2. Steps\r\n\r\nDo this first, and then do that after a little while has passed.\r\n\r\n" + body +
		"\r\nh2.Expected\r\n{quote}It should have worked as it did on the day before today, and it did not.{quote}"
	expect(t, splitter(t, small).Split(document(eyeshot.FormatJira, "T", text)),
		"T › Steps | h2. Steps\r\n\r\nDo this first, and then do that after a little while has passed.",
		"T › Steps | "+body,
		"T › Expected | h2.Expected\r\n{quote}It should have worked as it did on the day before today, and it did not.{quote}")
}

func TestJiraTextsThatLostTheirLineBreaks(t *testing.T) {
	body := "{noformat}  " + strings.Repeat("at a.b.C(D.java:1)  ", 4) + "{noformat}"
	text := "h4. Description  The application stops when a picker opens from another thread.    " +
		"h4. Trace  " + body + "    It began with the release of March."
	expect(t, splitter(t, small).Split(document(eyeshot.FormatJira, "T", text)),
		"T › Description | h4. Description  The application stops when a picker opens from another thread.",
		"T › Trace | h4. Trace  "+body,
		"T › Trace | It began with the release of March.")
}

func TestATagThatNothingClosesIsPlainText(t *testing.T) {
	text := "{code} and {{code}}, {{monospaced}}, {noformat:x} and the end."
	expect(t, splitter(t, split.Options{}).Split(document(eyeshot.FormatJira, "T", text)), "T | "+text)
}

func TestHTMLInATicketIsCutAtItsBlocks(t *testing.T) {
	text := "{html}<div><p>The first paragraph is about what was seen on the screen.</p><p>The second one tells what had been expected there.</p></div>{html}"
	expect(t, splitter(t, small).Split(document(eyeshot.FormatJira, "T", text)),
		"T | {html}<div><p>The first paragraph is about what was seen on the screen.</p>",
		"T | <p>The second one tells what had been expected there.</p></div>{html}")
}

func TestJiraListsAndTablesKeepTheirRows(t *testing.T) {
	text := "* one item of the list that is there\n* another item that goes on\nin a second line\n||a||b||\n|1|2|\n|3|4|\n"
	expect(t, splitter(t, small).Split(document(eyeshot.FormatJira, "T", text)),
		"T | * one item of the list that is there",
		"T | * another item that goes on\nin a second line\n||a||b||\n|1|2|\n|3|4|")
}
