// Package redminetest runs a real Redmine 5 for tests: it installs Debian's
// packages where they are missing, and starts one in a private directory on a
// port of its own, with an empty database. Nothing of it is left behind but the
// packages.
//
// EYESHOT_TEST_REDMINE=https://redmine.example.com,KEY uses another one
// instead, with the key of an administrator; tests that must change what the
// API does not reach skip there. It is for tests only, and knows nothing of
// Eyeshot.
package redminetest
