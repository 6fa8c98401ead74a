// Package files reads a tree of files as a source: Markdown, text, HTML and PDF.
// Who may read a file is in `.eyeshot.yaml` files, inherited from folder to
// folder, and in the front matter of a Markdown file, which overrides them.
//
// It never follows a link: a link in an open folder to a file in a closed one
// would open it. It does not write to the tree, and it believes nothing about
// permissions but those files: the modes of the file system are not asked.
package files
