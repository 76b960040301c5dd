# Weft's targets. `make` alone lists them.
SHELL := /bin/sh
LINT_VERSION := v2.15.0
export GOFLAGS ?= -buildvcs=false

.PHONY: help
help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-18s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: run
run: ## serve with made-up data on SQLite
	go run ./cmd/weft -demo

.PHONY: build
build: ## build bin/weft
	go build -trimpath -o bin/weft ./cmd/weft

.PHONY: check
check: ## all that a change must pass: ./test.sh
	./test.sh

.PHONY: test
test: ## the tests with the race detector, those of the graph on both executors
	go test -race -pgo=off ./...
	WEFT_TEST_EXECUTOR=gqlgen go test -race -pgo=off -short ./graph ./cmd/weft

.PHONY: generate
generate: ## make the generated code anew
	go generate ./ent ./graph ./executor/...

.PHONY: fresh
fresh: generate ## fail if the generated code is not what it should be
	@test -z "$$(git status --porcelain -- ent graph executor)" || { \
		git status --short -- ent graph executor; \
		echo "generated code is stale: commit what 'make generate' made"; exit 1; }

.PHONY: lint
lint: ## format and lint; installs the pinned linter into bin
	@test -x bin/golangci-lint-$(LINT_VERSION) || { \
		echo "installing golangci-lint $(LINT_VERSION)"; \
		GOBIN=$(CURDIR)/bin go install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(LINT_VERSION) && \
		mv bin/golangci-lint bin/golangci-lint-$(LINT_VERSION); }
	bin/golangci-lint-$(LINT_VERSION) run

.PHONY: migration
migration: ## write what the schema has changed as a migration: make migration NAME=add_posts_language
	@test -n "$(NAME)" || { echo "name it: make migration NAME=add_posts_language"; exit 1; }
	go generate ./ent
	go test ./internal/database -run TestMigrationsMatchSchema -count=1 -v -migration "$(NAME)"

.PHONY: audit
audit: ## the audits of npm graphql-http against a running server (needs Node)
	./scripts/audit/run.sh

.PHONY: clients
clients: ## Apollo Client, urql and Relay against a running server (needs Node)
	./scripts/clients/run.sh

.PHONY: panel
panel: ## GraphiQL's panel of levels in a browser (needs Node and Chromium)
	./scripts/panel/run.sh

.PHONY: guide
guide: ## replay docs/schema-first.md in a clone of the repository
	go run ./scripts/guide docs/schema-first.md

.PHONY: conformance
conformance: ## gqlgen's own tests on gqlgen's executor and on ours, compared
	go run ./executor/conformance

.PHONY: bench
bench: ## compare with a hand-written server on PostgreSQL, in one run
	go run ./bench

.PHONY: bench-scale
bench-scale: ## Weft with 100,000 and with a million posts (Linux, PostgreSQL; some ten minutes)
	go run ./bench -scale 10 -rounds 40 -duration 500ms

.PHONY: bench-cost
bench-cost: ## what operations use against what they cost, and the plot of docs/cost.md (Linux, PostgreSQL)
	go run ./bench/cost -plot docs/cost.svg

.PHONY: bench-limits
bench-limits: ## one trace under each algorithm of rate limits, and the plot of docs/rate-limits.md
	go run ./bench/limits -plot docs/rate-limits.svg

.PHONY: bench-cache
bench-cache: ## what keeping answers brings, in one run, and the plot of docs/performance.md (Linux, PostgreSQL)
	go run ./bench/cache -plot docs/caches.svg

.PHONY: bench-rows
bench-rows: ## a row out of the process, out of Redis and out of PostgreSQL
	go test ./internal/rowcache -run '^$$' -bench .

.PHONY: bench-replicas
bench-replicas: ## what standbys bring: no, one and two, and what routing and the feed cost (Linux, PostgreSQL)
	go run ./bench/replicas
	go test ./internal/database -run '^$$' -bench Route
	go test ./internal/feed -run '^$$' -bench Write -count 3

.PHONY: attack
attack: ## send what strangers could send, and fail where it takes too much (Linux, PostgreSQL)
	go run ./bench/attack

.PHONY: check-consistency
check-consistency: ## write, read and break databases at random: make check-consistency TIME=1m
	go test ./internal/consistency -run 'TestChecker' -count=1 -v -processes -check $(or $(TIME),1m) $(if $(SEED),-seed $(SEED))
	go test ./internal/feed -run 'TestMirror' -count=1 -v -mirror $(or $(TIME),1m)

.PHONY: failover
failover: ## kill, switch over and freeze primaries under Patroni, with writers and readers (Linux; packages patroni and etcd-server)
	go run ./bench/failover

.PHONY: check-cache
check-cache: ## compare instances with caches with one without: make check-cache OPERATIONS=100000
	go test ./internal/answer -run 'TestOracle' -count=1 -v -timeout 2h -operations $(or $(OPERATIONS),100000) $(if $(STEPS),-steps $(STEPS)) $(if $(SEED),-seed $(SEED))

.PHONY: fuzz
fuzz: ## each fuzz target for a while: make fuzz TIME=1m
	./scripts/fuzz.sh $(or $(TIME),30s)
