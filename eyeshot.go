// Package eyeshot is the vocabulary that all other packages share: tenants,
// principals, objects, documents, chunks, relationships and the errors that
// cross package boundaries. It names things and validates their form. It does
// no work: no I/O, no permission decision, no third-party import.
package eyeshot
