PYTHON ?= python3
VENV ?= .venv
BIN = $(VENV)/bin
ARGS ?=

.PHONY: run serve test check format schema bench clean

run: $(VENV)/.installed ## catch mail and show it: make run ARGS="--port 2525"
	@if [ -t 0 ] && [ -t 1 ]; then $(BIN)/mailcatch $(ARGS); else $(BIN)/mailcatch serve $(ARGS); fi

serve: $(VENV)/.installed ## catch mail, with all options of `mailcatch serve`: make serve ARGS="--fault rcpt-451-x2"
	@$(BIN)/mailcatch serve $(ARGS)

test: $(VENV)/.installed-dev ## run the whole test suite
	@scripts/install-clients $(BIN)/python
	@$(BIN)/python -X dev -m pytest --numprocesses auto --dist loadfile $(ARGS)

check: $(VENV)/.installed-dev ## lint, format, types and the rule of who may import whom
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

format: $(VENV)/.installed-dev ## put the code into the project's form
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

schema: $(VENV)/.installed-dev ## write docs/faults.schema.json anew, after a change of the language of rules
	@$(BIN)/python -m scripts.write_schema

bench: $(VENV)/.installed-bench ## measure side by side with others: ARGS=mailbox, ARGS=screen, ARGS=commands, ARGS=fixtures, ARGS=handshakes
	@$(BIN)/python -m scripts.bench $(ARGS)

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: $(VENV)/bin/python pyproject.toml
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	@touch $@

$(VENV)/.installed-dev: $(VENV)/bin/python pyproject.toml
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $@ $(VENV)/.installed

$(VENV)/.installed-bench: $(VENV)/.installed-dev
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[bench]'
	@touch $@

clean: ## remove what was installed and built
	rm -rf $(VENV) build dist .mypy_cache .pytest_cache .ruff_cache .hypothesis
