# Each target makes its own virtual environment and needs Python 3.10 or newer, git and make, nothing else.
PYTHON ?= python3
PYTHONS ?= .
export PIP_DISABLE_PIP_VERSION_CHECK = 1

.PHONY: demo test coverage mutation lint bench quality probes soak soak-server fuzz fuzz-schema docs reference screenshots
.PHONY: matrix package audit clean FORCE

demo: .venv-demo/made
	.venv-demo/bin/python examples/dialer/demo.py

test: .venv-test/made
	.venv-test/bin/python -m pytest -n 2 -p no:cacheprovider

# The whole suite, its children too: fails when less than 95 % of a room's lines and branches ran.
coverage: .venv-coverage/made
	.venv-coverage/bin/coverage erase
	.venv-coverage/bin/coverage run -m pytest -n 2 -p no:cacheprovider
	.venv-coverage/bin/coverage combine --quiet
	.venv-coverage/bin/coverage report --include 'contracts/*'
	.venv-coverage/bin/coverage report --include 'fake_server/*'
	.venv-coverage/bin/coverage report --include 'pytest_providercalls/*'

# Small mistakes, one at a time, in contracts/ and fake_server/: which would no test notice?
MUTATION_SECONDS ?= 1800
mutation: .venv-mutation/made
	.venv-mutation/bin/python benchmarks/mutation.py --seconds $(MUTATION_SECONDS)

lint: .venv-lint/made
	.venv-lint/bin/ruff check .
	.venv-lint/bin/ruff format --check .
	cd .venv-lint && bin/mypy --config-file ../pyproject.toml -p pytest_providercalls

# Five minutes on a quiet machine. Each of benchmarks/*.py can also be run by itself.
bench: docs/performance.md

docs/performance.md: .venv-bench/made FORCE
	.venv-bench/bin/python benchmarks/report.py $@

# What the machine finds, with ten seeds for each mistake, and how long each takes; `make test` looks with one to three.
quality: .venv-test/made
	QUALITY_SEEDS=10 .venv-test/bin/python -m pytest tests/quality -n 0 -p no:cacheprovider --durations=0

# 20,000 requests by 16 threads in each of two workers; `make test` does the same with 2,000.
soak-server: .venv-test/made
	HAMMER_REQUESTS=20000 .venv-test/bin/python -m pytest tests/clients/test_hammer.py -n 0 -p no:cacheprovider

# An hour of mixed traffic by 32 threads: docs/fuzzing.md. `make test` does it for two seconds.
SOAK_SECONDS ?= 3600
soak: .venv-test/made
	.venv-test/bin/python -m tests.soak $(SOAK_SECONDS)

# The core under atheris, then all that reads foreign input, then broken HTTP; each for so long: docs/fuzzing.md.
FUZZ_SECONDS ?= 60
fuzz: .venv-fuzz/made
	.venv-fuzz/bin/python -m tests.fuzz.under_atheris core $(FUZZ_SECONDS)
	.venv-fuzz/bin/python -m tests.fuzz.under_hypothesis every $(FUZZ_SECONDS)
	.venv-fuzz/bin/python -m tests.fuzz.under_hypothesis wire $(FUZZ_SECONDS)

# The site. A warning is an error, and a link within it that leads nowhere is a warning.
docs: .venv-docs/made
	.venv-docs/bin/sphinx-build --quiet --fail-on-warning --keep-going docs build/site

# The pages that are made from the code; a test says so when one is out of date.
reference: .venv-test/made
	.venv-test/bin/python docs/generate docs/reference

# The pictures; they need a Chromium.
screenshots: .venv-test/made
	.venv-test/bin/python docs/screenshots docs/images

# Each rule broken in each edition, and every other probe run beside it; `make test` does a third of that.
probes: .venv-test/made
	PROBES_ALL=1 .venv-test/bin/python -m pytest tests/contracts/test_stands_on.py -n 2 -p no:cacheprovider

# Schemathesis against the fake by the OpenAPI document of each edition. Apart from `make test`: its pytest plugin costs
# every child process that the suite starts a second.
fuzz-schema: .venv-fuzz/made
	.venv-fuzz/bin/python -m pytest tests/contracts/test_schemathesis.py -p no:cacheprovider

# Each Python that pyproject.toml names, with the oldest and the newest dependencies; PYTHONS says where they are, as in
# PYTHONS="$(echo ~/.pyenv/versions/3.1*/bin | tr ' ' :)".
matrix: .venv-matrix/made
	PATH="$(PYTHONS):$$PATH" .venv-matrix/bin/nox $(NOX)

# What is published, into dist/: built, checked, and tried in an environment of its own.
package: .venv-package/made
	rm -rf dist
	.venv-package/bin/validate-pyproject pyproject.toml
	SOURCE_DATE_EPOCH=$$(git log -1 --format=%ct) .venv-package/bin/python -m build --outdir dist .
	.venv-package/bin/twine check --strict dist/*
	$(PYTHON) -m venv --clear .venv-fresh
	.venv-fresh/bin/pip install --quiet dist/*.whl
	.venv-fresh/bin/python tests/package/smoke.py

# Known faults of the dependencies, extras included, in their newest versions; fails where nobody can be asked.
audit: .venv-audit/made
	.venv-audit/bin/pip check
	.venv-audit/bin/pip freeze --exclude-editable > .venv-audit/requirements.txt
	.venv-audit/bin/pip-audit --strict --no-deps --disable-pip --requirement .venv-audit/requirements.txt

.venv-demo/made: pyproject.toml
	$(PYTHON) -m venv .venv-demo
	.venv-demo/bin/pip install --quiet .
	touch $@

# Changes when PYTHON does.
.venv-python: FORCE
	@version="$$($(PYTHON) -VV)"; test "$$version" = "$$(cat $@ 2>/dev/null)" || echo "$$version" > $@

.venv-test/made: pyproject.toml .venv-python
	$(PYTHON) -m venv --clear .venv-test
	.venv-test/bin/pip install --quiet --upgrade pip
	.venv-test/bin/pip install --quiet --editable . --group test
	touch $@

.venv-coverage/made .venv-fuzz/made .venv-mutation/made: .venv-%/made: pyproject.toml
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

# mypy follows the package's folders only in an ordinary install, so that lint installs anew each time.
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
