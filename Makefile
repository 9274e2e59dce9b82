.DEFAULT_GOAL := help
.PHONY: help setup demo test bench schema database rules settings definitions graphiql

help: ## show this list
	@sed -nE 's/^([a-z]+):.*## (.*)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 16

setup: ## check for cargo and a C compiler; install Postgres 15 or newer where missing
	@command -v cargo > /dev/null || { echo "Rust is missing: see https://rustup.rs"; exit 1; }
	@command -v cc > /dev/null || { echo "A C compiler is missing: install gcc or clang"; exit 1; }
	@.ci/install-postgres

demo: setup web/dist ## run everything with example data; more options by ARGS="..."
	cargo run --profile demo -- demo $(ARGS)

test: setup ## format, lints, all tests (those of schema.graphql and docs/rules.md too)
	@.ci/install-locales
	cargo fmt --all --check
	cargo clippy --workspace --all-targets -- -D warnings
	cargo test --workspace

bench: setup ## measure
	cargo bench

# By way of a temporary file: a failed run must not leave an empty schema behind.
schema: ## write schema.graphql anew from the code
	cargo run -- schema > schema.graphql.new
	mv schema.graphql.new schema.graphql

database: ## write migration/schema.sql anew from the migrations
	cargo run -- database-schema > migration/schema.sql.new
	mv migration/schema.sql.new migration/schema.sql

rules: ## write docs/rules.md anew from the code
	cargo run -- rules > docs/rules.md.new
	mv docs/rules.md.new docs/rules.md

settings: ## write docs/configuration.md anew from the code
	cargo run -- settings > docs/configuration.md.new
	mv docs/configuration.md.new docs/configuration.md

definitions: ## write docs/custom-report.schema.json anew from the code
	cargo run -- custom-report-schema > docs/custom-report.schema.json.new
	mv docs/custom-report.schema.json.new docs/custom-report.schema.json

graphiql: ## build GraphiQL from npm's packages into web/dist
	cd web && npm ci --no-fund --no-audit && npm run build

# Without npm, or where its packages cannot be had, the server shows a plain form instead.
web/dist: $(wildcard web/src/*.js web/src/*.css web/src/examples/*) web/package-lock.json
	@if command -v npm > /dev/null; then $(MAKE) graphiql && touch web/dist || echo "GraphiQL was not built; /graphiql is a plain form."; \
	else echo "npm is missing: /graphiql is a plain form."; fi
