"""The explorer: one HTML page to look at the candidates of searches, and at events by their scores."""

import base64
import gzip
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from bokeh.embed import json_item
from bokeh.model import Model
from bokeh.resources import Resources
from jinja2 import Environment

from leptonid.figures.explorer_candidates import SearchView, candidates_plot
from leptonid.figures.explorer_events import EventsView, image_plots, scores_plot
from leptonid.figures.gallery import SMALL_LIMIT

# The page in the report shows no fewer events and candidates than this, if there are as many.
LEAST_EVENTS, LEAST_CANDIDATES = 250, 500

# Of compression: the highest takes six times as long and saves 5 %.
LEVEL = 6

# How Bokeh names the parts of a plot.
IDENTIFIER = re.compile(r'(?<=")p\d{4,}(?=")')


@dataclass(frozen=True)
class Explorer:
    """What the explorer shows; `events` is None without classifiers."""

    searches: Sequence[SearchView]
    events: EventsView | None
    label: str


@dataclass(frozen=True)
class Frame:
    """What is around the data: the template of the page (HTML, jinja) and what makes it move (JavaScript)."""

    template: str
    script: str


def pages(explorer: Explorer, frame: Frame) -> tuple[str, str]:
    """Return the whole page, and one that is small enough for the report and says what it leaves out."""
    whole = _page(explorer, explorer, frame)
    return whole, whole if len(whole) <= SMALL_LIMIT else _small_page(explorer, frame, len(whole))


def _small_page(explorer: Explorer, frame: Frame, size: int) -> str:
    """Return a page of at most `SMALL_LIMIT` characters, or else the smallest.

    It has half of the events, again and again, and then half of the candidates.
    """
    small = explorer
    while size > SMALL_LIMIT and (fewer := _fewer(small)):
        size += _size(fewer) - _size(small)
        small = fewer
    return _page(small, explorer, frame)


def _fewer(explorer: Explorer) -> Explorer | None:
    """Return an explorer with half of the events, or else of the candidates; None if both are few."""
    events = explorer.events
    if events and len(events.y) > LEAST_EVENTS:
        return replace(explorer, events=events.fewer(max(LEAST_EVENTS, len(events.y) // 2)))
    most = max((len(search) for search in explorer.searches), default=0)
    if most <= LEAST_CANDIDATES:
        return None
    fewest = max(LEAST_CANDIDATES, most // 2)
    return replace(explorer, searches=[search.best(fewest) for search in explorer.searches])


def _size(explorer: Explorer) -> int:
    return sum(map(len, _data(explorer).values()))


def _data(explorer: Explorer) -> dict[str, str]:
    """Return the data of both views as they stand in the page."""
    searches = [search.content() for search in explorer.searches]
    return {
        "searches": _packed(json.dumps(searches, separators=(",", ":"))),
        "events": _packed(
            json.dumps(explorer.events.content() if explorer.events else None, separators=(",", ":"))
        ),
    }


def _page(explorer: Explorer, whole: Explorer, frame: Frame) -> str:
    """Return the page, which needs no other file: the script unpacks Bokeh, the plots and the data."""
    plots = {}
    if explorer.searches:
        plots["candidates"] = _embedded(candidates_plot())
    if explorer.events:
        plots["scores"] = _embedded(scores_plot(explorer.events))
        plots |= {name: _embedded(plot) for name, plot in image_plots(explorer.events).items()}
    (library,) = Resources(mode="inline", components=["bokeh"], minified=True).js_raw[:1]
    packed = {"library": _packed(library), "plots": _packed(json.dumps(plots))}
    environment = Environment(autoescape=True)
    return environment.from_string(frame.template).render(
        label=explorer.label,
        script=frame.script,
        packed={**packed, **_data(explorer)},
        searches=explorer.searches,
        events=explorer.events,
        left_out=_left_out(explorer, whole),
    )


def _left_out(explorer: Explorer, whole: Explorer) -> str:
    """Return what a page leaves out, as words; empty if nothing."""
    parts = []
    if whole.events and len(explorer.events.y) < len(whole.events.y):
        parts.append(f"{len(explorer.events.y):,} of {len(whole.events.y):,} events")
    for own, all_of_it in zip(explorer.searches, whole.searches, strict=True):
        if len(own) < len(all_of_it):
            parts.append(f"of search {own.name} the {len(own):,} best of {len(all_of_it):,} candidates")
    return " and ".join(parts)


def _embedded(plot: Model) -> dict:
    """Return a plot as JSON; the same plot gives the same, whatever Bokeh numbered before."""
    text = json.dumps(json_item(plot))
    numbers: dict[str, str] = {}
    return json.loads(IDENTIFIER.sub(lambda match: numbers.setdefault(match[0], f"m{len(numbers)}"), text))


def _packed(text: str) -> str:
    return base64.b64encode(gzip.compress(text.encode(), LEVEL, mtime=0)).decode()
