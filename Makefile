# Soma: every target sets up what it needs by itself.

PREFIX ?= /usr/local
SEEDS ?= 20000
SECONDS ?= 600
RELEASE = .build/release
TEST_FLAGS = --enable-code-coverage --no-color-diagnostics --disable-xctest
TEST_ENVIRONMENT = SOMA_OPTIMIZE_SIMULATION=1

# What is to be looked at needs all that there is, from the start.
ifneq ($(filter demo,$(MAKECMDGOALS)),)
export CLUSTER_SERVICES ?= postgres kafka redis prometheus model
endif

.DEFAULT_GOAL := help
.PHONY: run test build bench bench-console bench-cluster pictures sim chaos golden format lint coverage install uninstall \
	clean help setup setup-tests setup-bench cluster-up cluster-status cluster-down demo

## run: build, then open the console on a survey of this folder (not on a terminal: print its report)
run: build
	@infra/first-run.sh

## test: everything that CI checks: format, all tests, coverage
test: setup-tests lint
	@infra/test.sh

## build: the release executables, in .build/release
build: setup
	@infra/build.sh

## bench: the figures of docs/performance.md, measured here
bench: build
	@infra/bench.sh

## bench-console: the console's figures: starting, idling, keys, floods, searching
bench-console: build
	@infra/bench-console.sh

## bench-cluster: the cluster's figures, beside pgbench and LangGraph on the same Postgres
bench-cluster: build setup-bench
	@infra/bench-cluster.sh

## cluster-up: start a cluster on this machine: Postgres, Kafka, Redis and somad: make cluster-up CLUSTER_ROLES="gateway:2"
cluster-up: build setup-tests
	@infra/dev/cluster.sh up

## demo: a steady load for a cluster, with what to type to look at it: make cluster-up demo; ctrl-c ends the load
demo: build setup-tests
	@infra/dev/demo.sh

## cluster-status: what of it runs, where, and whether it is ready
cluster-status:
	@infra/dev/cluster.sh status

## cluster-down: end it; CLUSTER_KEEP=no removes its data too
cluster-down:
	@infra/dev/cluster.sh down

## pictures: draw the pictures of README and docs/tour.md anew
pictures: build
	@infra/pictures.sh

## sim: the simulator over many seeds: make sim SEEDS=100000, or one with its trace: make sim SEED=42
sim: setup-tests
	@SOMA_SIM_SEEDS=$(SEEDS) SOMA_SIM_SEED=$(SEED) $(TEST_ENVIRONMENT) \
		swift test $(TEST_FLAGS) --filter 'SomaSimulationTests.*[Ss]eed'

## chaos: a cluster in which everything goes wrong at random, audited: make chaos SECONDS=600, or the same again: SEED=42
chaos: setup-tests
	@SOMA_CHAOS_SECONDS=$(SECONDS) SOMA_CHAOS_SEED=$(SEED) $(TEST_ENVIRONMENT) SWIFT_BACKTRACE=enable=no \
		swift test $(TEST_FLAGS) --filter 'SomaCommandTests.ChaosTests'

## golden: write the expected screens anew; read the difference before you commit it
golden: setup-tests
	@GOLDEN_UPDATE=1 $(TEST_ENVIRONMENT) swift test $(TEST_FLAGS) --filter 'SomaTerminalTests|SomaConsoleTests'
	@git status --short Tests

## format: lay out all code
format:
	@swift format --in-place --recursive --parallel Sources Tests Package.swift

## lint: check the layout of all code
lint:
	@swift format lint --strict --recursive --parallel Sources Tests Package.swift

## coverage: the lines of Sources that the last `make test` ran, by target
coverage:
	@infra/coverage.sh

## install: put soma and somad under PREFIX (/usr/local)
install: build
	@infra/install.sh "$(DESTDIR)$(PREFIX)"

## uninstall: take them away again
uninstall:
	@rm -f "$(DESTDIR)$(PREFIX)/bin/soma" "$(DESTDIR)$(PREFIX)/bin/somad"
	@rm -rf "$(DESTDIR)$(PREFIX)/share/soma"

## clean: remove what was built
clean:
	@rm -rf .build .run

## help: this list
help:
	@sed -n 's/^## /  make /p' $(MAKEFILE_LIST)

setup:
	@infra/setup.sh

setup-tests:
	@infra/setup.sh tests

setup-bench:
	@infra/setup.sh bench
