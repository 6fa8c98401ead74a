// Package model holds the files of the built-in embedding model,
// eyeshot-static-256, inside the binary, so that it needs no download. README.md
// beside it says how the model was made. Package static makes an embedder of
// them; nothing else should read them.
package model

import _ "embed"

// Name and version of the model. A change of the files takes a new version.
const Name = "eyeshot-static-256@1"

var (
	//go:embed model.safetensors
	tensors []byte
	//go:embed tokenizer.json
	tokenizer []byte
	//go:embed config.json
	config []byte
)

// Files are the three files of a Model2Vec directory.
type Files struct {
	Tensors, Tokenizer, Config []byte
}

// BuiltIn returns the built-in model's files. They are the binary's own bytes:
// do not change them.
func BuiltIn() Files {
	return Files{Tensors: tensors, Tokenizer: tokenizer, Config: config}
}
