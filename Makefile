# The README's commands. Each first sets up the locked environment; uv itself is fetched if it is missing.

CORES ?= all
UV := $(or $(shell command -v uv),.uv/bin/uv)

.PHONY: run test lint

run: $(UV)
	$(UV) run --locked snakemake --cores $(CORES)

# Whole studies take all cores by themselves.
test: $(UV)
	$(UV) run --locked --group backends pytest -m "not slow" --numprocesses 2 --dist loadfile
	$(UV) run --locked --group backends pytest -m slow

lint: $(UV)
	$(UV) run --locked ruff check
	$(UV) run --locked ruff format --check
	$(UV) run --locked snakefmt --check .
	$(UV) run --locked snakemake --lint

.uv/bin/uv:
	python3 tools/install_uv.py $@
