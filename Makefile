# What one does with this checkout. Everything of more than a line is in scripts/.

.DEFAULT_GOAL := help
# One target after the other, also with -j: they would only wait for each other's build lock.
.NOTPARALLEL:

# Everywhere the same selection of packages, so that no target builds anything another has built already.
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
test: nextest ## all tests but the browser's; needs nothing prepared
	scripts/with-test-services --redis --faketime $(NEXTEST) --filterset 'not binary(browser)'
	cargo test --workspace --doc
	scripts/test-api

.PHONY: test-browser
test-browser: nextest ## Swagger UI and the TypeScript client in a headless Chromium
	scripts/test-browser

.PHONY: test-opentelemetry
test-opentelemetry: nextest ## spans reach a collector, in a build with the feature
	cargo clippy --workspace --all-targets --features privet/opentelemetry -- -D warnings
	$(NEXTEST) --features privet/opentelemetry --filterset 'binary(e2e) and test(/^operations::opentelemetry::/)'

.PHONY: test-api
test-api: ## thousands of requests made from the OpenAPI document, others each time
	scripts/test-api --long

.PHONY: test-requests
test-requests: ## send the request files of requests/ and check the answers
	scripts/test-requests

.PHONY: test-generators
test-generators: ## make clients from the OpenAPI document by several generators, and use them
	scripts/test-generators

.PHONY: soak
soak: nextest ## eighty minutes: stale reads, consistency, faults under load, kills, and an hour of flat memory
	scripts/soak

.PHONY: fuzz
fuzz: ## libFuzzer against all that reads text from strangers, a minute each (PRIVET_FUZZ_SECONDS)
	scripts/fuzz

.PHONY: coverage
coverage: nextest ## which lines the tests reach; fails below 90 %
	scripts/coverage

# What fails soonest comes first.
.PHONY: ci
ci: lint openapi-check client-check check-monitoring proxy-check test test-requests test-generators doc test-browser test-opentelemetry audit ## everything that a change must pass

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
layers: ## no crate depends on what it must not know, no modules import each other in a circle
	scripts/check-layers
	scripts/check-circles --self-test
	scripts/check-circles

.PHONY: openapi
openapi: ## write openapi/openapi.json
	scripts/openapi

.PHONY: openapi-check
openapi-check: ## openapi/openapi.json says what the code does
	scripts/openapi --check

.PHONY: check-monitoring
check-monitoring: ## the alerts in monitoring/ load and fire when they should
	scripts/check-monitoring

.PHONY: client
client: ## write the types of clients/typescript
	scripts/with-node clients/typescript npm run --silent generate

.PHONY: client-check
client-check: ## the client compiles with the types of openapi/openapi.json
	scripts/with-node clients/typescript npm run --silent check

.PHONY: doc
doc: ## the code's documentation, without a broken link
	@# Naming the kinds of targets has cargo choose the dependencies' features as it does for clippy, whose work it
	@# then uses; without, it checks a good part of them again.
	RUSTDOCFLAGS='-D warnings' cargo doc --workspace --no-deps --lib --bins --examples

.PHONY: audit
audit: cargo-deny ## licences, sources and known vulnerabilities of the dependencies
	scripts/audit

.PHONY: proxy-check
proxy-check: ## HAProxy takes its configuration, with TLS and without
	scripts/check-proxy

.PHONY: sbom
sbom: cargo-cyclonedx ## what the binary is made of, as target/privet.cdx.json (CycloneDX)
	scripts/sbom

.PHONY: dist
dist: cargo-deb ## what a release has, in target/dist: a tarball and a Debian package
	scripts/dist

.PHONY: dist-check
dist-check: cargo-deb ## the same, and install the Debian package here, try it and remove it; as root
	scripts/dist --check

.PHONY: bench
bench: ## load tests: one table, each row beside its limit
	scripts/bench

.PHONY: up
up: ## two replicas behind a proxy, PostgreSQL and Redis in containers
	docker compose up --detach --build --wait

.PHONY: roll
roll: ## replace those replicas, one after the other, without losing a request
	scripts/roll

.PHONY: down
down: ## stop them; the data stay
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
