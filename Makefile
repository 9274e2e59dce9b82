.DEFAULT_GOAL := help
.PHONY: help setup demo test bench schema rules

help: ## show this list
	@sed -nE 's/^([a-z]+):.*## (.*)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 16

setup: ## check for cargo and a C compiler; install Postgres 15 or newer where missing
	@command -v cargo > /dev/null || { echo "Rust is missing: see https://rustup.rs"; exit 1; }
	@command -v cc > /dev/null || { echo "A C compiler is missing: install gcc or clang"; exit 1; }
	@.ci/install-postgres

demo: setup ## run everything with example data; more options by ARGS="..."
	cargo run --release -- demo $(ARGS)

test: setup ## format, lints, all tests (those of schema.graphql and docs/rules.md too)
	cargo fmt --all --check
	cargo clippy --workspace --all-targets -- -D warnings
	cargo test --workspace

bench: setup ## measure
	cargo bench

# By way of a temporary file: a failed run must not leave an empty schema behind.
schema: ## write schema.graphql anew from the code
	cargo run -- schema > schema.graphql.new
	mv schema.graphql.new schema.graphql

rules: ## write docs/rules.md anew from the code
	cargo run -- rules > docs/rules.md.new
	mv docs/rules.md.new docs/rules.md
