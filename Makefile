# Everything that building and testing takes is Go: modules are fetched on the
# first run, tools are pinned in go.mod.

.PHONY: test lint conformance bench fuzz demo build

# All tests, race-enabled: ours, then OpenFGA's own suites against our embedded
# server and permission index (a nested module keeps their dependencies apart).
test:
	go test -race -timeout 40m ./...
	$(MAKE) conformance

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
