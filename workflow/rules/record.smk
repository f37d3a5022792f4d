"""Record: what a run took, and what it was made of."""


rule record:
    """What the run took."""
    input:
        record_files(),
    localrule: True


rule tabulate_resources:
    """Tabulate what the jobs of the stages took, and what their rules should ask for."""
    input:
        program="workflow/scripts/tabulate_resources.py",
        library=library_of("tabulate_resources.py"),
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
        mem_mb=scaled(500),
        runtime=scaled(10),
    params:
        settings=resources_settings,
        rules=names_of_benchmarks,
    shell:
        r"""
        python {input.program:q} \
            --rules {params.rules:q} \
            --benchmarks {input.benchmarks:q} \
            --settings {params.settings:q} \
            --jobs {output.jobs:q} \
            --csv {output.csv:q} \
            --markdown {output.markdown:q} \
            --latex {output.latex:q} \
            &>{log:q}
        """


rule plot_resources:
    """Draw where the run's time went, and the memory of its jobs beside what they had asked for."""
    input:
        program="workflow/scripts/plot_resources.py",
        library=library_of("plot_resources.py"),
        rules="<results>/record/resources.csv",
        jobs="<results>/record/jobs.csv",
        events="<results>/data/test.feather",
    output:
        png=report(
            "<results>/record/resources.png",
            caption="../report/resources.rst",
            category="Resources",
            labels={"figure": "Where the time went"},
        ),
        pdf="<results>/record/resources.pdf",
    log:
        "<logs>/record/plot_resources.log",
    conda:
        "../../envs/record.yaml"
    threads: 1
    resources:
        mem_mb=scaled(700),
        runtime=scaled(10),
    params:
        settings=settings(),
    shell:
        r"""
        python {input.program:q} \
            --rules {input.rules:q} \
            --jobs {input.jobs:q} \
            --events {input.events:q} \
            --output {output.png:q} {output.pdf:q} \
            &>{log:q}
        """


rule crate:
    """The study as an archive to pass on; neither part of the record, which the report shows, nor of all."""
    input:
        "<results>/record/crate.zip",
    localrule: True


rule write_crate:
    """Write workflow, config, figures, tables and report as a Workflow Run RO-Crate."""
    input:
        program="workflow/scripts/write_crate.py",
        library=library_of("write_crate.py"),
        workflow=crate_workflow,
        citation="CITATION.cff",
        results=crate_results(),
        config="<results>/config.yaml",
        events="<results>/data/test.feather",
    output:
        crate="<results>/record/crate.zip",
    log:
        "<logs>/record/write_crate.log",
    conda:
        "../../envs/record.yaml"
    threads: 1
    resources:
        mem_mb=scaled(1000),
        runtime=scaled(10),
    params:
        settings=crate_settings,
    shell:
        r"""
        python {input.program:q} \
            --workflow {input.workflow:q} \
            --citation {input.citation:q} \
            --settings {params.settings:q} \
            --results {input.results:q} \
            --config {input.config:q} \
            --events {input.events:q} \
            --output {output.crate:q} \
            &>{log:q}
        """
