# Researcher Pro. `make` lists the targets.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

BIN := $(CURDIR)/.bin
MODULES := proto pkg services/auth services/research services/analysis services/report gateway deploy
# Tools are built from pinned modules; nothing is taken from the machine.
TOOLS := $(BIN)/.tools
LINTER := $(BIN)/golangci-lint
PROGRAM := $(BIN)/researcher-pro

.PHONY: help
help: ## List the targets.
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: demo
demo: build ## Research a question over documents: QUESTION="…" DOCS=folder, both optional.
	@$(PROGRAM) demo $(if $(DOCS),--docs "$(DOCS)") $(if $(QUESTION),--question "$(QUESTION)")

.PHONY: run
run: build ## Run the fleet on :8080 until Ctrl-C.
	@exec $(PROGRAM) run

.PHONY: build
build: ## Build the program of the local mode into .bin.
	@mkdir -p $(BIN)
	@go build -o $(PROGRAM) ./deploy/researcher-pro

.PHONY: test
test: clients ## Run every test with the race detector.
	go test -race -timeout 20m work

# What clients of others need that tests use: a TypeScript compiler, an MCP client.
CLIENTS := deploy/e2e/typescript deploy/e2e/inspector
.PHONY: clients
clients: $(CLIENTS:=/node_modules/.package-lock.json)
deploy/e2e/%/node_modules/.package-lock.json: deploy/e2e/%/package-lock.json
	@if command -v npm >/dev/null; then cd deploy/e2e/$* && npm ci --no-audit --no-fund --loglevel=error && touch node_modules/.package-lock.json; \
		else echo "npm is not there: the tests that use deploy/e2e/$* are skipped"; fi

.PHONY: fuzz
fuzz: ## Fuzz what strangers send to the edge, a minute each: WebSocket frames, page tokens, filters.
	go test ./gateway/internal/websocket -run '^$$' -fuzz FuzzClientFrames -fuzztime 1m
	go test ./pkg/page -run '^$$' -fuzz FuzzPageToken -fuzztime 1m
	go test ./pkg/filter -run '^$$' -fuzz FuzzFilter -fuzztime 1m

.PHONY: eval
eval: ## Measure quality on public data (RP_DATA, beside the project by default) and write eval.md.
	@go run ./deploy/eval

.PHONY: bench
bench: ## Measure search and ingest (bench.md, bench.json), a deep run, PDF reports, the hot read, and ten thousand sockets.
	@cd services/research && RP_BENCH_OUT=$(CURDIR)/bench go test ./internal/library -run '^$$' -bench Library -benchtime 1x -timeout 60m
	@go test ./deploy/chaos -run '^$$' -bench DeepRun -benchtime 2x -timeout 10m
	@go test ./services/report/internal/typeset -run '^$$' -bench Thirty -benchtime 5x -timeout 10m
	@go test ./deploy/hotread -run '^$$' -bench HotRead -benchtime 1x -timeout 30m
	@go test ./deploy/fanout -run '^$$' -bench . -benchtime 1x -timeout 30m

.PHONY: chaos
chaos: ## Kill the fleet's processes at every step and at 200 random moments, and lose a node.
	@go test ./deploy/chaos -v -count 1 -timeout 90m -chaos.kills=200

.PHONY: proto
proto: $(TOOLS) ## Regenerate everything that is generated from the protos.
	@rm -rf proto/third_party && $(BIN)/protoimports proto/third_party
	@$(BIN)/buf generate
	@go run ./gateway/openapi/merge gateway/openapi
	@go run ./services/auth/matrix services/auth/README.md

.PHONY: check
check: check-generated check-tidy lint vuln ## Everything that is checked beside the tests.

.PHONY: check-generated
check-generated: proto
	@test -z "$$(git status --porcelain -- proto gateway services/auth/README.md)" || { git status --short -- proto gateway services/auth/README.md; echo "generated files are not up to date: run make proto and commit"; exit 1; }

.PHONY: check-tidy
check-tidy:
	@for m in $(MODULES) .tools .tools/lint; do (cd $$m && GOWORK=off go mod tidy -diff) || exit 1; done
	@for m in $(MODULES); do (cd $$m && GOWORK=off go build ./...) || exit 1; done

.PHONY: lint
lint: $(TOOLS) $(LINTER) ## Lint the protos and the Go code.
	@$(BIN)/buf lint
	@tag=$$(git describe --tags --abbrev=0 --match 'v*' 2>/dev/null || true); \
		if [ -n "$$tag" ]; then $(BIN)/buf breaking --against ".git#tag=$$tag"; fi
	@go vet work
	@if command -v shellcheck >/dev/null; then cd deploy && shellcheck -x scripts/*.sh docker/initdb.sh; fi
	@for m in $(MODULES); do (cd $$m && $(LINTER) run ./...) || exit 1; done

.PHONY: vuln
vuln: $(TOOLS) ## Look for known vulnerabilities, where their database can be reached.
	@for m in $(MODULES); do \
		out=$$(cd $$m && $(BIN)/govulncheck ./... 2>&1) && continue; \
		case "$$out" in \
			*"fetching vulnerabilities"*) echo "govulncheck: the database cannot be reached: skipped"; exit 0;; \
			*) echo "$$out"; exit 1;; \
		esac; \
	done

.PHONY: tidy
tidy: ## Tidy every module and the workspace.
	@for m in $(MODULES) .tools .tools/lint; do (cd $$m && GOWORK=off go mod tidy) || exit 1; done
	@go work sync

$(TOOLS): .tools/go.mod .tools/go.sum .tools/protoimports/main.go
	@mkdir -p $(BIN)
	@cd .tools && GOWORK=off go build -o $(BIN)/ tool ./protoimports
	@touch $@

$(LINTER): .tools/lint/go.mod .tools/lint/go.sum
	@mkdir -p $(BIN)
	@cd .tools/lint && GOWORK=off go build -o $(BIN)/ tool
