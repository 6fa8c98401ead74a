package main

import (
	"github.com/spf13/pflag"

	"github.com/eyeshot-dev/eyeshot"
	"github.com/eyeshot-dev/eyeshot/bench/filter"
	"github.com/eyeshot-dev/eyeshot/bench/worlds"
)

// filterFlags are what eyeshot bench filter can be given beside its own world.
type filterFlags struct {
	acl, tickets, teams string
	postgresEnv         string
}

func (f *filterFlags) flags(flags *pflag.FlagSet) {
	flags.StringVar(&f.postgresEnv, "postgres-env", "", "environment variable that holds the connection string of a PostgreSQL with pgvector, to measure row security there")
	flags.StringVar(&f.acl, "acl", "", "real access list to make the world of: a file with a user and a permission on each line")
	flags.StringVar(&f.tickets, "tickets", "", "real tickets to make the world of, with --teams: a file of JSON lines")
	flags.StringVar(&f.teams, "teams", "", "real teams that view the projects of --tickets: a file of JSON lines")
}

// read reads what the flags name.
func (f *filterFlags) read(options *filter.Options, environ environ) (err error) {
	if f.acl != "" && f.tickets+f.teams != "" {
		return eyeshot.Invalid("--acl", f.acl, "makes the world alone: leave out --tickets and --teams")
	}
	if (f.tickets == "") != (f.teams == "") {
		return eyeshot.Invalid("--tickets", f.tickets+f.teams, "takes --teams beside it, and --teams takes --tickets")
	}
	if f.tickets != "" {
		if options.Tickets, err = worlds.ReadTickets(f.tickets, f.teams); err != nil {
			return err
		}
	}
	return filterInputs(options, environ, f.acl, f.postgresEnv)
}

// filterInputs reads an access list, and a connection string.
//
// SECURITY: the connection string comes from the environment, so that it is in no
// list of processes and not in the report's command; and the flag's value is not
// repeated, for somebody who gives the string itself.
func filterInputs(options *filter.Options, environ environ, acl, postgresEnv string) (err error) {
	if postgresEnv != "" {
		if options.Postgres = environ.get(postgresEnv); options.Postgres == "" {
			return eyeshot.Invalid("--postgres-env", "", "must name an environment variable that holds a connection string, such as postgres://user:password@host:5432/database")
		}
	}
	if acl != "" {
		options.Matrix, err = worlds.ReadMatrix(acl)
	}
	return err
}
