# inputgrad. `make` lists the targets; each makes the environment first if it needs it. From another
# folder, whose results/ is then written: make -f path/to/inputgrad/Makefile report CONFIG=mine.yaml

HERE := $(patsubst ./,,$(dir $(lastword $(MAKEFILE_LIST))))
CONFIG ?= $(HERE)config/config.yaml
CORES ?= all
VENV ?= $(HERE).venv
WORKERS ?= 2

READY := $(VENV)/.ready
RUN := $(VENV)/bin/python
INPUTGRAD = PYTHONPATH="$(HERE)scripts" $(RUN) -m inputgrad
REPORT = $(INPUTGRAD) report --config "$(CONFIG)" --cores $(CORES) $(if $(PROFILE),--profile "$(PROFILE)") \
	$${PARTITION:+--partition "$$PARTITION"} $${ACCOUNT:+--account "$$ACCOUNT"}

.DEFAULT_GOAL := help
.PHONY: help report regenerate images status new add prune verify prefetch test test-cluster lint \
	format bench bench-scale docs lock unlock clean gpu-check config-exists

help:  ## list the targets
	@echo "inputgrad: what networks see. make TARGET, where TARGET is"
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  \1|\2/p' "$(HERE)Makefile" | while IFS='|' read -r name text; \
		do printf '%-13s %s\n' "$$name" "$$text"; done
	@echo "Options: CONFIG=$(CONFIG) CORES=$(CORES) VENV=$(VENV) PYTHON=an interpreter"
	@echo "SNAKEMAKE_ARGS=\"more options for Snakemake\" PYTEST_ARGS=\"more options for pytest\""

report: config-exists $(READY)  ## compute what is missing and write the HTML and PDF report
	@$(REPORT) -- $(SNAKEMAKE_ARGS)

regenerate: config-exists $(READY)  ## compute everything anew, in place of what is stored
	@$(REPORT) --regenerate -- $(SNAKEMAKE_ARGS)

images: config-exists $(READY)  ## write the adversarial images as folders of PNG files with labels
	@$(REPORT) -- adversarial_images $(SNAKEMAKE_ARGS)

status: config-exists $(READY)  ## say what `make report` would compute, why, and for how long
	@$(INPUTGRAD) status --config "$(CONFIG)"

new: $(READY)  ## begin: CONFIG=mine.yaml [MODEL=file ARCHITECTURE=name] [IMAGES=folder] [LABELS=file]
	@if [ "$(origin CONFIG)" = file ]; then \
		echo "which file is to be written? make new CONFIG=mine.yaml [MODEL=file ARCHITECTURE=name]" \
			"[IMAGES=folder] [LABELS=file]" >&2; exit 2; fi
	@$(INPUTGRAD) new --config "$$CONFIG" $${MODEL:+--model "$$MODEL"} \
		$${ARCHITECTURE:+--architecture "$$ARCHITECTURE"} $${ENTRY:+--entry "$$ENTRY"} \
		$${IMAGES:+--images "$$IMAGES"} $${LABELS:+--labels "$$LABELS"}

add: config-exists $(READY)  ## add photographs: IMAGES=folder [LABELS=csv]
	@if [ -z "$$IMAGES" ]; then \
		echo "which photographs? make add IMAGES=folder [LABELS=labels.csv]" >&2; exit 2; fi
	@$(INPUTGRAD) add --config "$(CONFIG)" --images "$$IMAGES" $${LABELS:+--labels "$$LABELS"}

prune: config-exists $(READY)  ## delete stored results that no configuration needs: [YES=1]
	@$(INPUTGRAD) prune --config "$(CONFIG)" $(if $(YES),--yes)

verify: config-exists $(READY)  ## compute 5 % of the stored results again, or one: [CELL=…]
	@$(INPUTGRAD) verify --config "$(CONFIG)" $${CELL:+--cell "$$CELL"}

prefetch: config-exists $(READY)  ## download the weights, for machines without a network
	@$(INPUTGRAD) prefetch --config "$(CONFIG)"

test: $(READY)  ## run the tests
	@$(RUN) -m pytest -q -n $(WORKERS) --dist loadfile $(PYTEST_ARGS)

test-cluster: $(READY)  ## start a Slurm of one node on this machine and test the workflow on it (root)
	@$(RUN) -m pytest -q -o addopts=--strict-markers tests/cluster $(PYTEST_ARGS)

lint: $(READY)  ## check style, types and workflow
	@$(RUN) -m ruff check
	@$(RUN) -m ruff format --check
	@$(RUN) -m mypy
	@$(RUN) -m snakefmt --check workflow
	@$(RUN) -m snakemake --configfile config/test.yaml --lint

format: $(READY)  ## bring the code into shape
	@$(RUN) -m ruff check --fix
	@$(RUN) -m ruff format
	@$(RUN) -m snakefmt workflow

bench: $(READY)  ## measure the speed against other tools and against the machine's limit
	@$(RUN) benchmarks/run.py $(if $(DEVICE),--device $(DEVICE)) $(BENCH_ARGS)

bench-scale: $(READY)  ## measure what 50,000 photographs cost beside the computing
	@$(RUN) benchmarks/scale.py $(BENCH_ARGS)

gpu-check: $(READY)  ## run the tests that need a GPU
	@$(RUN) -m pytest -q -m gpu $(PYTEST_ARGS)

lock: $(READY)  ## pin the dependencies of pyproject.toml again: [UPGRADE=1]
	@$(RUN) -m pip install --quiet "uv>=0.9"
	@$(RUN) tools/lock.py $(if $(UPGRADE),--upgrade)

docs: $(READY)  ## write config/README.md from the configuration's schema
	@$(INPUTGRAD) docs

unlock: config-exists $(READY)  ## take off the lock of a run that another machine had
	@$(RUN) -m snakemake --snakefile "$(HERE)workflow/Snakefile" --configfile "$(CONFIG)" --cores 1 --unlock

clean:  ## remove the environment and the tools' caches; results stay
	@rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis
	@find scripts tests tools -name __pycache__ -type d -prune -exec rm -rf {} +

config-exists:
	@if [ ! -f "$(CONFIG)" ]; then \
		echo "no config file $(CONFIG); there are:" $(HERE)config/*.yaml >&2; exit 2; fi

# any Python can start the bootstrap, which looks for the one to use
$(READY): $(HERE)requirements.lock
	@for python in python3 python3.13 python3.12 python3.11 $(PYTHON); do \
		if "$$python" -c "" 2>/dev/null; then \
			exec "$$python" "$(HERE)tools/bootstrap.py" "$(VENV)" "$(HERE)requirements.lock" $(PYTHON); fi; done; \
	echo "no Python runs here: install 3.11 or newer, or name it: PYTHON=/path/to/python3" >&2; exit 1
