# Every target is one line that a person could type. The first one sets up what the others need.
python ?= python3.11
bin := .venv/bin

.PHONY: setup train test test-spark ui lint ledger gold card bench

setup: .venv/ready

.venv/ready: pyproject.toml constraints.txt
	$(python) -m venv .venv && $(bin)/pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev,launchers]' && touch $@

train: .venv/ready
	$(bin)/python src/train.py -m model=majority,tfidf,transformer

test: .venv/ready
	$(bin)/python -m pytest

test-spark: .venv/ready
	$(bin)/pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[spark]' && COMMUNIQUE_SPARK=required $(bin)/python -m pytest -m spark

ui: .venv/ready
	MLFLOW_DISABLE_TELEMETRY=true MLFLOW_SERVER_ENABLE_JOB_EXECUTION=false $(bin)/mlflow server --workers 1 --backend-store-uri $${MLFLOW_TRACKING_URI:-sqlite:///mlflow.db}

lint: .venv/ready
	$(bin)/ruff check . && $(bin)/ruff format --check . && $(bin)/mypy

ledger: .venv/ready
	$(bin)/python -m communique.ledger

gold: .venv/ready
	$(bin)/python -m communique.labelling.gold

card: .venv/ready
	$(bin)/python src/describe.py

bench: .venv/ready
	$(bin)/python src/train.py -m model=transformer,student tracking.champion=never && $(bin)/python src/bench.py
