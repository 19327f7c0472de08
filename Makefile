# Twinline: every step a person or a machine runs. `make help` lists them.
SHELL := /bin/bash
PATH := $(CURDIR)/.node/node_modules/node/bin:$(PATH)
ARGS ?=

.PHONY: help setup run test bench lint build fmt clean

help:
	@echo 'make run            install what is missing, build, start with demo data, make a first call, stay up'
	@echo 'make run ARGS=--once  the same and stop after the call; exit 1 when any step failed'
	@echo 'make test           install what is missing, build, run all tests; last line: N passed, N failed'
	@echo 'make bench          the benchmarks of perf/, one table'
	@echo 'make lint           formatting, clippy, bans'

setup:
	@./setup.sh run

build:
	cargo build -p twinline-server -p twinline-media-agent

run: setup build
	@exec target/debug/twinline demo $(ARGS)

test:
	@./setup.sh test
	@tests/run.sh

bench: setup
	cargo build --release -p twinline-server -p twinline-perf
	@target/release/twinline-perf all $(ARGS)

lint:
	cargo fmt --check
	cargo clippy --workspace --all-targets -- -D warnings
	@if command -v cargo-deny >/dev/null 2>&1; then cargo deny --offline check bans licenses sources; \
	  else echo 'cargo-deny is not installed: bans and licences were not checked'; fi

fmt:
	cargo fmt

clean:
	cargo clean
