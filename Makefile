# Everything here is done by bin/dev, which works without make: `python3 bin/dev run`.
# Further arguments go in ARGS: make test ARGS="tests/domains/issues -k vote"

PYTHON ?= python3
ARGS ?=

.DEFAULT_GOAL := help
.PHONY: help run test lint bench

help:  ## Show this list.
	@awk -F ':  ## ' '/^[a-z]+:  ## / { printf "  make %-7s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run:  ## Set up what is missing and serve the platform, with demo data at the first start.
	@$(PYTHON) bin/dev run $(ARGS)

test:  ## Set up what is missing and run the tests (they need PostgreSQL, Redis and Chromium).
	@$(PYTHON) bin/dev test $(ARGS)

lint:  ## Check style, types, import walls, templates and translations.
	@$(PYTHON) bin/dev lint $(ARGS)

bench:  ## Measure speed, each figure as a ratio to a reference run beside it.
	@$(PYTHON) bin/dev bench $(ARGS)
