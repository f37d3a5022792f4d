"""From calorimeter images to trained classifiers and the observables that explain them.

The stages follow one another: data -> efp -> train -> search -> evaluate -> figures; record stands beside them.
Each has its rules in workflow/rules/{stage}.smk, its environment in envs/{stage}.yaml, its files under
<results>/{stage}/ and a target of its name: `snakemake --cores 8 efp`.
"""

from snakemake.utils import min_version

min_version("9.20")


include: "workflow/rules/start.smk"


configfile: "config/config.yaml"


include: "workflow/rules/common.smk"


pathvars:
    results=config["results"],
    logs=f"{config['results']}/logs",
    benchmarks=f"{config['results']}/benchmarks",


include: "workflow/rules/data.smk"
include: "workflow/rules/efp.smk"
include: "workflow/rules/train.smk"
include: "workflow/rules/search.smk"
include: "workflow/rules/evaluate.smk"
include: "workflow/rules/figures.smk"
include: "workflow/rules/record.smk"


report: report_text()


shell.prefix(shell_prefix(config["results"]))

show_progress(workflow)


onstart:
    hold_run_lock()
    refuse_living_jobs(Path.cwd())
    write_manifest(
        config, workflow.executor_plugin.name, map(str, workflow.deployment_settings.deployment_method)
    )


onsuccess:
    report_result(config["results"])


onerror:
    report_slurm_reasons(log)
    report_full_disk(config["results"])


rule all:
    """The whole study, with its report."""
    default_target: True
    input:
        rules.data.input,
        rules.efp.input,
        rules.train.input,
        rules.search.input,
        rules.evaluate.input,
        rules.figures.input,
        rules.build_report.output,
    localrule: True


# See start.smk.
gc.freeze()
gc.enable()
