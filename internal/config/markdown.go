package config

import (
	"fmt"
	"strings"
)

const preface = `# Configuration

Eyeshot runs without any configuration. What you do set comes, in this order, from the defaults, from a
YAML file (` + "`--config FILE`" + `), and from the environment; the last one wins. ` + "`eyeshot config`" + ` prints
what is in force, ` + "`eyeshot config --keys`" + ` this list. An unknown key or variable is an error, so a
misspelt one is never passed over.

Secrets are no values of the configuration: a key that ends in ` + "`_env`" + ` names the environment variable
that holds one.

` + "```yaml" + `
# eyeshot.yml
data_dir: /var/lib/eyeshot
http:
  listen: 0.0.0.0:8480
  public_url: https://search.example.com
tokens:
  issuers:
    - url: https://id.example.com
      tenant_claim: org
authz:
  url: http://openfga:8080
  token_env: OPENFGA_TOKEN
` + "```" + `

| key | default | environment | what it is |
|-|-|-|-|
`

// Markdown renders docs/configuration.md.
func Markdown() string {
	var b strings.Builder
	b.WriteString(preface)
	for _, key := range Keys() {
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", key.Name, code(key.Default), code(key.Env), key.Doc)
	}
	return b.String()
}

func code(text string) string {
	if text == "" {
		return ""
	}
	return "`" + text + "`"
}
