"""From calorimeter images of electron candidates to trained classifiers and what explains them.

The stages follow one another: data -> efp -> train -> search -> figures. Each has its rules in
workflow/rules/{stage}.smk, its environment in envs/{stage}.yaml, its section in config/config.yaml, its
files under <results>/{stage}/ and a target of its name: `snakemake --cores 8 efp`.
"""

from snakemake.utils import min_version

min_version("9.20")


configfile: "config/config.yaml"


report: "workflow/report/workflow.rst"


include: "workflow/rules/common.smk"


pathvars:
    results=config["results"],
    logs=f"{config['results']}/logs",
    benchmarks=f"{config['results']}/benchmarks",


include: "workflow/rules/data.smk"
include: "workflow/rules/efp.smk"
include: "workflow/rules/train.smk"
include: "workflow/rules/search.smk"
include: "workflow/rules/figures.smk"
include: "workflow/rules/record.smk"


shell.prefix(shell_prefix(config["results"]))


onstart:
    hold_run_lock()
    refuse_living_jobs(Path.cwd())
    write_manifest(
        config, workflow.executor_plugin.name, map(str, workflow.deployment_settings.deployment_method)
    )


onerror:
    tell_ends_of_jobs(log)
    tell_if_disk_is_full()


rule all:
    """The whole study, with its report."""
    default_target: True
    input:
        rules.data.input,
        rules.efp.input,
        rules.train.input,
        rules.search.input,
        rules.figures.input,
        rules.build_report.output,
    localrule: True
