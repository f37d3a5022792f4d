"""Run `snakemake --lint` and report its findings, apart from one.

Snakemake wants all functions in a common file. Here the functions that only one rule uses stand above that
rule, so that a rule can be read in one place; what several stages share is in workflow/rules/common.smk.
"""

import re
import subprocess
import sys

ACCEPTED = "Mixed rules and functions in same snakefile."
FINDING = re.compile(r"^Lints for (?P<place>.+):$|^    \* (?P<title>.+):$", re.M)


def findings(text: str) -> list[str]:
    """Return the findings in the output of `snakemake --lint` with their places, without the accepted one."""
    found, place = [], ""
    for match in FINDING.finditer(text):
        if match["place"]:
            place = match["place"]
        elif match["title"] != ACCEPTED:
            found.append(f"{place}: {match['title']}")
    return found


def main() -> None:
    """Print the findings; exit with 1 if there are some, or with Snakemake's status if it could not lint."""
    command = [sys.executable, "-m", "snakemake", "--lint"]
    result = subprocess.run(command, capture_output=True, text=True)  # noqa: S603  a fixed command
    printed = result.stdout + result.stderr
    if result.returncode and not FINDING.search(printed):
        sys.exit(printed)
    problems = findings(printed)
    if problems:
        sys.exit(f"{printed}\nFindings to mend:\n" + "\n".join(problems))


if __name__ == "__main__":
    main()
