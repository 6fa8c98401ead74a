// Package identity turns bearer tokens into principals. It verifies JSON Web
// Tokens of the issuers that the configuration trusts, maps their claims to an
// [eyeshot.Principal], mints tokens of the local issuer, and reads and writes
// the HTTP headers that carry all this (RFC 6750, RFC 9728).
//
// It decides who a request acts for and through, and nothing about what they
// may see: that is asked of OpenFGA. It serves no HTTP and keeps no session.
//
// A token that is refused gives a [Failure]: its text is safe to show to the
// caller, its Reason and Detail are for operators, and the token itself is in
// neither.
package identity
