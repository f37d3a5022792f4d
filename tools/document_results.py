"""Write docs/results.md, and the pictures of the docs, from a finished default study: results of `make run`.

python tools/document_results.py results
"""

import argparse
import json
import re
from pathlib import Path

import numpy as np
from matplotlib.path import Path as Outline

ROOT = Path(__file__).parents[1]
PICTURES = ("roc", "search_hl")

# Outlines of pictures may move by so many points, a fourteenth of a millimetre; only long ones are worth it.
TOLERANCE = 0.2
LONG = 50
POINT = re.compile(r"[ML] (\S+) (\S+)")

PAGE = """# Results of the default study

What `make run` gives, on our own simulation, which stands in for the published events.

`make results-page` writes this page from a finished study: commit {commit}, started {started} on
{machine}, with {software}. Another machine rounds differently, so that its
networks differ, and a search can choose another observable where several order the events nearly alike
(the `runners_up` in its `choice.json`).

## Classifiers

{auc}

![ROC curves of all sets of inputs of the default study, with a table of their AUCs](images/roc.svg)
{searches}"""

SEARCH = """
## Search `{name}`

{table}
"""


def main(argv: list[str] | None = None) -> None:
    """Write the page and its pictures."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("results", type=Path, help="folder of the results")
    results = parser.parse_args(argv).results
    docs = ROOT / "docs"
    (docs / "results.md").write_text(page(results), encoding="utf-8")
    for name in PICTURES:
        picture = (results / f"figures/{name}.svg").read_text(encoding="utf-8")
        (docs / f"images/{name}.svg").write_text(shortened(picture), encoding="utf-8")


def page(results: Path) -> str:
    """Return the text of the page.

    Raises
    ------
    SystemExit
        If the study has uncommitted changes or options of its own, so that `make run` would not give its
        results.
    """
    manifest = json.loads((results / "manifest.json").read_text(encoding="utf-8"))
    if not manifest["git"]["clean"]:
        raise SystemExit(f"{results}: made from uncommitted changes; commit them and run again")
    if "--config" in manifest["command"]:
        raise SystemExit(f"{results}: not the default study, but {manifest['command']}")
    machine, software = manifest["machine"], manifest["software"]
    searches = sorted(path.stem.removeprefix("search_") for path in results.glob("tables/search_*.md"))
    return PAGE.format(
        commit=manifest["git"]["commit"][:12],
        started=manifest["started"][:10],
        machine=f"{machine['cores']} cores of {machine['processor']}",
        software=f"TensorFlow {software['tensorflow']} and NumPy {software['numpy']}",
        auc=table(results / "tables/auc.md"),
        searches="".join(
            SEARCH.format(name=name, table=table(results / f"tables/search_{name}.md")) for name in searches
        ),
    )


def table(path: Path) -> str:
    """Return a printed table without its drawings, which the docs do not have."""
    return re.sub(r"<img [^>]*> ", "", path.read_text(encoding="utf-8")).strip()


def shortened(svg: str) -> str:
    """Return a picture with fewer points in long outlines, such as those of bands of ROC curves."""
    return re.sub(r'(?<= d=")M[^"QC]*', lambda match: re.sub("M[^M]*", _with_fewer_points, match[0]), svg)


def _with_fewer_points(match: re.Match) -> str:
    points = np.array(POINT.findall(match[0]), dtype=float)
    if len(points) <= LONG:
        return match[0]
    outline = Outline(points)
    outline.simplify_threshold = TOLERANCE
    outline = outline.cleaned(simplify=True)
    kept = outline.vertices[outline.codes != Outline.STOP]
    return "M" + " ".join(f"{x:.1f} {y:.1f}" for x, y in kept) + ("z" if "z" in match[0] else "")


if __name__ == "__main__":
    main()
