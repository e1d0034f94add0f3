# make check is the whole test: what CI runs, no more and no less.

LINT = github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0
TARGETS = linux/amd64 linux/arm64 darwin/amd64 darwin/arm64 windows/amd64 windows/arm64
FUZZTIME ?= 5s

.PHONY: check format vet test fuzz build setup e2e conformance figures bench run clean

check: format vet test fuzz build e2e figures

run:
	go run ./cmd/gatehouse dev

format:
	@out=$$(gofmt -l .); if [ -n "$$out" ]; then echo "not gofmt-clean:"; echo "$$out"; exit 1; fi

vet:
	go vet ./...
	GOOS=js GOARCH=wasm go vet ./...
	go run $(LINT) run ./...

test:
	go test -race ./...

# A few seconds of every fuzz target. Longer: make fuzz FUZZTIME=1m
fuzz:
	sh scripts/fuzz.sh $(FUZZTIME)

# The binary builds without cgo for every system it is meant for.
build:
	@for t in $(TARGETS); do \
		echo "build $$t"; \
		CGO_ENABLED=0 GOOS=$${t%/*} GOARCH=$${t#*/} go build -trimpath -o /dev/null ./cmd/gatehouse || exit 1; \
	done

# What the tests with real clients need: npm packages and a browser.
setup:
	sh scripts/setup.sh

e2e: setup
	bash scripts/e2e.sh ./e2e ./e2e/backends ./e2e/matrix ./e2e/worker ./conformance ./store/durableobject ./store/workerskv

# The official conformance suite alone.
conformance: setup
	bash scripts/e2e.sh -run TestConformance ./conformance

# The benchmarks beside other servers, shortly: that they run, and what their
# ratios are about. make bench takes its time, on a machine that does nothing else.
figures: setup
	go run ./bench/gateway -rounds 1 -length 500ms -flat 20000
	go run ./bench/worker -rounds 1 -length 1s -warm 2s -profile=false

bench:
	go run ./bench
	go run ./bench/gateway -peers
	go run ./bench/worker

clean:
	rm -rf gatehouse e2e/node_modules e2e/artifacts bench/*/peer/node_modules worker/node_modules worker/build worker/.wrangler
