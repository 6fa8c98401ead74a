# Everything that building and testing takes is Go: modules are fetched on the
# first run, tools are pinned in go.mod.

.PHONY: test lint conformance bench fuzz demo build

# All tests: with the race detector, then those that compare at random or at size
# without it and in full, then OpenFGA's own suites against our embedded server
# and permission index (a nested module keeps their dependencies apart). vet is
# make lint's. What waits longest begins first.
test:
	RAPID_CHECKS=$(RACED_CHECKS) GORACE=atexit_sleep_ms=50 .ci/in-memory go test $(RACE) -vet=off -timeout 40m ./connectors/redmine ./internal/store/... ./...
	.ci/in-memory go test -vet=off -timeout 20m $$($(COMPARING))
	.ci/in-memory go test -vet=off -timeout 20m -run 'PgvectorStoreConforms$$' ./internal/store/pgvector
	$(MAKE) conformance

# How many random programs, graphs and values a property is tried on with the
# race detector. It makes them ten times as slow, and a race shows in a few. The
# second pass makes rapid's hundred; RAPID_CHECKS=1000 make test makes more.
RACED_CHECKS = 25

# SQLite and its C library are C that was translated to Go: two thirds of the
# time of most tests, with locks of its own, and no race of ours is in it. The
# driver above it is watched like all other packages. Protobuf is too, but for its
# pointer arithmetic.
RACE = -race -gcflags='google.golang.org/protobuf/...=-d=checkptr=0' \
	$(foreach translated,modernc.org/sqlite/lib modernc.org/libc,-gcflags='$(translated)=-race=false -d=checkptr=0')

# Packages whose tests do less with the race detector: those with properties, with
# the stores' suite, indexer/sync, which kills fewer syncs, and connectors/jira,
# which makes fewer changes. PostgreSQL, which does most of the work of its package
# either way, has a line of its own.
COMPARING = echo ./connectors/jira ./indexer/sync; go list -f '{{.ImportPath}} {{.TestImports}} {{.XTestImports}}' ./... | \
	grep -E 'pgregory.net/rapid|internal/store/storetest' | cut -d' ' -f1 | grep -v -e /bench/ -e /pgvector

conformance:
	cd internal/authz/fgaserver/conformance && go test -timeout 20m ./...

lint:
	@unformatted=$$(gofmt -l $$(git ls-files '*.go')); test -z "$$unformatted" || { echo "gofmt would change:"; echo "$$unformatted"; exit 1; }
	go vet ./...
	go tool staticcheck ./...

# Benchmarks print ratios within one run; see docs/benchmarks.md.
bench:
	go test -run '^$$' -bench . -benchtime 2s ./bench/... ./internal/authz/fgaserver/... ./internal/embed/... ./internal/store/... ./authzsync/...

# Each fuzz target for a minute.
fuzz:
	@for package in $$(go list ./...); do \
	  for target in $$(go test -list '^Fuzz' $$package | grep '^Fuzz' || true); do \
	    echo "$$package $$target"; go test -run '^$$' -fuzz "^$$target$$" -fuzztime 1m $$package || exit 1; \
	  done; \
	done

demo:
	go run ./cmd/eyeshot demo

build:
	go build -trimpath -o dist/eyeshot ./cmd/eyeshot
