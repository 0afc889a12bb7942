# Everything a newcomer needs: git, make and Python 3.11 are on the machine, the rest comes by pip.
VENV ?= .venv
PYTHON ?= python3
# Another build of torch: make demo TORCH="torch==2.13.0 OPTIONS", as pytorch.org's install page words them.
TORCH ?= torch==2.13.0
PIP := $(VENV)/bin/python -m pip install --quiet --disable-pip-version-check -c constraints.txt
DEMO := $(CURDIR)/.demo
# The demo never leaves this machine, whatever the shell is set up for.
OFFLINE := env -u GITHUB_API_URL -u GITHUB_TOKEN -u GITHUB_REPOSITORY -u LOOP_HELDOUT_KEY
export OMP_WAIT_POLICY := passive
# Workers read the asserts that another one has rewritten, and children what was compiled before them.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help install demo test cover test-fast soak mutate check format bench bench-quick schema clean

help: ## say what each target does
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-11s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(VENV)/.train: pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("git-loop needs Python 3.11 or newer")'
	$(PYTHON) -m venv $(VENV)
	$(PIP) $(TORCH)
	$(PIP) -e '.[train,lm,repair]'
	@touch $@

$(VENV)/.dev: $(VENV)/.train
	$(PIP) -e '.[train,lm,repair,dev]'
	@touch $@

# inspect_ai wants an older fsspec than the sealed sources of evals/kompress are pinned to: a place of its own.
$(VENV)-inspect/.ready: pyproject.toml constraints-inspect.txt
	$(PYTHON) -m venv $(VENV)-inspect
	$(VENV)-inspect/bin/python -m pip install --quiet --disable-pip-version-check -c constraints-inspect.txt \
		-e '.[inspect]' pytest hypothesis
	@touch $@

# mutmut in a place of its own, where the mutants of runner shadow nothing installed: .pth files of .venv are not read.
$(VENV)-mutate/.ready: $(VENV)/.dev
	$(PYTHON) -m venv $(VENV)-mutate
	$(VENV)-mutate/bin/python -m pip install --quiet --disable-pip-version-check -c constraints.txt mutmut
	$(VENV)/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))' \
		> $$($(VENV)-mutate/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/dev.pth
	@touch $@

install: $(VENV)/.dev ## set up .venv for work on git-loop itself

demo: $(VENV)/.train ## run one real iteration of loops/kompress.yaml offline and show its pull request
	@rm -rf $(DEMO) && mkdir -p $(DEMO)
	@git clone --quiet --no-hardlinks . $(DEMO)/clone && git -C $(DEMO)/clone switch --quiet -C main
	@cd $(DEMO)/clone && LOOP_HOME=$(DEMO)/home $(OFFLINE) $(CURDIR)/$(VENV)/bin/git-loop run kompress
	@cd $(DEMO)/clone && LOOP_HOME=$(DEMO)/home $(OFFLINE) $(CURDIR)/$(VENV)/bin/git-loop forge show 1
	@printf '\nGo on in the demo: cd .demo/clone && export LOOP_HOME=%s PATH=%s:$$PATH\n' \
		$(DEMO)/home $(CURDIR)/$(VENV)/bin
	@printf 'then: git-loop run kompress | git-loop status | git log loop/kompress | git-loop forge ls\n'

test: $(VENV)/.dev $(VENV)-inspect/.ready ## pass the tests, slow ones too
	$(VENV)/bin/python -m pytest -n 3 --dist worksteal
	$(VENV)-inspect/bin/python -m pytest -q tests/wiring/test_trace.py \
		tests/cli/test_trace.py::test_the_commands_of_the_documents_run

cover: $(VENV)/.dev ## pass the tests with branch coverage: what of runner/ no test reaches
	$(VENV)/bin/python -m pytest -n 3 --dist worksteal --cov --cov-report=term:skip-covered

test-fast: $(VENV)/.dev ## pass the tests that take less than two seconds each
	$(VENV)/bin/python -m pytest -q -x -m 'not slow'

soak: $(VENV)/.dev ## try campaigns and races twenty times longer than make test does
	SOAK=20 $(VENV)/bin/python -m pytest -q -n 2 -m soak

mutate: $(VENV)-mutate/.ready ## change the gate, ledger, spec and publish a little: which slips no test notices (ONLY=gate)
	$(VENV)-mutate/bin/python bench/mutation.py $(if $(ONLY),--only $(ONLY)) $(if $(SAMPLE),--sample $(SAMPLE))

check: $(VENV)/.dev ## keep the house clean: lint, types, layers, dead code, spelling, workflows
	$(VENV)/bin/ruff check
	$(VENV)/bin/ruff format --check
	$(VENV)/bin/mypy
	$(VENV)/bin/lint-imports --no-logo
	$(VENV)/bin/deptry runner
	$(VENV)/bin/vulture
	$(VENV)/bin/codespell
	$(VENV)/bin/yamllint --strict .
	$(VENV)/bin/check-jsonschema --builtin-schema vendor.github-workflows .github/workflows/*.yml
	$(VENV)/bin/check-jsonschema --schemafile loops/loop.schema.json loops/*.yaml
	$(VENV)/bin/zizmor --offline --strict-collection --quiet .github

format: $(VENV)/.dev ## rewrite the code in the house's format
	$(VENV)/bin/ruff check --fix
	$(VENV)/bin/ruff format

schema: $(VENV)/.dev ## write loops/loop.schema.json anew
	$(VENV)/bin/git-loop schema --write

bench: $(VENV)/.dev ## measure what the README claims, hours; writes its tables (ONLY="engine gate")
	$(VENV)/bin/python bench/all.py $(if $(ONLY),--only $(ONLY))

bench-quick: $(VENV)/.dev ## the same with short settings, five minutes; keeps nothing
	$(VENV)/bin/python bench/all.py --quick $(if $(ONLY),--only $(ONLY))

clean: ## remove what make made
	rm -rf $(VENV) $(VENV)-inspect $(VENV)-mutate $(DEMO) .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .coverage build dist
