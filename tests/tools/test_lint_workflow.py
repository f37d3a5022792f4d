"""Findings of Snakemake's linter are reported, apart from the accepted one."""

import lint_workflow

PRINTED = """Lints for snakefile /a/workflow/rules/data.smk:
    * Mixed rules and functions in same snakefile.:
      Small one-liner functions used only once should be defined as lambda

Lints for rule plot_roc (line 3, /a/workflow/rules/figures.smk):
    * No log directive defined:
      Without a log directive, all output will be printed to the terminal. In
"""


def test_all_findings_but_the_accepted_one_are_reported():
    assert lint_workflow.findings(PRINTED) == [
        "rule plot_roc (line 3, /a/workflow/rules/figures.smk): No log directive defined"
    ]
