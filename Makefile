# make demo and make test are all that a newcomer needs. They want Go, git, make
# and apt-get; what else the tests need, they install.

.PHONY: help demo test check bench generate build

help: ## show this
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/'

demo: ## the whole life of a payment, in your browser, with nothing set up
	go run ./cmd/checkoutd demo

test: ## all tests, with the race detector and a real browser
	.ci/install
	go test -race -shuffle=on -timeout=20m ./...

check: ## what else must hold: format, vet, staticcheck, generated code, a static build
	.ci/check

bench: ## the table of speed and size
	go run ./cmd/bench

generate: ## the Go code of queries/
	go run github.com/sqlc-dev/sqlc/cmd/sqlc@v1.31.1 generate

build: ## the static binary
	CGO_ENABLED=0 go build -trimpath -ldflags='-s -w' ./cmd/checkoutd
