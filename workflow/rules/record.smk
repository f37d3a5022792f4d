"""Record: the resources that a run used, and its results as an archive."""

from collections import Counter
from functools import cache

from leptonid.internals.snakemake import jobs_of_targets
from leptonid.study.config import layout_path


def record_files():
    """Return the tables and the figure of resources."""
    return [
        "<results>/record/jobs.csv",
        *expand("<results>/record/resources.{suffix}", suffix=["csv", "md", "tex", "png", "pdf"]),
    ]


rule record:
    """The resources that the run used."""
    input:
        record_files(),
    localrule: True


@cache
def jobs_of_stages():
    """Return stage, rule and benchmark file ("" without one) of every job of the stages, sorted."""
    return sorted(
        (stage, rule, benchmark or "") for rule, stage, benchmark in jobs_of_targets(workflow, STAGES)
    )


def benchmark_files(wildcards):
    """Return the benchmark files of these jobs; those that other configs left behind do not count."""
    return [benchmark for _, _, benchmark in jobs_of_stages() if benchmark]


def resources_settings(wildcards):
    """Return how many of `benchmark_files` belong to each rule, in their order, and the jobs without one."""
    measured = Counter((stage, rule) for stage, rule, benchmark in jobs_of_stages() if benchmark)
    return as_settings(
        measured=[[stage, rule, count] for (stage, rule), count in measured.items()],
        unmeasured=Counter(rule for _, rule, benchmark in jobs_of_stages() if not benchmark),
    )


rule tabulate_resources:
    """Tabulate the resources that the jobs of the stages used, and what their rules should request."""
    input:
        program="workflow/scripts/record/tabulate_resources.py",
        library=library_of("record/tabulate_resources.py"),
        benchmarks=benchmark_files,
    output:
        jobs="<results>/record/jobs.csv",
        csv=report(
            "<results>/record/resources.csv",
            caption="../report/resources.rst",
            category="Resources",
            labels={"figure": "Table of rules"},
        ),
        markdown="<results>/record/resources.md",
        latex="<results>/record/resources.tex",
    log:
        "<logs>/record/tabulate_resources.log",
    conda:
        "../../envs/record.yaml"
    threads: 1
    resources:
        mem_mb=scale_with_inputs(500),
        runtime=scale_with_inputs(10),
    params:
        settings=resources_settings,
    shell:
        r"""
        python {input.program:q} \
            --benchmarks {input.benchmarks:q} \
            --settings {params.settings:q} \
            --jobs {output.jobs:q} \
            --csv {output.csv:q} \
            --markdown {output.markdown:q} \
            --latex {output.latex:q} \
            &>{log:q}
        """


rule plot_resources:
    """Draw the core time of the rules, and the memory that their jobs used and requested."""
    input:
        program="workflow/scripts/record/plot_resources.py",
        library=library_of("record/plot_resources.py"),
        rules="<results>/record/resources.csv",
        jobs="<results>/record/jobs.csv",
        sample=paths.SAMPLE,
    output:
        png=report(
            "<results>/record/resources.png",
            caption="../report/resources.rst",
            category="Resources",
            labels={"figure": "Core time and memory"},
        ),
        pdf="<results>/record/resources.pdf",
    log:
        "<logs>/record/plot_resources.log",
    conda:
        "../../envs/record.yaml"
    threads: 1
    resources:
        mem_mb=scale_with_inputs(700),
        runtime=scale_with_inputs(10),
    shell:
        r"""
        python {input.program:q} \
            --rules {input.rules:q} \
            --jobs {input.jobs:q} \
            --sample {input.sample:q} \
            --output {output.png:q} {output.pdf:q} \
            &>{log:q}
        """


rule crate:
    """The study as an archive to pass on; part of neither `record` nor `all`."""
    input:
        "<results>/record/crate.zip",
    localrule: True


def crate_workflow(wildcards):
    """Return the files of the workflow that the crate needs to be run again."""
    root = ["CITATION.cff", "LICENSE", "Makefile", "README.md", "pyproject.toml", "uv.lock"]
    others = [path for folder in ("config", "profiles", "tools") for path in Path(folder).rglob("*")]
    layout = layout_path(config["data"]["layout"]).resolve()
    if layout.is_relative_to(Path.cwd()):
        others.append(layout.relative_to(Path.cwd()))
    suffixes = (".md", ".py", ".yaml", ".yml")
    return sorted({*code_files(), *root, *(str(path) for path in others if path.suffix in suffixes)})


def crate_results():
    """Return the results that the crate holds, beside config and manifests."""
    return ["<results>/report.html", *figure_files(), *record_files()]


rule write_crate:
    """Write workflow, config, figures, tables and report as a Workflow Run RO-Crate."""
    input:
        program="workflow/scripts/record/write_crate.py",
        library=library_of("record/write_crate.py"),
        workflow=crate_workflow,
        citation="CITATION.cff",
        results=crate_results(),
        config="<results>/config.yaml",
        sample=paths.SAMPLE,
    output:
        crate="<results>/record/crate.zip",
    log:
        "<logs>/record/write_crate.log",
    conda:
        "../../envs/record.yaml"
    threads: 1
    resources:
        mem_mb=scale_with_inputs(1000),
        runtime=scale_with_inputs(10),
    params:
        settings=config_settings("results"),
    shell:
        r"""
        python {input.program:q} \
            --workflow {input.workflow:q} \
            --citation {input.citation:q} \
            --settings {params.settings:q} \
            --results {input.results:q} \
            --config {input.config:q} \
            --sample {input.sample:q} \
            --output {output.crate:q} \
            &>{log:q}
        """
