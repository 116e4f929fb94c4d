# A fresh machine needs Go, make, bash and the package registries; the end-to-end test also needs Node with npm.
SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
MAKEFLAGS += --warn-undefined-variables --no-builtin-rules --no-print-directory
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.SUFFIXES:

GO ?= go
FUZZTIME ?= 30s
SOAKTIME ?= 2m
COVERFLOOR ?= 95
TESTFLAGS ?=
REQUIRE_VULNDB ?=

# Tools are pinned here and not in go.mod, where they would be everybody's dependency.
GOLANGCI_LINT := github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0
GOVULNCHECK := golang.org/x/vuln/cmd/govulncheck@v1.8.0

# "go test ./..." stops at a nested go.mod, so everything loops over the modules.
MODULES := $(shell find . -name go.mod -not -path '*/node_modules/*' -not -path '*/testdata/*' -exec dirname {} ';' | sort)
COVERED := ./rs ./rsgin ./keys ./jwksendpoint
PLATFORMS := linux/386 darwin/arm64 windows/amd64

# each runs a command in every module, and fails if it failed in one of them.
define each
failed=; for module in $(MODULES); do (cd "$$module" && $(1)) || failed+=" $$module"; done; \
if [ -n "$$failed" ]; then echo "failed in:$$failed" >&2; exit 1; fi
endef

.PHONY: help
help: ## Say what can be made
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))

.PHONY: demo
demo: ## See it work: an authorization server, a protected service, and a few requests
	@$(GO) run ./cmd/rsctl demo

.PHONY: all
all: test lint ## Test and lint

.PHONY: test
test: ## Run every test of every module, with the race detector and in random order
	@$(call each,$(GO) test -race -shuffle=on -v $(TESTFLAGS) ./... | awk -f $(CURDIR)/.ci/testlog.awk)

.PHONY: download
download: ## Download every Go module that the other targets need
	@$(GO) mod tidy -diff >/dev/null # what the tidy of docs/tutorial.md needs too
	@$(call each,$(GO) list -deps -test ./... >/dev/null)
	@$(GO) run $(GOLANGCI_LINT) version >/dev/null
	@$(GO) run $(GOVULNCHECK) -version >/dev/null

.PHONY: lint
lint: format vet ## Check the format, vet and lint every module
	@$(call each,$(GO) run $(GOLANGCI_LINT) run --config $(CURDIR)/.golangci.yml ./...)

.PHONY: fix
fix: ## Let the tools mend what they can
	@gofmt -w $$(find . -name '*.go' -not -path '*/node_modules/*')
	@$(call each,$(GO) run $(GOLANGCI_LINT) run --fix --config $(CURDIR)/.golangci.yml ./...)

.PHONY: format
format: ## Check that every Go file is as gofmt wants it
	@unformatted=$$(gofmt -l $$(find . -name '*.go' -not -path '*/node_modules/*')); \
	if [ -n "$$unformatted" ]; then echo "run gofmt -w on:" $$unformatted >&2; exit 1; fi

.PHONY: vet
vet: ## Run go vet on every module
	@$(call each,$(GO) vet ./...)

.PHONY: platforms
platforms: ## Vet for other platforms, and test the library with integers of 32 bits where this machine can
	@for platform in $(PLATFORMS); do \
		echo "vet for $$platform"; GOOS=$${platform%/*} GOARCH=$${platform#*/} CGO_ENABLED=0 $(GO) vet ./...; \
	done
	@if GOARCH=386 CGO_ENABLED=0 $(GO) test -run '^$$' ./rs/internal/words >/dev/null 2>&1; \
	then GOARCH=386 CGO_ENABLED=0 $(GO) test $(COVERED); \
	else echo 'NOT TESTED with integers of 32 bits: this machine does not run programs for 386'; fi

.PHONY: cover
cover: ## Measure the coverage of the library's packages and hold its floor
	@$(GO) test -cover $(COVERED) | awk -v floor=$(COVERFLOOR) -f .ci/cover.awk

.PHONY: observability
observability: ## Check the alert rules and the dashboard with promtool and Grafana's schema
	@docs/observability/check.sh

.PHONY: vuln
vuln: ## Look for known vulnerabilities in what every module really calls
	@GO="$(GO)" REQUIRE_VULNDB="$(REQUIRE_VULNDB)" .ci/vuln $(GOVULNCHECK) $(MODULES)

.PHONY: fuzz
fuzz: ## Run every fuzz target for FUZZTIME each
	@grep -rlE --include='*_test.go' --exclude-dir=node_modules '^func Fuzz' . | sort | while read -r file; do \
		for target in $$(sed -nE 's/^func (Fuzz[A-Za-z0-9_]+)\(.*/\1/p' "$$file"); do \
			echo "== $$(dirname "$$file") $$target"; \
			(cd "$$(dirname "$$file")" && $(GO) test -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) . </dev/null); \
		done; \
	done

.PHONY: soak
soak: ## Run "rsctl serve" under load for SOAKTIME while its authorization server fails, and check every verdict
	@$(GO) build -o bin/rsctl ./cmd/rsctl
	@$(GO) run ./cmd/rsctl/internal/soak -time $(SOAKTIME) -rsctl bin/rsctl

.PHONY: bench
bench: ## Measure what it costs, against bare Gin and others, and write docs/benchmarks.md
	@cd rs/internal/bench && $(GO) run . -docs $(CURDIR)/docs

.PHONY: microbench
microbench: ## Run every Go benchmark of every module
	@$(call each,$(GO) test -run '^$$' -bench . -benchmem ./...)

.PHONY: generate
generate: ## Write again what is generated: the tables of the environment
	@$(call each,$(GO) generate ./...)

.PHONY: checkgenerate
checkgenerate: ## Fail if "make generate" would change something
	@before=$$(git diff HEAD; git status --porcelain); $(MAKE) generate; after=$$(git diff HEAD; git status --porcelain); \
	if [ "$$before" != "$$after" ]; then \
		diff <(echo "$$before") <(echo "$$after") >&2 || true; \
		echo 'generated files are not up to date: run "make generate" and commit the result' >&2; exit 1; \
	fi

.PHONY: screenshots
screenshots: ## Take the pictures of the development server's page again (needs Chromium)
	@mkdir -p docs/images
	@cd cmd/rsctl/internal/devpage/browsertest && SCREENSHOTS=$(CURDIR)/docs/images $(GO) test -count=1 -run '^TestScreenshots$$' .

# The steps of the story that the picture shows.
PICTURED := ^(2|4|8)\. |^All

.PHONY: pictures
pictures: ## Draw the README's picture of "make demo" again, from what it writes
	@CLICOLOR_FORCE=1 NO_COLOR= $(GO) run ./cmd/rsctl demo | \
		$(GO) run ./cmd/rsctl/internal/picture -command 'make demo' -keep '$(PICTURED)' -out docs/images/demo.svg

.PHONY: clean
clean: ## Remove what was built or downloaded into the tree
	@rm -rf bin cover.out cover.html examples/oidc-provider/node_modules
