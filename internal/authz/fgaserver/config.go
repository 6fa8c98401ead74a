package fgaserver

import (
	"errors"
	"fmt"
	"log/slog"
	"math"
)

// Config says how an embedded OpenFGA server runs. The zero value of every
// field but Dir is a usable default.
type Config struct {
	// Dir holds the database file, openfga.db. It is created if it does not
	// exist. One process at a time may use it, which the caller sees to.
	Dir string

	// Logger receives what OpenFGA has to say: warnings and errors, and its
	// info and debug messages at debug level. Nil discards it.
	Logger *slog.Logger

	// MaxTuplesPerWrite bounds the tuples of one Write call, deletes included.
	// 0 means 100, which is what a remote OpenFGA allows by default.
	MaxTuplesPerWrite int

	// MaxChecksPerBatchCheck bounds the checks of one BatchCheck call. 0 means
	// 50, which is what a remote OpenFGA allows by default.
	MaxChecksPerBatchCheck int

	// ListObjectsMaxResults and ListUsersMaxResults bound those answers:
	// OpenFGA cuts a longer list without saying so. 0 means 1,048,576 objects
	// and any number of users. StreamedListObjects has no bound.
	ListObjectsMaxResults int
	ListUsersMaxResults   int

	// PlainSQLite leaves the read index out, so that it can be measured
	// against OpenFGA's SQLite datastore as it is.
	PlainSQLite bool

	// Experimentals names OpenFGA's experimental features to turn on, beside
	// those that its own server has on.
	Experimentals []string
}

const (
	defaultMaxTuplesPerWrite      = 100
	defaultMaxChecksPerBatchCheck = 50
	// OpenFGA's 0 would mean no bound, but makes it drop the errors of a list
	// for a userset, and give what is left for the whole.
	defaultListObjectsMaxResults = 1 << 20
)

func (c Config) withDefaults() (Config, error) {
	if c.Dir == "" {
		return c, errors.New("fgaserver: Config.Dir must not be empty")
	}
	for name, n := range map[string]int{
		"MaxTuplesPerWrite": c.MaxTuplesPerWrite, "MaxChecksPerBatchCheck": c.MaxChecksPerBatchCheck,
		"ListObjectsMaxResults": c.ListObjectsMaxResults, "ListUsersMaxResults": c.ListUsersMaxResults,
	} {
		if n < 0 || n > math.MaxInt32 {
			return c, fmt.Errorf("fgaserver: Config.%s is %d, allowed are 0 to %d", name, n, math.MaxInt32)
		}
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	if c.MaxTuplesPerWrite == 0 {
		c.MaxTuplesPerWrite = defaultMaxTuplesPerWrite
	}
	if c.MaxChecksPerBatchCheck == 0 {
		c.MaxChecksPerBatchCheck = defaultMaxChecksPerBatchCheck
	}
	if c.ListObjectsMaxResults == 0 {
		c.ListObjectsMaxResults = defaultListObjectsMaxResults
	}
	return c, nil
}
