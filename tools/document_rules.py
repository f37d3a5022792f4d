"""Write the reference of the workflow's rules: their graph, and what each does, from its docstring."""

import re
import subprocess
import sys
from collections import defaultdict
from pathlib import Path
from textwrap import dedent

import matplotlib.pyplot as plt
import networkx as nx

STAGES = ("data", "efp", "train", "search", "evaluate", "figures", "record")
RULE = re.compile(
    r'^(?P<indent> *)rule (?P<name>\w+):\n +"""(?P<text>.*?)"""\n(?P<body>.*?)(?=^(?P=indent)\S|\Z)',
    re.M | re.S,
)
MODULE = re.compile(r'\A"""(?P<text>.*?)"""', re.S)
OUTPUT = re.compile(r"^output:\n(?P<lines>(?: {4}.*\n)+)", re.M)
FILE = re.compile(r'"(<[a-z]+>/[^"]*)"')
NODE = re.compile(r'^\s*(\d+)\s*\[label = "(\w+)"', re.M)
EDGE = re.compile(r"^\s*(\d+) -> (\d+)", re.M)


def rules_of(root: Path, stage: str) -> list[dict]:
    """Return name, text and output files of every rule of a stage."""
    text = (root / "workflow" / "rules" / f"{stage}.smk").read_text()
    rules = []
    for match in RULE.finditer(text):
        output = OUTPUT.search(dedent(match["body"]))
        rules.append(
            {
                "name": match["name"],
                "text": " ".join(match["text"].split()),
                "output": FILE.findall(output["lines"]) if output else [],
            }
        )
    return rules


def page(root: Path) -> str:
    """Return the page of rules as Markdown."""
    lines = [
        "# Rules",
        "",
        "Every rule, stage by stage, with the files that it writes; made from the rules' docstrings.",
        "",
        "![Graph of the rules of the default study, from the events to figures and report](rules.svg)",
        "",
        "*Which rule needs the results of which in the default study, without targets, records, and what "
        "other arrows imply.*",
        "",
    ]
    for stage in STAGES:
        text = (root / "workflow" / "rules" / f"{stage}.smk").read_text()
        lines += [f"## {stage}", "", " ".join(MODULE.match(text)["text"].split()), ""]
        for rule in rules_of(root, stage):
            lines += [f"### {rule['name']}", "", rule["text"], ""]
            lines += [*(f"- `{path}`" for path in rule["output"]), ""] if rule["output"] else []
    return "\n".join(lines)


def graph(root: Path) -> list[tuple[str, str]]:
    """Return (rule, rule that needs it) of the default study."""
    command = [sys.executable, "-m", "snakemake", "--rulegraph", "dot", "--quiet", "all", "--forceall"]
    result = subprocess.run(  # noqa: S603  a fixed command
        command, cwd=root, check=True, capture_output=True, text=True
    )
    dot = result.stdout
    names = dict(NODE.findall(dot))
    return [(names[first], names[second]) for first, second in EDGE.findall(dot)]


def draw(root: Path, path: Path) -> None:
    """Draw the graph of rules: a column per stage."""
    place, members = {}, defaultdict(list)
    stages = {rule["name"]: stage for stage in STAGES for rule in rules_of(root, stage)}
    # What all figures need, what collects everything, and edges that others imply would hide the rest.
    kept = {
        name
        for name, stage in stages.items()
        if stage != "record" and name not in (*STAGES, "describe_sample", "build_gallery", "build_report")
    }
    order = {name: number for number, name in enumerate(stages)}
    edges = [edge for edge in graph(root) if kept.issuperset(edge)]
    onwards = nx.DiGraph(edge for edge in edges if order[edge[0]] < order[edge[1]])
    # A pass of a search needs the one before it: these edges lead back.
    edges = [
        *nx.transitive_reduction(onwards).edges,
        *(edge for edge in edges if order[edge[0]] > order[edge[1]]),
    ]
    for name in dict.fromkeys(name for edge in edges for name in edge):
        members[stages[name]].append(name)
    tallest = max(map(len, members.values()))
    columns = [stage for stage in STAGES if members[stage]]
    for column, stage in enumerate(columns):
        names = sorted(members[stage], key=list(stages).index)
        for row, name in enumerate(names):
            place[name] = (column, -(row + 0.5) * tallest / len(names))
    figure, axes = plt.subplots(figsize=(15, 0.45 * tallest + 1), layout="constrained")
    for first, second in edges:
        axes.annotate(
            "",
            place[second],
            place[first],
            arrowprops={"arrowstyle": "-|>", "color": "#8aa", "lw": 0.7, "connectionstyle": "arc3,rad=0.08"},
            zorder=1,
        )
    for name, (x, y) in place.items():
        box = {"boxstyle": "round", "facecolor": "#eef4fa", "edgecolor": "#0b559f", "linewidth": 0.8}
        axes.text(x, y, name, ha="center", va="center", fontsize=8, bbox=box, zorder=2)
    for column, stage in enumerate(columns):
        axes.text(column, 0.6, stage, ha="center", fontsize=11, fontweight="bold")
    axes.set(xlim=(-0.5, len(columns) - 0.5), ylim=(-tallest, 1))
    axes.axis("off")
    figure.savefig(path, metadata={"Date": None})
    plt.close(figure)


def write(root: Path, folder: Path) -> None:
    """Write `rules.md` and `rules.svg` into a folder."""
    (folder / "rules.md").write_text(page(root))
    draw(root, folder / "rules.svg")
