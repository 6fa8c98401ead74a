// Package fgaserver runs an OpenFGA server inside this process: OpenFGA's own
// server, check resolvers and SQLite datastore, with a read index in memory in
// front of the datastore, reached over HTTP without a socket.
//
// An OpenFGA client talks to it through [Server.Transport] and cannot tell it
// from a remote server: requests pass OpenFGA's own validation, gateway and
// error encoding. Nothing here decides a permission, and nothing that a check
// answers is cached: every answer comes from the tuples as they are.
//
// It is the only package that imports github.com/openfga/openfga. It has no
// authentication and opens no port: whoever holds the Transport is trusted.
// One process at a time may use a directory; the caller holds a lock on it.
package fgaserver
