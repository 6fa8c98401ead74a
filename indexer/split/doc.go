// Package split cuts documents into chunks that respect their structure:
// headings, paragraphs, lists, tables, quotes and code, in Markdown, in Jira's
// wiki markup and in plain text.
//
// A chunk's text is always a slice of the document's own text, so that nothing
// is rewritten, lost or made up on the way; only white space at its ends goes.
// What a chunk is about (the document's title, a ticket's key and fields, the
// headings above it) stands beside it as its heading.
//
// The package does not embed, store or rank, and it renders nothing: markup
// stays as the source wrote it.
package split
