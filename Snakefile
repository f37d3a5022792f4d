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


onstart:
    hold_run_lock()


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
