package embedded

import _ "embed" // for the scripts

// applicationID marks index files: "EYEI" in ASCII.
const applicationID = 0x45594549

//go:embed schema1.sql
var schema1 string

// migrations returns the scripts that make the file's schema, oldest first.
func migrations() []string { return []string{schema1} }
