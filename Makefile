# Every target builds the virtual environment first when it is missing or out of date.
# `make help` lists the targets.

PYTHON ?= python3
# Empty it to install the newest versions of everything, as the weekly CI run does.
CONSTRAINTS ?= -c constraints.txt
# Where PyTorch for Linux comes from: its builds without CUDA. For NVIDIA's GPUs, name another, such
# as https://download.pytorch.org/whl/cu130.
TORCH_INDEX ?= https://download.pytorch.org/whl/cpu
FREE_GB_NEEDED := 5
FREE_GB_NEEDED_WITH_CUDA := 12

BIN := .venv/bin
READY := .venv/.ready
BENCH := .cache/bench/venv
ADAPTERS := maintenance.adapters
NBVAL := --nbval --nbval-current-env --nbval-cell-timeout=300
SITE := .cache/site
# The script that draws the diagrams; the site brings it along.
MERMAID_URL := https://registry.npmjs.org/mermaid/-/mermaid-11.12.1.tgz
MERMAID_SHA256 := 3bd65ddefe97fb2e01d976a01d4078f8d773bfc56c6a75a9abf08b564ce0f8b2
# Two processes with two threads each would wait for each other; replicas have one thread, too.
PYTEST = OMP_NUM_THREADS=1 $(BIN)/pytest -rs --dist=loadgroup

# Gettext's own variable has this name, so a desktop may set it: what the command line says counts.
ifneq ($(origin LANGUAGE),command line)
override LANGUAGE :=
endif

.DEFAULT_GOAL := help
.PHONY: help install run lab test test-fast soak bench site export translations check models constraints test-environment clean

help: ## list the targets
	@grep -E '^[a-z-]+:.*##' Makefile | sed -E 's/:.*## /|/' | awk -F'|' '{printf "  make %-17s %s\n", $$1, $$2}'

install: $(READY) ## build the virtual environment .venv

define CHECK_PYTHON
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	  echo "Python 3.11 or newer is needed, and '$(PYTHON)' is not. Install one, or name it: make $(MAKECMDGOALS) PYTHON=python3.12" >&2; exit 1; }
endef

define CHECK_DISK
	free=$$(df -Pk . | awk 'NR == 2 {print int($$4 / 1048576)}'); test "$$free" -ge $(1) || { \
	  echo "The disk is nearly full: $$free GB are free here, and $(1) GB are needed. Free some space and try again." >&2; exit 1; }
endef

# Into the environment $(1). On PyPI, PyTorch for Linux is the build for CUDA, with all of NVIDIA's
# libraries; what is there already is not replaced by what comes after it.
define INSTALL_TORCH
	@test "$$(uname -s)" != Linux || $(1)/python -m pip install --disable-pip-version-check --no-deps \
	  --retries 0 --index-url $(TORCH_INDEX) $(CONSTRAINTS) torch || { \
	  echo "PyTorch could not be had from $(TORCH_INDEX). PyPI's build comes instead, with NVIDIA's libraries: 3 GB to download, 7 GB on the disk." >&2; \
	  $(call CHECK_DISK,$(FREE_GB_NEEDED_WITH_CUDA)); }
endef

$(READY): pyproject.toml constraints.txt
	$(CHECK_PYTHON)
	@$(call CHECK_DISK,$(FREE_GB_NEEDED))
	@echo "Installing into .venv: some 200 packages and a chat model, 3 GB, a few minutes the first time."
	@# Another Python over an environment that works would break it; `make clean` makes room for one.
	@$(BIN)/python -c 'import ssl' 2>/dev/null || $(PYTHON) -m venv --clear .venv || { \
	  echo "Python could not make a virtual environment. On Debian and Ubuntu, install its package: apt-get install python3-venv" >&2; exit 1; }
	$(call INSTALL_TORCH,$(BIN))
	@# mwparserfromhell has no wheel for Python 3.14, and works without its C extension.
	@WITH_EXTENSION=optional $(BIN)/python -m pip install --disable-pip-version-check $(CONSTRAINTS) -e '.[notebooks,tests,development]' || { \
	  echo "Installing failed; pip says why above. If a download broke off, run make again: it goes on where it stopped." >&2; exit 1; }
	@$(BIN)/python -m course_lib.support.wiki.importer || { \
	  echo "The embedded Wikipedia is missing; why is said above. Run make again." >&2; exit 1; }
	@$(BIN)/python -m course_lib.support.models.chat_files || { \
	  echo "The chat model is missing; why is said above. Run make again." >&2; exit 1; }
	@touch $@

run: $(READY) ## start the Wikipedia NLP API on http://127.0.0.1:8000 and ask it for "physicist"
	@$(BIN)/python -m course_lib.support.start

lab: $(READY) ## open the lessons in JupyterLab (LANGUAGE=zh_CN: in Chinese)
	@$(if $(LANGUAGE),$(BIN)/python -m maintenance.translation build $(LANGUAGE) .cache/$(LANGUAGE))
	@$(BIN)/jupyter lab --ip=127.0.0.1 $(if $(filter 0,$(shell id -u)),--allow-root) \
	  --ServerApp.root_dir=$(if $(LANGUAGE),.cache/$(LANGUAGE),.) --LabApp.default_url=/lab/tree/notebooks

test: $(READY) ## lint, check types and pages, and test everything, notebooks included
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python -m maintenance.notebooks check
	$(BIN)/python -m maintenance.translation check
	@# What is to be alone runs beside what starts no replica; then comes all that starts some.
	$(PYTEST) -m 'not install and (alone or not slow)' --numprocesses=2 $(NBVAL) tests notebooks
	$(PYTEST) -m 'not install and not alone and slow' --numprocesses=3 $(NBVAL) tests notebooks

test-fast: $(READY) ## of the tests, those that start no replica: about a minute
	$(PYTEST) -m 'not install and not alone and not slow' --numprocesses=2 --quiet tests

soak: $(READY) ## kill, flood and update the running API, and say what it kept (10 minutes)
	@$(BIN)/python -m tests.soak $(PARTS)

bench: $(BENCH)/.ready ## measure this project and its peers side by side (35 minutes; QUICK=1: 5)
	@$(BENCH)/bin/python -m benchmarks $(if $(QUICK),--quick) $(if $(FRESH),--fresh) $(CHAPTERS)

$(BENCH)/.ready: pyproject.toml constraints.txt benchmarks/requirements.txt
	$(CHECK_PYTHON)
	@$(call CHECK_DISK,$(FREE_GB_NEEDED))
	@echo "Installing the peers into $(BENCH), beside all that the project needs: 2 GB, a few minutes."
	@mkdir -p $(dir $(BENCH))
	@grep -vE '^opentelemetry-(api|sdk|semantic-conventions|exporter-prometheus)==' constraints.txt > .cache/bench/constraints.txt
	@$(PYTHON) -m venv $(BENCH)
	$(call INSTALL_TORCH,$(BENCH)/bin)
	@$(BENCH)/bin/python -m pip install --disable-pip-version-check -c .cache/bench/constraints.txt \
	  -e . -r benchmarks/requirements.txt
	@touch $@

# In the language $(1), into $(2).
define BUILD_SITE
	@SITE_LANGUAGE=$(1) MERMAID=$(CURDIR)/$(SITE)/static $(SITE)/env/bin/sphinx-build --fail-on-warning --keep-going \
	  --quiet --fresh-env -c docs . $(2)
endef

site: $(SITE)/.ready ## make the site: the lessons as a book in both languages, with the outputs they have
	$(call BUILD_SITE,en,$(SITE)/html)
	$(call BUILD_SITE,zh_CN,$(SITE)/html/zh_CN)
	@echo "To look at it: $(PYTHON) -m http.server --directory $(SITE)/html 8001, then http://127.0.0.1:8001"

$(SITE)/.ready: docs/requirements.txt Makefile
	$(CHECK_PYTHON)
	@$(PYTHON) -m venv $(SITE)/env
	@$(SITE)/env/bin/python -m pip install --disable-pip-version-check --quiet -r docs/requirements.txt
	@mkdir -p $(SITE)/static/mermaid
	@curl --fail --silent --show-error --location --output $(SITE)/mermaid.tgz $(MERMAID_URL)
	@echo "$(MERMAID_SHA256)  $(SITE)/mermaid.tgz" | shasum -a 256 --check --quiet
	@tar xzf $(SITE)/mermaid.tgz --exclude='*.map' --strip-components=2 -C $(SITE)/static/mermaid \
	  package/dist/mermaid.esm.min.mjs package/dist/chunks/mermaid.esm.min
	@touch $@

export: $(READY) ## write course_lib's modules from the notebooks, and deploy/rayservice.yaml
	@$(BIN)/python -m maintenance.notebooks export
	@$(BIN)/python -m maintenance.deployment

translations: $(READY) ## bring the translations' files up to the English texts, and say what is to translate
	@$(BIN)/python -m maintenance.translation update

check: $(READY) ## compare modules and translations with the notebooks, and look for cells that prove nothing
	@$(BIN)/python -m maintenance.notebooks check
	@$(BIN)/python -m maintenance.translation check

models: $(READY) ## train both adapters again, and score them (about half an hour on 2 cores)
	@# A training that misses its bar keeps the adapter that was there; the other one still runs.
	@status=0; for step in sentiment entities article_scores; do \
	  $(BIN)/python -m $(ADAPTERS).$$step || status=1; done; exit $$status

constraints: $(READY) ## record the newest versions that work together, and where they install
	@$(BIN)/python -m maintenance.versions

test-environment: $(READY) ## install environment.yml's pip section into a fresh environment
	$(BIN)/pytest -m install

clean: ## remove the virtual environment and everything else that these targets made
	@# All but the lessons of `make lab LANGUAGE=...`, in which somebody may have worked.
	find .cache -mindepth 1 -maxdepth 1 -not -name '??_??' -exec rm -rf {} +
	rm -rf .venv course_lib.egg-info .mypy_cache .pytest_cache .ruff_cache
	find course_lib tests notebooks -name __pycache__ -prune -exec rm -rf {} +
