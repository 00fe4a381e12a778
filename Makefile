# Speech Lab's commands; `make` alone lists them. Needs GNU make, a POSIX shell and Python 3.10 to 3.12.
#
# PYTHON=/path/to/python3 chooses the Python that .venv is made with; PORT and HOST are read by app.py.

VENV := .venv
PY := $(VENV)/bin/python
SYSTEM := sh .ci/check_system.sh
# Two processes; tests/conftest.py says which tests keep together in one. (A third made the whole slower on two cores.)
TOGETHER := -n 2 --dist loadscope

.DEFAULT_GOAL := help
.PHONY: help run venv test check processors format bench precompute screenshots deploy clean venv-run venv-dev system-report system-install

help: ## list the commands
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: system-report venv-run ## install what is missing into .venv and start the app (PORT=7860 HOST=127.0.0.1)
	@$(PY) app.py

venv: system-report venv-dev ## the set-up alone: .venv with everything the app and its tests need

test: system-install venv-dev ## the same set-up, then lint and every test
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m pytest $(TOGETHER) --durations=20

check: venv-dev ## lint and the fast tests
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m pytest $(TOGETHER) -m "not slow and not browser"

processors: venv-dev ## the tests of the models with the arithmetic of other processors (four times; MKL is slow on AMD)
	@for isa in GENERIC AVX2; do for mkl in 0 1; do \
	    echo "== CT2_FORCE_CPU_ISA=$$isa CT2_USE_MKL=$$mkl"; \
	    CT2_FORCE_CPU_ISA=$$isa CT2_USE_MKL=$$mkl $(PY) -m pytest $(TOGETHER) -m "slow and not browser" \
	        --ignore tests/test_other_processors.py || exit 1; \
	done; done

format: venv-dev ## lay out the code and mend what ruff can mend
	$(PY) -m ruff check --fix-only .
	$(PY) -m ruff format .

bench: venv-dev ## measure against peers: every module in benchmarks/
	@for file in benchmarks/[!_]*.py; do \
	    name=$${file#benchmarks/}; \
	    echo "== python -m benchmarks.$${name%.py}"; \
	    $(PY) -m "benchmarks.$${name%.py}" || exit 1; \
	done

precompute: venv-dev ## make the results in assets/precomputed/ again, every room's (half an hour on two cores)
	@for file in spaces/[!_]*/precompute.py spaces/[!_]*/precompute/__main__.py; do \
	    name=$${file%.py}; name=$${name%/__main__}; \
	    module=$$(echo "$$name" | tr / .); \
	    echo "== python -m $$module"; \
	    $(PY) -m "$$module" || exit 1; \
	done

screenshots: venv-dev ## remake the pictures in README.md
	$(PY) -m tests.screenshots

deploy: venv-run ## put the last commit online as a Hugging Face Space: make deploy SPACE=owner/name
	@$(PY) -m deploy.space "$(SPACE)"

clean: ## remove .venv and the caches
	rm -rf $(VENV) .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# Before the set-up everything is named, later only what the running app calls.
system-report:
	@$(SYSTEM) report $(if $(wildcard $(RUN_STAMP)),run)

system-install:
	@$(SYSTEM) --install

# .venv is complete for a set of requirements when the stamp inside it equals the files they stand in. The stamps go
# before pip starts and come back after it succeeds, so an interrupted install is done again.
RUN_FILES := requirements.txt
DEV_FILES := requirements.txt requirements-dev.txt
RUN_STAMP := $(VENV)/installed-run.txt
DEV_STAMP := $(VENV)/installed-dev.txt

# $(call install,REQUIREMENTS FILE,STAMP,FILES IT READS,OTHER STAMPS IT EARNS)
define install
	@if ! $(PY) -c 'import pip, sys; sys.exit(not (3, 10) <= sys.version_info < (3, 13))' 2>/dev/null; then \
	    python=$$($(SYSTEM) python "$(PYTHON)") || exit 1; \
	    echo "Making $(VENV) with $$("$$python" --version)"; \
	    "$$python" -m venv --clear $(VENV) || exit 1; \
	fi; \
	if ! cat $(3) | cmp -s - $(2); then \
	    echo "Installing $(1) into $(VENV): 3 to 7 GB, a few minutes, only this once"; \
	    rm -f $(RUN_STAMP) $(DEV_STAMP); \
	    $(PY) -m pip install -r $(1) || exit 1; \
	    $(4) \
	    cat $(3) >$(2); \
	fi
endef

venv-run:
	$(call install,requirements.txt,$(RUN_STAMP),$(RUN_FILES),)

venv-dev:
	$(call install,requirements-dev.txt,$(DEV_STAMP),$(DEV_FILES),cat $(RUN_FILES) >$(RUN_STAMP);)
