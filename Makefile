# Each target makes its own virtual environment and needs Python 3.10 or newer, git and make, nothing else.
PYTHON ?= python3
export PIP_DISABLE_PIP_VERSION_CHECK = 1

.PHONY: demo test coverage mutation lint bench quality probes soak-server fuzz-schema docs reference screenshots clean

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

bench: .venv-bench/made
	.venv-bench/bin/python benchmarks/requests_in_process.py
	.venv-bench/bin/python benchmarks/lives.py
	.venv-bench/bin/python benchmarks/startup.py
	.venv-bench/bin/python benchmarks/loopback.py
	.venv-bench/bin/python benchmarks/strategies.py
	.venv-bench/bin/python benchmarks/machine.py

# What the machine finds, with ten seeds for each mistake, and how long each takes; `make test` looks with one to three.
quality: .venv-test/made
	QUALITY_SEEDS=10 .venv-test/bin/python -m pytest tests/quality -n 0 -p no:cacheprovider --durations=0

# 20,000 requests by 16 threads in each of two workers; `make test` does the same with 2,000.
soak-server: .venv-test/made
	HAMMER_REQUESTS=20000 .venv-test/bin/python -m pytest tests/clients/test_hammer.py -n 0 -p no:cacheprovider

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

.venv-demo/made: pyproject.toml
	$(PYTHON) -m venv .venv-demo
	.venv-demo/bin/pip install --quiet .
	touch $@

.venv-test/made: pyproject.toml
	$(PYTHON) -m venv .venv-test
	.venv-test/bin/pip install --quiet --upgrade pip
	.venv-test/bin/pip install --quiet --editable . --group test
	touch $@

.venv-coverage/made: pyproject.toml
	$(PYTHON) -m venv .venv-coverage
	.venv-coverage/bin/pip install --quiet --upgrade pip
	.venv-coverage/bin/pip install --quiet --editable . --group coverage
	touch $@

.venv-mutation/made: pyproject.toml
	$(PYTHON) -m venv .venv-mutation
	.venv-mutation/bin/pip install --quiet --upgrade pip
	.venv-mutation/bin/pip install --quiet --editable . --group mutation
	touch $@

.venv-docs/made: pyproject.toml
	$(PYTHON) -m venv .venv-docs
	.venv-docs/bin/pip install --quiet --upgrade pip
	.venv-docs/bin/pip install --quiet --group docs
	touch $@

.venv-fuzz/made: pyproject.toml
	$(PYTHON) -m venv .venv-fuzz
	.venv-fuzz/bin/pip install --quiet --upgrade pip
	.venv-fuzz/bin/pip install --quiet --editable . --group fuzz
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
	rm -rf .venv-* build dist *.egg-info
