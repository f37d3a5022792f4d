# The README's commands, and those of CI. Each first installs the locked environment, and uv itself if it is missing.

CORES ?= all
EVENTS ?= 6000
UV := $(or $(shell command -v uv),.uv/bin/uv)
SPHINX := $(UV) run --locked --group docs sphinx-build --fail-on-warning --keep-going
PYTEST := $(UV) run --locked --group backends --group docs pytest

# Some containers set it; without bytecode, every job would compile the modules of TensorFlow anew: 5 s.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: run run-muons test test-unit test-slow test-slurm dry-run lint reference robustness results-page audit docs check-links

run: $(UV)
	$(UV) run --locked snakemake --cores $(CORES)

run-muons: $(UV)
	$(UV) run --locked snakemake --cores $(CORES) --configfile config/muons.yaml

# All tests in one session, which runs the study that many of them look at once; in the order of the files, where the
# longest tests, whole studies, come in the middle and leave no process idle at the end.
test: $(UV)
	$(PYTEST) --numprocesses 2 --dist loadfile --no-loadscope-reorder -m "not slurm"

# Without the other backends, which only slow tests use.
test-unit: $(UV)
	$(UV) run --locked --group docs pytest --numprocesses 2 --dist worksteal -m "not slow and not slurm"

test-slow: $(UV)
	$(PYTEST) --numprocesses 2 --dist loadfile -m slow

# On a SLURM of its own: as root, on Debian or Ubuntu, whose packages are installed if they are missing.
test-slurm: $(UV)
	$(PYTEST) -m slurm

# Every config and every profile.
dry-run: $(UV)
	$(PYTEST) --numprocesses 2 tests/dag/test_dry_run.py

lint: $(UV)
	$(UV) run --locked ruff check
	$(UV) run --locked ruff format --check
	$(UV) run --locked snakefmt --check .
	$(UV) run --locked python tools/lint_workflow.py

# Rewrite the tables of config/README.md from the schema and the default config.
reference: $(UV)
	$(UV) run --locked python -m leptonid.study.reference

# What survives other overlaid events, thresholds and seeds of the simulation; see docs/robustness.md.
robustness: $(UV)
	$(UV) run --locked python tools/robustness.py --cores $(CORES) --events $(EVENTS)

# Rewrite docs/results.md and its pictures from the finished default study in results/.
results-page: $(UV)
	$(UV) run --locked python tools/document_results.py results

# The documentation as a site, in docs/_build; runs the lessons of the tutorial. Then the first lessons in Korean, in
# docs/_build/ko, if every text of today is translated.
docs: $(UV)
	$(SPHINX) docs docs/_build
	$(SPHINX) --quiet --builder gettext docs docs/_build/gettext
	$(UV) run --locked --group docs python tools/translations.py docs/_build/gettext
	$(SPHINX) --define language=ko docs docs/_build/ko

# Every address that the documentation names; asks the network.
check-links: $(UV)
	$(UV) run --locked --group docs sphinx-build --builder linkcheck --define sphinx_gallery_conf.plot_gallery=0 \
		docs docs/_build/links

# Known vulnerabilities of the locked packages; asks public services.
audit: $(UV)
	$(UV) export --quiet --locked --all-groups --no-hashes --no-emit-project | \
		$(UV) tool run pip-audit --requirement /dev/stdin --strict --no-deps --disable-pip

.uv/bin/uv:
	python3 tools/install_uv.py $@
