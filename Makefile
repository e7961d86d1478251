# Everything a developer and the CI type. `make run` and `make test` set up first what is missing.
#
#   make run    the chat: a window, or the terminal where there is no display
#   make test   the checks and all tests but the slow ones

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/setup-done
ARGS ?=

# The stamp's first line is the checkout that was set up: a copied or moved one, or one whose Python is gone, is not.
ifneq ($(shell test -x $(BIN)/python && head -n 1 $(STAMP) 2>/dev/null),$(CURDIR))
$(STAMP): again
endif

.DEFAULT_GOAL := help
.PHONY: help setup run lint test quick test-slow check format translations screenshots bench clean again

help: ## What there is to type
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/make \1\t\2/p' Makefile | expand -t 16

setup: $(STAMP) ## Put everything into .venv (about six minutes the first time, nothing later)
	@echo "Everything is set up in $(VENV)."

$(STAMP): pyproject.toml models/catalogue.toml packaging/constraints.txt $(wildcard packaging/setup_*.py)
	@$(PYTHON) packaging/setup_environment.py

run: $(STAMP) ## Open the chat; ARGS="ask Hello" runs a command instead
	@$(BIN)/python -m costeer $(ARGS)

test: $(STAMP) lint ## Lint, types, walls and all tests but the slow ones
	QT_QPA_PLATFORM=offscreen $(BIN)/python -m pytest -n 2 --dist loadgroup -m "not slow" $(ARGS)

quick: $(STAMP) lint ## The same without the tests that take two seconds and more: under three minutes
	QT_QPA_PLATFORM=offscreen $(BIN)/python -m pytest -n 2 --dist loadgroup -m "not slow and not thorough" $(ARGS)

lint: $(STAMP)
	$(BIN)/ruff check
	$(BIN)/mypy
	$(BIN)/lint-imports

test-slow: $(STAMP) ## The tests that need larger models or minutes
	QT_QPA_PLATFORM=offscreen $(BIN)/python -m pytest -m slow $(ARGS)

check: $(STAMP) ## What has to pass before a commit: the formatting, then `make test`
	$(BIN)/ruff format --check
	@$(MAKE) --no-print-directory test

format: $(STAMP) ## Format and repair what can be repaired by machine
	$(BIN)/ruff format
	$(BIN)/ruff check --fix

translations: $(STAMP) ## Collect the window's texts for Qt Linguist, and compile what is translated
	$(BIN)/python packaging/collect_texts.py build/core_texts.py
	$(BIN)/pyside6-lupdate -locations none -no-obsolete -source-language en -target-language zh_CN \
		$(shell find app/costeer/gui -name '*.py' | LC_ALL=C sort) build/core_texts.py \
		-ts resources/translations/costeer_zh_CN.ts
	$(BIN)/pyside6-lrelease resources/translations/costeer_zh_CN.ts -qm resources/translations/costeer_zh_CN.qm

screenshots: $(STAMP) ## Take the pictures of the documentation again
	$(BIN)/python packaging/take_screenshots.py

bench: $(STAMP) ## Tokens per second of each decoder on this computer
	@$(BIN)/python -m costeer bench decode $(ARGS)

clean: ## Remove caches and builds; .venv stays (remove it by hand to set up from nothing)
	rm -rf build dist .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis
	find app tests packaging -name __pycache__ -type d -prune -exec rm -rf {} +
