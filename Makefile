# Every target needs Python 3.11 or newer only: `.venv` is made when it is missing or out of date.
# PORT=9000 DATA_DIR=/srv/market FLOORS=vendure … may stand after the target or in the environment.
PYTHON ?= python3
START = exec $(PYTHON) runner/bootstrap.py

.DEFAULT_GOAL := help
.PHONY: help run test lint bench drill requirements

help: ## this list
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1\t\2/p' Makefile | expand -t 24

run: ## start everything on http://127.0.0.1:$PORT (8000); Ctrl-C stops it
	@$(START) run

test: ## set up what the tests need, then run every test
	@$(START) test

lint: ## ruff, mypy, the import rules
	@$(START) lint

bench: ## benchmarks, each beside its floor
	@$(START) bench

drill: ## fault drills: kill, empty, count
	@$(START) drill

requirements: ## pin requirements*.in with hashes again (needs uv)
	@$(START) requirements
