"""What the rules ask of the configuration and the index. No torch is imported here."""

import gc
import os
import re
import sys
from pathlib import Path

# of this file, since the main Snakefile may be another workflow's that has this one as a module
SCRIPTS = Path(str(workflow.current_basedir)).parents[1] / "scripts"
sys.path.insert(0, str(SCRIPTS))

from snakemake.exceptions import WorkflowError
from snakemake.utils import update_config

from inputgrad.errors import InputgradError

# glibc returns memory to the system after every step unless told to keep it: a third of the speed
os.environ.setdefault("MALLOC_MMAP_MAX_", "0")
os.environ.setdefault("MALLOC_TRIM_THRESHOLD_", str(1 << 40))

# looking for garbage in a graph of thousands of jobs, which holds none, is a fifth of making it
gc.set_threshold(100_000, 20, 20)

OVERRIDES = workflow.config_settings.config  # --config key=value

try:
    from inputgrad.cells.plan import identities
    from inputgrad.config.reading import read_config
    from inputgrad.jobs import changes, regeneration
    from inputgrad.jobs.dag import IMAGE_TABLES, Dag
    from inputgrad.jobs.known import remember
    from inputgrad.jobs.locks import Lock
    from inputgrad.jobs.shared_folder import check_folder
    from inputgrad.jobs.stamp import adopt
    from inputgrad.registry import JUDGE, JUDGEMENTS, TECHNIQUES, TRAIN
    from inputgrad.report.pdf import probe

    # read again: Snakemake's own reader takes 0130 for octal and drops repeated keys
    if not workflow.modifier.skip_configfile:  # else a module, whose user gives the configuration
        config.clear()
        for file in workflow.configfiles:
            update_config(config, read_config(Path(file)))
        update_config(config, OVERRIDES)
    JOBS = Dag.from_config(config)
    if workflow.remote_exec:  # a job that a scheduler has started
        check_folder(JOBS.results)
        changes.check(changes.state(JOBS.config), results=JOBS.results)
    LISTING = JOBS.listing_digest()
except InputgradError as error:
    raise WorkflowError(str(error)) from None

RESULTS = JOBS.results
PDF_ENGINE = probe()  # before any computation: WeasyPrint dies at import without Pango
NOTES = Path(".snakemake")
if workflow.is_main_process:
    changes.begin(changes.state(JOBS.config), notes=NOTES)
MARK = adopt(RESULTS, notes=NOTES)  # newer than outputs that were made elsewhere
MODEL = "|".join(map(re.escape, JOBS.models))


wildcard_constraints:
    model=MODEL,
    batch="[0-9a-f]{12}",
    group="[0-9a-f]{12}",
    key="[0-9a-f]{12}",


def sample():
    """What is known once `add_images` has chosen the photographs."""
    checkpoints.add_images.get()
    return JOBS


def of_batch(table):
    """Cells of one (model, batch)."""
    return lambda wildcards: JOBS.batch_cells(table, wildcards.model, wildcards.batch)


def of_training(wildcards):
    """Cells of one training of an attack."""
    return JOBS.training_cells(wildcards.model, wildcards.key)


def of_group(wildcards):
    """Cells of one (model, group of classes)."""
    return sample().group_cells(wildcards.model, wildcards.group)


def of_judge(wildcards):
    """Cells of what one model judges of a batch or group."""
    return sample().judge_cells(wildcards.model, wildcards.key)


def of_exemplars(wildcards):
    """Cells that hold the pictures of one model's exemplars."""
    from inputgrad.jobs.exemplars import wanted_cells
    from inputgrad.jobs.listing import chosen_exemplars

    chosen = chosen_exemplars(sample())
    return [cell for cell, _ in wanted_cells(JOBS, wildcards.model, chosen)]


def planned(cells):
    """Identities of the cells that a function finds: a rule's `params`."""
    return lambda wildcards: identities(cells(wildcards))


def wall_time(cells):
    """Minutes that a scheduler gives to a job with these cells; on this machine no job has a limit."""
    submitting = lambda: workflow.non_local_exec and workflow.is_main_process
    return lambda wildcards, attempt: (
        JOBS.minutes(cells(wildcards), attempt=attempt) if submitting() else None
    )


def per_batch(rule):
    """Row files of a rule for every model and batch of the sample."""
    return lambda wildcards: [
        RESULTS / rule / model / f"{batch}.parquet"
        for batch in sample().index().batches
        for model in JOBS.models
    ]


def per_group(ending):
    """Files of `visualize_classes` for every model and group of classes."""
    return [
        RESULTS / "visualize_classes" / model / f"{group}.{ending}"
        for model in JOBS.models
        for group in JOBS.groups
    ]


def maps_to_attack_by(wildcards):
    """Row files of the jobs whose maps the attacks on a batch make use of, if any do.

    Not `ancient`: Snakemake passes a job over, whatever its own `params` and mark say, when it runs
    what all its inputs from that job are `ancient` of.
    """
    return [
        RESULTS / TECHNIQUES[table].rule / wildcards.model / f"{wildcards.batch}.parquet"
        for table in JOBS.before("adversarial")
    ]


def trainings_of_attacks(wildcards):
    """Row files of the jobs in which attacks on a model are trained; not `ancient` either."""
    return [RESULTS / TRAIN / wildcards.model / f"{key}.parquet" for key in JOBS.trainings]


def every_job(wildcards):
    """Row files of all jobs that compute cells."""
    batches = [
        f for technique in IMAGE_TABLES for f in per_batch(TECHNIQUES[technique].rule)(wildcards)
    ]
    judged = [RESULTS / JUDGE / model / f"{key}.parquet" for model, key in sample().judging()]
    trained = [
        RESULTS / TRAIN / model / f"{k}.parquet" for model in JOBS.models for k in JOBS.trainings
    ]
    return batches + per_group("parquet") + judged + trained


def judged_rows(wildcards):
    """Row files of the jobs whose images a job judges, of every model; not `ancient` either."""
    if wildcards.key in JOBS.groups:
        rules = {"visualize_classes"}
    else:
        rules = {TECHNIQUES[t].rule for t in IMAGE_TABLES if t in JUDGEMENTS}
    return [
        RESULTS / rule / model / f"{wildcards.key}.parquet"
        for rule in sorted(rules)
        for model in JOBS.models
    ]


def weights_file(wildcards):
    """The local file with a model's weights, where it has one.

    One with braces, Snakemake's wildcards, is left out; its hash is in the identities anyway.
    """
    path = JOBS.config.models[wildcards.model].path
    return [] if path is None or "{" in str(path) else ancient(str(path))


def memory(wildcards, attempt):
    """Declared memory of one job with the model, MB; half as much again with each attempt."""
    return _with_attempts(JOBS.config.models[wildcards.model].memory_mb, attempt)


def memory_to_judge(wildcards, attempt):
    """That of the judge and of the largest other model, which may have to compute what is judged."""
    others = (m.memory_mb for name, m in JOBS.config.models.items() if name != wildcards.model)
    return memory(wildcards, attempt) + _with_attempts(max(others, default=0), attempt)


def _with_attempts(mb, attempt):
    return mb + mb * (attempt - 1) // 2


if regeneration.regenerating():

    envvars:
        regeneration.VARIABLE,  # jobs on other machines get it as well


onstart:
    known = remember(RESULTS, map(Path, workflow.configfiles), OVERRIDES, config)
    Lock(NOTES, RESULTS).take(str(known))
    if regeneration.regenerating():
        regeneration.begin(RESULTS)
    if PDF_ENGINE.remedy:
        print(
            f"The PDF will lack page references and running heads; {PDF_ENGINE.remedy}",
            file=sys.stderr,
        )


onsuccess:
    regeneration.finish(RESULTS)
