# The README's commands. Each first sets up the locked environment; uv itself is fetched if it is missing.

CORES ?= all
UV := $(or $(shell command -v uv),.uv/bin/uv)

.PHONY: run test lint

run: $(UV)
	$(UV) run --locked snakemake --cores $(CORES)

# Whole studies last: what is broken in little is told first.
test: $(UV)
	$(UV) run --locked --group backends pytest --numprocesses 2 --dist loadfile -m "not slow"
	$(UV) run --locked --group backends pytest --numprocesses 2 --dist loadfile -m slow

lint: $(UV)
	$(UV) run --locked ruff check
	$(UV) run --locked ruff format --check
	$(UV) run --locked snakefmt --check .
	$(UV) run --locked snakemake --lint

.uv/bin/uv:
	python3 tools/install_uv.py $@
