# The tasks of this checkout. Every task of more than a line is in scripts/.

.DEFAULT_GOAL := help
# One target after the other, even with -j, because parallel targets would wait for cargo's build lock.
.NOTPARALLEL:

# All targets select the same packages, so that none builds again what another has built.
NEXTEST := cargo nextest run --workspace

.PHONY: help
help: ## list these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "%-15s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: run
run: ## serve on http://127.0.0.1:8080, with SQLite in data/
	cargo run --release

.PHONY: build
build: ## build everything, tests included
	cargo build --workspace --all-targets

.PHONY: test
test: nextest ## all tests except the browser's; starts the services that it needs
	scripts/with-test-services --redis --faketime $(NEXTEST) --filterset 'not binary(browser)'
	cargo test --workspace --doc
	scripts/test-api

.PHONY: test-browser
test-browser: nextest ## Swagger UI and the TypeScript client in a headless Chromium
	scripts/test-browser

.PHONY: test-pages
test-pages: ## the privacy centre and the staff page in a headless Chromium, on both stores
	scripts/test-pages

.PHONY: test-opentelemetry
test-opentelemetry: nextest ## tests of a build that sends spans to a collector
	cargo clippy --workspace --all-targets --features privet/opentelemetry -- -D warnings
	$(NEXTEST) --features privet/opentelemetry --filterset 'binary(e2e) and test(/^operations::opentelemetry::/)'

.PHONY: test-api
test-api: ## thousands of random requests from the OpenAPI document
	scripts/test-api --long

.PHONY: test-requests
test-requests: ## send the request files of requests/ and check the answers
	scripts/test-requests

.PHONY: test-generators
test-generators: ## generate clients from the OpenAPI document with several generators, and test them
	scripts/test-generators

.PHONY: test-clients
test-clients: ## test the clients with failing servers, Privet and two replicas of it; run docs/integration.md
	scripts/test-clients

.PHONY: test-failover
test-failover: ## have PostgreSQL fail over (three Patroni nodes, HAProxy) while clients work; two to three minutes
	scripts/test-failover

.PHONY: test-spread
test-spread: nextest ## test the statements for a distributed PostgreSQL, on a plain one; seven minutes
	scripts/test-spread

# A part of test-spread, for ci: each test in one set-up.
.PHONY: test-spread-short
test-spread-short: nextest
	scripts/test-spread --short

.PHONY: test-proxy
test-proxy: ## test two replicas behind the proxy of docker-compose.yml: streams, long polls, limits, TLS; two minutes
	scripts/test-proxy

.PHONY: soak
soak: nextest ## long tests (90 minutes): stale reads, consistency, the feed, faults under load, kills, memory
	scripts/soak

.PHONY: fuzz
fuzz: ## fuzz the parsers of untrusted input with libFuzzer, a minute each (PRIVET_FUZZ_SECONDS)
	scripts/fuzz

.PHONY: coverage
coverage: nextest ## measure the test coverage of lines; fails below 90 %
	scripts/coverage

# The targets that fail soonest come first.
.PHONY: ci
ci: lint openapi-check client-check pages-check check-monitoring proxy-check test test-failover test-spread-short test-proxy test-requests test-generators test-clients doc test-browser test-pages test-opentelemetry audit ## everything that a change must pass

.PHONY: format
format: ## format the code
	cargo fmt --all

.PHONY: lint
lint: format-check layers ## formatting, layers, circles of modules, clippy
	cargo clippy --workspace --all-targets -- -D warnings

.PHONY: format-check
format-check:
	cargo fmt --all --check

.PHONY: layers
layers: ## check the layers of crates, and that no modules import each other in a circle
	scripts/check-layers
	scripts/check-circles --self-test
	scripts/check-circles

.PHONY: openapi
openapi: ## write openapi/openapi.json
	scripts/openapi

.PHONY: openapi-check
openapi-check: ## check that openapi/openapi.json matches the code
	scripts/openapi --check

.PHONY: check-monitoring
check-monitoring: ## test the alerts in monitoring/
	scripts/check-monitoring

.PHONY: client
client: ## write the types of clients/typescript and the models of clients/python
	scripts/with-node clients/typescript npm run --silent generate
	scripts/python-models

.PHONY: client-check
client-check: ## check that the clients match openapi/openapi.json, and their types
	scripts/with-node clients/typescript npm run --silent check
	scripts/python-models --check

.PHONY: pages
pages: ## build the pages for people: web/dist, which is checked in
	scripts/with-node web npm run --silent build

.PHONY: pages-check
pages-check: ## check the types of the pages, and that web/dist is what a build makes of them
	scripts/with-node web npm run --silent check-build

.PHONY: doc
doc: ## build the code's documentation; fails on a broken link
	@# Naming the kinds of targets has cargo choose the dependencies' features as it does for clippy, whose work it
	@# then uses; without, it checks a good part of them again.
	RUSTDOCFLAGS='-D warnings' cargo doc --workspace --no-deps --lib --bins --examples

.PHONY: audit
audit: cargo-deny ## licences, sources and known vulnerabilities of the dependencies
	scripts/audit

.PHONY: proxy-check
proxy-check: ## check HAProxy's configurations and the compose files
	scripts/check-proxy

.PHONY: sbom
sbom: cargo-cyclonedx ## write the bill of materials to target/privet.cdx.json (CycloneDX)
	scripts/sbom

.PHONY: dist
dist: cargo-deb ## build a release in target/dist: a tarball and a Debian package
	scripts/dist

.PHONY: dist-check
dist-check: cargo-deb ## the same, and test the Debian package: install, use and remove it, as root
	scripts/dist --check

.PHONY: bench
bench: ## load tests: one table, each row with its limit
	scripts/bench

.PHONY: measure-import
measure-import: ## import a million users with two kills on the way, export them, and compare; twenty minutes
	scripts/measure-import

.PHONY: up
up: ## start two replicas behind a proxy, PostgreSQL and Redis in containers
	docker compose up --detach --build --wait

.PHONY: roll
roll: ## replace those replicas, one after the other, without losing a request
	scripts/roll

.PHONY: down
down: ## stop them and keep the data
	docker compose down

.PHONY: clean
clean: ## remove what was built
	cargo clean

# Tools that cargo can bring along itself, in versions that are known to work; one that is there already is taken as
# it is. Building the first two takes some eight minutes on two cores, once.
.PHONY: nextest
nextest:
	@cargo nextest --version >/dev/null 2>&1 || cargo install --locked cargo-nextest@0.9.143

.PHONY: cargo-deny
cargo-deny:
	@cargo deny --version >/dev/null 2>&1 || cargo install --locked cargo-deny@0.20.2

.PHONY: cargo-deb
cargo-deb:
	@cargo deb --version >/dev/null 2>&1 || cargo install --locked cargo-deb@3.8.0

.PHONY: cargo-cyclonedx
cargo-cyclonedx:
	@cargo cyclonedx --version >/dev/null 2>&1 || cargo install --locked cargo-cyclonedx@0.5.9
