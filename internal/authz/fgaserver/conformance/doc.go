// Package conformance holds OpenFGA's own contracts against the embedded
// server: the suites that the openfga module exports for datastores and for
// servers, unchanged, run by go test. It says nothing about what is ours alone
// (the transport, the closing, the speed); package fgaserver tests that.
//
// It is a module of its own because the suites bring Docker clients, drivers of
// other databases and test containers with them, which the product does not
// need. It has no API.
package conformance
