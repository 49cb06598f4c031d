# make demo: three synthetic callers telephone the receptionist. make test: the gate. Both need only Python >= 3.11.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.PHONY: demo test lint types imports tests serve clean lock
demo: $(READY)
	$(BIN)/voicebot demo

serve: $(READY)
	$(BIN)/voicebot serve

test: lint types imports tests

lint: $(READY)
	$(BIN)/ruff format --check voicebot tests tools
	$(BIN)/ruff check voicebot tests tools

types: $(READY)
	$(BIN)/pyright

imports: $(READY)
	$(BIN)/lint-imports

# Real-time audio two by two and kill campaigns alone: more side by side would be late for each other's sake.
tests: $(READY)
	$(BIN)/pytest -n 4 --dist loadfile -m "not audio and not alone"
	$(BIN)/pytest -n 2 --dist loadfile -m "audio"
	$(BIN)/pytest -m "alone"

$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "voicebot needs Python 3.11 or newer; set PYTHON=…")'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

# Needs uv. Names, versions and hashes only: no index addresses.
lock:
	uv pip compile --universal --python-version 3.11 --extra dev --extra build --generate-hashes \
		--no-emit-index-url --no-annotate --no-header --output-file requirements.lock pyproject.toml

clean:
	rm -rf $(VENV) var dist build
