# `make chat` and `make test` do everything on a machine that has a Python; `make help` lists the rest.
.DEFAULT_GOAL := help
.PHONY: help chat web studio test test-fast test-library test-slow coverage lint audit fix docs messages train training-table lock clean
PYTHON := .venv/bin/python
# Of `make test`, each up to 2.2 GB beside the servers. More than there are cores: tests wait for servers and browsers.
TEST_PROCESSES ?= 4
# Where Python may not keep what it has compiled, each start of Rasa compiles 20 s' worth of modules anew.
unexport PYTHONDONTWRITEBYTECODE
COMPILE := uv pip compile --quiet pyproject.toml --python-version 3.10 \
	--python-platform x86_64-manylinux_2_28 --generate-hashes --no-emit-index-url --no-emit-find-links
# For Pythons on which Rasa does not run: later versions than Rasa's pins allow.
LIBRARY := uv pip compile --quiet pyproject.toml --universal --python-version 3.11 \
	--generate-hashes --no-emit-index-url --no-emit-find-links
LIBRARY_TESTS := tests/decision/test_rules.py tests/dialogue/test_choice.py \
	tests/knowledge/test_checking.py tests/knowledge/test_json_source.py tests/knowledge/test_options.py \
	tests/project/test_yaml_lines.py tests/retrieval/test_keyword.py tests/retrieval/test_tokens.py tests/usage/test_masking.py \
	tests/test_chinese.py tests/test_settings.py tests/test_text.py

EVERYTHING := $(addprefix --extra ,keyword lucene elasticsearch milvus postgresql serve studio report sentence-transformers train docs test)

help: ## list the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 16

chat: .venv/.run ## set up, train if anything changed, and talk to the bot
	@$(PYTHON) -m faq_component.cli chat

web: .venv/.run ## the same in the browser: a chat page at http://127.0.0.1:5005/chat/
	@$(PYTHON) -m faq_component.cli web

studio: .venv/.run ## the page of those who own the FAQ: topics, and a bot to try
	@$(PYTHON) -m faq_component.cli studio

train: .venv/.run ## train the Rasa model if anything it depends on has changed
	@$(PYTHON) -m faq_component.cli chat --train-only

test: lint ## every check and every test but the long ones (`make test-slow`)
	@$(PYTHON) -m pytest -n $(TEST_PROCESSES) --dist loadfile --no-loadscope-reorder

test-fast: .venv/.dev ## the tests without Rasa, servers, browsers and trainings: under two minutes
	@$(PYTHON) -m pytest -n 2 --dist loadfile --fast

coverage: .venv/.dev ## the share of the package's lines that `make test`'s tests run; the lines that none runs
	@$(PYTHON) -m pytest -n $(TEST_PROCESSES) --dist loadfile --no-loadscope-reorder --cov --cov-report=term:skip-covered --cov-report=html:.faq/coverage

test-library: test-library-3.11 test-library-3.12 ## the wheel and tests of the library on Python 3.11 and 3.12, without Rasa

test-library-%: .venv-%/.library
	@sh tools/try_wheel.sh .venv-$*
	@.venv-$*/bin/python -m pytest -n 2 --dist loadfile $(LIBRARY_TESTS)

test-slow: .venv/.dev ## the long tests that `make test` leaves out
	@$(PYTHON) -m pytest -m slow

lint: .venv/.dev ## style, types and the direction of imports
	@$(PYTHON) -m ruff check .
	@$(PYTHON) -m ruff format --check .
	@.venv/bin/lint-imports --no-logo
	@$(PYTHON) -m mypy

audit: .venv/.dev ## known vulnerabilities of the locked requirements; fails on those without a reason in requirements/accepted.tsv
	@if [ -x .venv-audit/bin/pip-audit ] || { $(PYTHON) -m venv .venv-audit && .venv-audit/bin/pip install --quiet pip-audit; }; \
	then $(PYTHON) -m tools.audit .venv-audit/bin/pip-audit; else echo "pip-audit could not be installed; nothing was checked"; fi

fix: .venv/.dev ## mend what ruff can mend by itself, and format
	@$(PYTHON) -m ruff check --fix .
	@$(PYTHON) -m ruff format .

docs: .venv/.dev ## the documentation as a site, at http://127.0.0.1:8001, made again after each edit
	@NO_MKDOCS_2_WARNING=1 $(PYTHON) -m mkdocs serve --dev-addr 127.0.0.1:8001

messages: .venv/.dev ## update and compile the translations from the code; lists what is to be translated
	@$(PYTHON) -m tools.messages

training-table: .venv/.dev ## the table of docs/results/training.md from the runs' results
	@$(PYTHON) -m benchmarks.training table

lock: ## resolve the requirements anew (needs uv)
	@rm -f requirements/*.txt
	UV_CUSTOM_COMPILE_COMMAND="make lock" $(COMPILE) --extra bot --extra channels $(EVERYTHING) --output-file requirements/dev.txt
	UV_CUSTOM_COMPILE_COMMAND="make lock" $(COMPILE) --extra bot --extra channels --extra studio --constraints requirements/dev.txt --output-file requirements/run.txt
	UV_CUSTOM_COMPILE_COMMAND="make lock" $(COMPILE) --extra serve --extra postgresql --constraints requirements/dev.txt --output-file requirements/serve.txt
	UV_CUSTOM_COMPILE_COMMAND="make lock" $(LIBRARY) --extra keyword --extra serve --extra test --output-file requirements/library.txt

clean: ## remove what is derived, the environment too; the log, the conversations, the handovers, the studio's files and the encoder before a fit stay
	if [ -d .faq/fit ]; then find .faq/fit -mindepth 1 -maxdepth 1 ! -name previous -exec rm -rf {} +; fi
	if [ -d .faq ]; then find .faq -mindepth 1 -maxdepth 1 ! -name 'usage.sqlite*' ! -name 'conversations.sqlite*' ! -name 'handovers.sqlite*' ! -name fit ! -name studio -exec rm -rf {} +; fi
	rm -rf .venv .venv-* .uv .rasa results models/*.tar.gz models/*.sha256

# The dev environment has all that the run environment has, so it serves for both.
.venv/.run: requirements/run.txt pyproject.toml bootstrap.sh
	@if [ -e .venv/.dev ]; then sh bootstrap.sh dev && touch .venv/.run; else sh bootstrap.sh run; fi

.venv-%/.library: requirements/library.txt pyproject.toml bootstrap.sh
	@sh bootstrap.sh library $*
	@touch $@

.venv/.dev: requirements/dev.txt pyproject.toml bootstrap.sh
	@sh bootstrap.sh dev
	@touch .venv/.run
