# Each target creates its own virtual environment, and needs only Python 3.10 or newer, git and make.
PYTHON ?= python3
PYTHONS ?= .
export PIP_DISABLE_PIP_VERSION_CHECK = 1

.PHONY: demo test slow coverage mutation lint bench quality races simplest probes soak soak-server fuzz fuzz-schema generators docs reference ledger screenshots
.PHONY: matrix package audit together official-clients clean FORCE

demo: .venv-demo/made
	.venv-demo/bin/python examples/dialer/demo.py

# What takes longest: whole sessions, walks through the documentation, parts of the pages, searches for seeded bugs, and the traffic of `make soak`.
SLOW = tests/quality tests/soak tests/security/test_secrets.py tests/security/test_injected_secrets.py \
	tests/package/test_install.py tests/docs/test_walks.py tests/docs/test_examples.py tests/contracts/conformance/test_page.py \
	tests/contracts/conformance/test_transports.py tests/contracts/conformance/test_faulty_clients.py \
	tests/contracts/stateful/test_page.py tests/contracts/stateful/test_downstream.py \
	tests/contracts/stateful/test_correct_clients.py tests/docs/test_pages.py tests/pytest_providercalls/test_together.py \
	tests/contracts/rules/test_depends_on.py tests/browser/test_report.py \
	$(addprefix tests/browser/test_inspector_,accessibility.py keyboard.py requests.py sidebar.py) \
	tests/pytest_providercalls/analyses tests/pytest_providercalls/sandbox tests/pytest_providercalls/test_frozen_time.py \
	$(addprefix tests/pytest_providercalls/cli/test_,check.py serve.py shutdown.py) \
	$(addprefix tests/pytest_providercalls/guard/test_,reruns.py session.py settings.py) \
	tests/clients/test_scenario.py tests/clients/test_hammer.py tests/contracts/strategies/test_strategies.py \
	tests/fake_server/gateway/test_any_input.py tests/pytest_providercalls/reports/test_summary.py \
	$(addprefix tests/pytest_providercalls/fixtures/test_,other_mocks.py virtual_time_conflicts.py) tests/browser/test_inspector.py \
	tests/pytest_providercalls/guard/start_and_end/test_whole_processes.py \
	tests/official_clients/test_official_clients.py tests/official_clients/test_page.py \
	tests/pytest_providercalls/cli/test_conform_runs.py tests/clients/test_languages.py tests/package/test_containerfile.py

# All tests but those of `make slow`. Three workers for two cores: many tests wait for another process.
test: .venv-test/made
	.venv-test/bin/python -m pytest -n 3 -p no:cacheprovider $(SLOW:%=--ignore=%)

slow: .venv-test/made
	.venv-test/bin/python -m pytest -n 3 -p no:cacheprovider $(SLOW)

# The whole suite, child processes included. Fails if less than 95 % of a package's lines and branches ran.
coverage: .venv-coverage/made
	.venv-coverage/bin/coverage erase
	.venv-coverage/bin/coverage run -m pytest -n 2 -p no:cacheprovider
	.venv-coverage/bin/coverage combine --quiet
	.venv-coverage/bin/coverage report --include 'contracts/*'
	.venv-coverage/bin/coverage report --include 'fake_server/*'
	.venv-coverage/bin/coverage report --include 'pytest_providercalls/*'

# Mutation testing of contracts/ and fake_server/: prints the mutants that survive.
MUTATION_SECONDS ?= 1800
mutation: .venv-mutation/made
	.venv-mutation/bin/python benchmarks/mutation.py --seconds $(MUTATION_SECONDS)

lint: .venv-lint/made
	.venv-lint/bin/ruff check .
	.venv-lint/bin/ruff format --check .
	cd .venv-lint && bin/mypy --config-file ../pyproject.toml -p pytest_providercalls
	cd .venv-lint && bin/lint-imports --no-cache ../pyproject.toml

# Takes a quarter of an hour on an idle machine. Each of benchmarks/*.py can also be run on its own.
bench: docs/performance.md

docs/performance.md: .venv-bench/made FORCE
	.venv-bench/bin/python benchmarks/report.py $@

# Whether stateful testing finds each seeded bug with ten seeds and reaches every event, and how long it takes.
# `make slow` uses at most one seed, and a quarter of the examples.
quality: .venv-test/made
	QUALITY_SEEDS=10 .venv-test/bin/python -m pytest tests/quality tests/contracts/stateful/test_correct_clients.py \
		-n 0 -p no:cacheprovider --durations=0

# Whether schedules find each of ten races with ten seeds, and none in five right clients under 2,000 schedules each; takes
# about three minutes. `make slow` uses one seed and 10 schedules.
races: .venv-test/made
	RACE_SEEDS=10 RACE_SCHEDULES=2000 .venv-test/bin/python -m pytest tests/quality/races -n 0 -p no:cacheprovider \
		--durations=0

# Whether 40 predicates end with the simplest example, with ten seeds each. `make test` runs ten of them with one.
simplest: .venv-test/made
	SIMPLEST_SEEDS=10 .venv-test/bin/python -m pytest tests/contracts/strategies/test_simplest.py -n 2 -p no:cacheprovider

# VoIPbin's own clients, unmodified, in each edition: a table, and exit code 1 for an unexpected result. Clones vn and the Go
# SDK from GitHub unless VN and VOIPBIN_GO name them. `make slow` runs those that need no clone.
official-clients: .venv-test/made
	OFFICIAL_CLIENTS_CLONE=1 .venv-test/bin/python -m tests.official_clients

# 20,000 requests from 16 threads in each of two workers. `make test` sends 2,000.
soak-server: .venv-test/made
	HAMMER_REQUESTS=20000 .venv-test/bin/python -m pytest tests/clients/test_hammer.py -n 0 -p no:cacheprovider

# An hour of mixed traffic from 32 threads: docs/fuzzing.md. `make slow` runs it for a second or two.
SOAK_SECONDS ?= 3600
soak: .venv-test/made
	.venv-test/bin/python -m tests.soak $(SOAK_SECONDS)

# Fuzzes the core with atheris, then all parsers of external input, then HTTP; FUZZ_SECONDS each: docs/fuzzing.md.
FUZZ_SECONDS ?= 60
fuzz: .venv-fuzz/made
	.venv-fuzz/bin/python -m tests.fuzz.under_atheris core $(FUZZ_SECONDS)
	.venv-fuzz/bin/python -m tests.fuzz.under_hypothesis every $(FUZZ_SECONDS)
	.venv-fuzz/bin/python -m tests.fuzz.under_hypothesis wire $(FUZZ_SECONDS)

# The site. Warnings are errors, and a broken link is a warning.
docs: .venv-docs/made
	.venv-docs/bin/sphinx-build --quiet --fail-on-warning --keep-going docs build/site

# The pages that are generated from the code. A test fails if one is out of date.
reference: .venv-test/made
	.venv-test/bin/python docs/generate docs/reference

# The rules that were not run on a server of each edition, with the reasons: never, failed, or changed since.
ledger: .venv-test/made
	.venv-test/bin/providercalls rules --unverified

# The screenshots; needs Chromium.
screenshots: .venv-test/made
	.venv-test/bin/python docs/screenshots docs/images

# Violates each rule in each edition and runs every other probe; checks each faulty client by every client rule.
# `make slow` violates each rule in one edition, and runs a sample: tests/README.md.
probes: .venv-test/made
	PROBES_ALL=1 .venv-test/bin/python -m pytest tests/contracts/rules/test_depends_on.py \
		tests/contracts/rules/test_rules.py tests/contracts/conformance/test_faulty_clients.py -n 2 -p no:cacheprovider

# Many other plugins and libraries in one session with this plugin. Not in `make test`, because pytest loads every
# installed plugin in every session.
together: .venv-together/made
	.venv-together/bin/python -m pytest -n 0 -p no:cacheprovider -p no:asyncio -p no:django -p no:rerunfailures \
		-p no:pytest-retry -p no:flaky tests/pytest_providercalls/test_together.py \
		tests/pytest_providercalls/test_everything_together.py

# Schemathesis against the fake, with the OpenAPI document of each edition. Not part of `make test`, because its pytest
# plugin adds a second to every child process that the suite starts.
fuzz-schema: .venv-fuzz/made
	.venv-fuzz/bin/python -m pytest tests/contracts/test_schemathesis.py -p no:cacheprovider

# Clients that openapi-python-client, oapi-codegen and openapi-typescript generate from the documents, and the types of the
# examples in TypeScript. Needs Go, Node.js and the registries of both; a test without them is skipped.
generators: .venv-generators/made
	.venv-generators/bin/python -m pytest -p no:cacheprovider tests/generators

# Each Python version in pyproject.toml, with the oldest and the newest dependencies. PYTHONS lists their folders, as in
# PYTHONS="$(echo ~/.pyenv/versions/3.1*/bin | tr ' ' :)".
matrix: .venv-matrix/made
	PATH="$(PYTHONS):$$PATH" .venv-matrix/bin/nox $(NOX)

# Builds the published files in dist/, checks them, and tests them in a new environment.
package: .venv-package/made
	rm -rf dist
	.venv-package/bin/validate-pyproject pyproject.toml
	SOURCE_DATE_EPOCH=$$(git log -1 --format=%ct) .venv-package/bin/python -m build --outdir dist .
	.venv-package/bin/twine check --strict dist/*
	$(PYTHON) -m venv --clear .venv-fresh
	.venv-fresh/bin/pip install --quiet dist/*.whl
	.venv-fresh/bin/python tests/package/smoke.py

# Known vulnerabilities in the newest dependencies, extras included. Fails without network access.
audit: .venv-audit/made
	.venv-audit/bin/pip check
	.venv-audit/bin/pip freeze --exclude-editable > .venv-audit/requirements.txt
	.venv-audit/bin/pip-audit --strict --no-deps --disable-pip --requirement .venv-audit/requirements.txt

.venv-demo/made: pyproject.toml
	$(PYTHON) -m venv .venv-demo
	.venv-demo/bin/pip install --quiet .
	touch $@

# Changes when the version of PYTHON changes.
.venv-python: FORCE
	@version="$$($(PYTHON) -VV)"; test "$$version" = "$$(cat $@ 2>/dev/null)" || echo "$$version" > $@

.venv-test/made: pyproject.toml .venv-python
	$(PYTHON) -m venv --clear .venv-test
	.venv-test/bin/pip install --quiet --upgrade pip
	.venv-test/bin/pip install --quiet --editable . --group test
	touch $@

.venv-coverage/made .venv-fuzz/made .venv-generators/made .venv-mutation/made .venv-together/made: .venv-%/made: pyproject.toml
	$(PYTHON) -m venv .venv-$*
	.venv-$*/bin/pip install --quiet --upgrade pip
	.venv-$*/bin/pip install --quiet --editable . --group $*
	touch $@

.venv-docs/made .venv-matrix/made .venv-package/made: .venv-%/made: pyproject.toml
	$(PYTHON) -m venv .venv-$*
	.venv-$*/bin/pip install --quiet --upgrade pip
	.venv-$*/bin/pip install --quiet --group $*
	touch $@

.venv-audit/made: pyproject.toml
	$(PYTHON) -m venv .venv-audit
	.venv-audit/bin/pip install --quiet --upgrade pip
	.venv-audit/bin/pip install --quiet --editable '.[server,tls,yaml]' --group audit
	touch $@

# mypy finds the package's folders only in an ordinary install, so lint reinstalls after every change.
.venv-lint/made: pyproject.toml $(shell find contracts fake_server pytest_providercalls -name '*.py')
	$(PYTHON) -m venv .venv-lint
	.venv-lint/bin/pip install --quiet --upgrade pip
	.venv-lint/bin/pip install --quiet --force-reinstall --no-deps .
	.venv-lint/bin/pip install --quiet . --group lint
	touch $@

.venv-bench/made: pyproject.toml $(shell find contracts fake_server pytest_providercalls -name '*.py')
	$(PYTHON) -m venv .venv-bench
	.venv-bench/bin/pip install --quiet --upgrade pip
	.venv-bench/bin/pip install --quiet --force-reinstall --no-deps .
	.venv-bench/bin/pip install --quiet . --group bench
	touch $@

clean:
	rm -rf .venv-* .nox .fuzz build dist *.egg-info
