// The explorer's script: unpacks Bokeh and the data, and moves both views. Texts of the study only ever become text.
"use strict";

const SVG = "http://www.w3.org/2000/svg";
const SCALE = 10000;
// Powers of ten of the colours of mean images. Those of a single one begin at the smallest energy in the sample.
const DECADES = 4;

const byId = (id) => document.getElementById(id);

async function unpacked(name) {
  const bytes = Uint8Array.from(atob(byId(`packed-${name}`).textContent), (letter) => letter.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Response(stream).text();
}

function element(tag, options = {}, ...children) {
  const made = Object.assign(document.createElement(tag), options);
  made.append(...children);
  return made;
}

function drawn(tag, attributes, ...children) {
  const made = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

function fill(select, entries, value) {
  select.replaceChildren(...entries.map(([key, title]) => element("option", { value: key, textContent: title })));
  select.value = value;
}

async function shownPlot(plots, name) {
  await Bokeh.embed.embed_item(plots[name], byId(`${name}-plot`));
  return Bokeh.documents[Bokeh.documents.length - 1];
}

// ---------------------------------------------------------------- candidates

const MARKER_PATHS = {
  circle: "M1 5a4 4 0 1 0 8 0a4 4 0 1 0-8 0z",
  triangle: "M5 1L9.5 9H.5z",
  square: "M1 1H9V9H1z",
  diamond: "M5 0L9 5L5 10L1 5z",
  inverted_triangle: "M5 9L.5 1H9.5z",
  hex: "M2.5 1H7.5L10 5L7.5 9H2.5L0 5z",
  star: "M5 0L6.4 3.6H10L7 5.9L8.2 10L5 7.5L1.8 10L3 5.9L0 3.6H3.6z",
};

function graphDrawing(graph) {
  const half = graph.side / 2;
  return drawn(
    "svg",
    { class: "drawing", viewBox: `${-half} ${-half} ${graph.side} ${graph.side}`, role: "img", "aria-label": graph.name },
    drawn("path", { d: graph.path, fill: "none", stroke: "black", "stroke-width": graph.width }),
    ...graph.vertices.map(([cx, cy]) => drawn("circle", { cx, cy, r: graph.radius })),
  );
}

class Candidates {
  constructor(searches, plot) {
    this.searches = searches;
    this.points = plot.get_model_by_name("candidates");
    this.chosen = plot.get_model_by_name("chosen");
    this.figure = plot.roots()[0];
    fill(byId("search"), searches.map((search, place) => [place, `${search.name} (explains ${search.black_box})`]), 0);
    byId("search").onchange = () => this.showSearch();
    for (const id of ["pass", "across", "alike-with"]) byId(id).onchange = () => this.show();
    byId("alike").oninput = () => this.show();
    this.points.inspect.connect(() => this.point(this.points.inspected.indices[0]));
    this.points.selected.properties.indices.change.connect(() => {
      this.kept = this.points.selected.indices.length ? this.points.data.row[this.points.selected.indices[0]] : null;
      if (this.kept !== null) this.describe(this.kept);
    });
    this.showSearch();
  }

  showSearch() {
    const search = (this.search = this.searches[byId("search").value]);
    this.titles = new Map(search.titles);
    this.kept = null;
    const passes = search.chosen.map((row, place) => [place, `${place + 1}: chose ${this.title(row)}`]);
    fill(byId("pass"), passes, 0);
    const correlations = search.chosen.map((row, place) => [place, `rank correlation with ${place + 1}: ${this.title(row)}`]);
    fill(byId("across"), [["auc", "AUC alone"], ...correlations], "auc");
    const choices = search.chosen.map((row, place) => [place, `choice ${place + 1}`]);
    fill(byId("alike-with"), [["before", "choices before"], ...choices], "before");
    byId("alike").value = 1;
    this.showFilters();
    byId("candidate").replaceChildren(element("p", { className: "faint", textContent: search.guided }));
    this.show();
  }

  title(row) {
    if (this.titles.has(row)) return this.titles.get(row);
    const { search } = this;
    const powers = [`κ = ${search.kappas[search.kappa[row]]}`];
    if (search.beta[row] >= 0) powers.push(`β = ${search.betas[search.beta[row]]}`);
    return [`${search.calorimeters[search.calorimeter[row]]} ${search.graphs[search.graph[row]].name}`, ...powers].join(", ");
  }

  showFilters() {
    const { search } = this;
    const of = (name) => (row) => (search.graph[row] < 0 ? null : search.graphs[search.graph[row]][name]);
    const values = (name) => [...new Set(search.graphs.map((graph) => graph[name]))].sort((a, b) => a - b);
    const sizes = (name, title) => ({ title, of: of(name), entries: values(name).map((value) => [value, `${value}`]) });
    const powers = (column, titles) => ({
      of: (row) => (search[column][row] < 0 ? null : search[column][row]),
      entries: titles.map((text, place) => [place, text]),
    });
    const sources = search.calorimeters.map((text, place) => [place, text]);
    if (search.calorimeter.includes(-1)) sources.push([-1, "variables"]);
    this.filters = [
      { title: "Calorimeter", of: (row) => search.calorimeter[row], entries: sources, marker: true },
      { title: "κ", ...powers("kappa", search.kappas), color: true },
      { title: "β", ...powers("beta", search.betas) },
      sizes("n", "vertices n"),
      sizes("d", "edges d"),
      sizes("chromatic", "chromatic c"),
    ].filter((filter) => filter.entries.length);
    byId("filters").replaceChildren(...this.filters.map((filter) => this.chips(filter)));
  }

  chips(filter) {
    filter.off = new Set();
    const chips = filter.entries.map(([value, text]) => {
      const chip = element("button", { className: "chip" });
      chip.setAttribute("aria-pressed", "true");
      const marker = filter.marker && this.search.markers[value < 0 ? this.search.markers.length - 1 : value];
      if (marker) chip.append(drawn("svg", { viewBox: "0 0 10 10" }, drawn("path", { d: MARKER_PATHS[marker] })));
      if (filter.color) {
        const fill = this.search.colors[value];
        chip.append(drawn("svg", { viewBox: "0 0 10 10" }, drawn("path", { d: MARKER_PATHS.square, fill })));
      }
      chip.append(text);
      chip.onclick = () => {
        const off = !filter.off.delete(value) && filter.off.add(value);
        chip.setAttribute("aria-pressed", String(!off));
        this.show();
      };
      return chip;
    });
    return element("fieldset", {}, element("b", { textContent: filter.title }), ...chips);
  }

  // The passes whose choices a candidate may not be too much like.
  get likened() {
    const value = byId("alike-with").value;
    return value === "before" ? [...Array(this.pass).keys()] : [Number(value)];
  }

  get pass() {
    return Number(byId("pass").value);
  }

  show() {
    const { search, pass, likened } = this;
    if (!search.chosen.length) {
      byId("shown").textContent = "This search chose nothing.";
      this.points.data = { x: [], y: [], color: [], marker: [], size: [], row: [] };
      this.chosen.data = { x: [], y: [], text: [] };
      return;
    }
    const across = byId("across").value;
    const xs = across === "auc" ? search.auc : search.correlation[across];
    const ys = search.ado[pass];
    const most = Number(byId("alike").value);
    byId("alike-value").textContent = most.toFixed(2);
    const data = { x: [], y: [], color: [], marker: [], size: [], row: [] };
    const last = search.markers.length - 1;
    let compared = 0;
    for (let row = 0; row < ys.length; row += 1) {
      if (ys[row] === null || xs[row] === null) continue;
      compared += 1;
      if (this.filters.some((filter) => filter.off.has(filter.of(row)))) continue;
      if (most < 1 && likened.some((place) => Math.abs(search.correlation[place][row]) > most * SCALE)) continue;
      const isEfp = search.graph[row] >= 0;
      data.x.push(xs[row] / SCALE);
      data.y.push(ys[row] / SCALE);
      data.color.push(isEfp ? search.colors[search.kappa[row]] : "#000000");
      data.marker.push(search.markers[search.calorimeter[row] < 0 ? last : search.calorimeter[row]]);
      data.size.push(isEfp ? 5 : 11);
      data.row.push(row);
    }
    this.points.selected.indices = [];
    this.points.data = data;
    byId("shown").textContent = `${data.row.length.toLocaleString("en")} of ${compared.toLocaleString("en")} candidates`;
    const choice = search.chosen[pass];
    this.chosen.data = { x: [xs[choice] / SCALE], y: [ys[choice] / SCALE], text: [`chosen: ${this.title(choice)}`] };
    const [bottom] = this.figure.below;
    bottom.axis_label = across === "auc" ? `AUC alone, on ${search.split} events` : `Rank correlation with choice ${Number(across) + 1}`;
    this.figure.left[0].axis_label =
      search.method === "greedy" ? "ADO of the network with it and the black box" : "ADO with the guide on misordered pairs";
  }

  point(index) {
    if (index === undefined || this.kept !== null) return;
    this.describe(this.points.data.row[index]);
  }

  describe(row) {
    const { search, pass } = this;
    const number = (value) => (value === null ? "–" : (value / SCALE).toFixed(4).replace("-", "−"));
    const line = (...cells) => element("tr", {}, ...cells.map((cell) => element("td", {}, cell)));
    const graph = search.graph[row] < 0 ? null : search.graphs[search.graph[row]];
    const facts = [line(`ADO in pass ${pass + 1}`, number(search.ado[pass][row])), line("AUC alone", number(search.auc[row]))];
    if (graph) {
      facts.push(line("vertices n", `${graph.n}`), line("edges d", `${graph.d}`), line("chromatic c", `${graph.chromatic}`));
    }
    const correlations = search.chosen.map((chosen, place) =>
      line(number(search.correlation[place][row]), `${place + 1}: ${this.title(chosen)}`),
    );
    const card = byId("candidate");
    card.dataset.row = row;
    card.replaceChildren(
      ...(graph ? [graphDrawing(graph)] : []),
      element("h3", { textContent: this.title(row) }),
      element("table", {}, ...facts),
      element("hr"),
      element("div", { className: "faint", textContent: "Rank correlation with what the passes chose" }),
      element("table", {}, ...correlations),
    );
  }
}

// ---------------------------------------------------------------- events

class Events {
  constructor(events, plot, images) {
    this.events = events;
    this.points = plot.get_model_by_name("scores");
    this.figure = plot.roots()[0];
    this.images = images;
    for (const image of events.images) {
      image.first = [0];
      for (const count of image.counts) image.first.push(image.first[image.first.length - 1] + count);
      image.least = image.energy.reduce((least, energy) => (energy > 0 ? Math.min(least, energy) : least), Infinity);
    }
    const [over, up] = events.axes;
    fill(byId("up"), events.classifiers, up);
    fill(byId("over"), events.classifiers, over);
    for (const id of ["up", "over"]) byId(id).onchange = () => this.show();
    for (const button of document.querySelectorAll("[data-region]")) button.onclick = () => this.select(button.dataset.region);
    byId("previous").onclick = () => this.step(-1);
    byId("next").onclick = () => this.step(1);
    this.points.selected.properties.indices.change.connect(() => this.showSelected());
    byId("scores-legend").replaceChildren(
      ...[1, 0].map((y) => {
        const path = drawn("path", { d: MARKER_PATHS[events.markers[y]], fill: events.colors[y] });
        const marker = drawn("svg", { viewBox: "0 0 10 10", width: 12, height: 12 }, path);
        return element("span", { style: "margin-right: 1.2rem" }, marker, ` ${events.classes[y]}`);
      }),
      "Axes: logarithm of the odds.",
    );
    this.show();
    this.showSelected();
  }

  show() {
    const { events } = this;
    const [over, up] = ["over", "up"].map((id) => byId(id).value);
    this.points.data = {
      x: events.logits[over].map((value) => value / events.logit_scale),
      y: events.logits[up].map((value) => value / events.logit_scale),
      color: events.y.map((y) => events.colors[y]),
      marker: events.y.map((y) => events.markers[y]),
    };
    const titles = new Map(events.classifiers);
    this.figure.below[0].axis_label = `Score of ${titles.get(over)}`;
    this.figure.left[0].axis_label = `Score of ${titles.get(up)}`;
    this.describe();
  }

  score(name, row) {
    return 1 / (1 + Math.exp(-this.events.logits[name][row] / this.events.logit_scale));
  }

  isRight(name, row) {
    return this.score(name, row) >= this.events.threshold === (this.events.y[row] === 1);
  }

  select(region) {
    const [over, up] = ["over", "up"].map((id) => byId(id).value);
    const wanted = {
      up: (row) => this.isRight(up, row) && !this.isRight(over, row),
      over: (row) => this.isRight(over, row) && !this.isRight(up, row),
      neither: (row) => !this.isRight(over, row) && !this.isRight(up, row),
    }[region];
    this.none = wanted !== undefined && !this.events.y.some((_, row) => wanted(row));
    const indices = wanted ? [...this.events.y.keys()].filter(wanted) : [];
    this.points.selected.indices = indices;
    this.showSelected();
  }

  showSelected() {
    const { events } = this;
    const indices = this.points.selected.indices;
    if (indices.length) this.none = false;
    this.rows = indices.length || this.none ? [...indices].sort((a, b) => a - b) : [...events.y.keys()];
    const count = (y) => this.rows.filter((row) => events.y[row] === y).length;
    const weighted = events.weight ? ", weighted" : "";
    for (const [y, part] of [[1, "signal"], [0, "background"]]) {
      const members = this.rows.filter((row) => events.y[row] === y);
      const title = byId(`title-${part}`);
      if (title) title.textContent = `Mean of ${count(y)} ${events.classes[y]}${weighted}`;
      for (const image of events.images) image[part] = this.mean(image, members);
    }
    const all = this.rows.length === events.y.length ? "All" : "Selected:";
    byId("selected").textContent =
      `${all} ${this.rows.length} events: ${count(1)} ${events.classes[1]}, ${count(0)} ${events.classes[0]}`;
    for (const image of events.images) {
      const largest = Math.max(...image.signal, ...image.background);
      for (const part of ["signal", "background"]) this.draw(image, part, image[part], largest, largest / 10 ** DECADES);
    }
    this.place = 0;
    this.step(0);
  }

  // The weighted mean energy of every pixel; zeros where the weights do not add up to more than 0.
  mean(image, rows) {
    const sum = new Float64Array(image.pixels);
    let total = 0;
    for (const row of rows) {
      const weight = this.events.weight ? this.events.weight[row] : 1;
      total += weight;
      for (let at = image.first[row]; at < image.first[row + 1]; at += 1) sum[image.pixel[at]] += weight * image.energy[at];
    }
    return sum.map((energy) => (total > 0 ? energy / total : 0));
  }

  draw(image, part, energy, largest, least) {
    const plot = this.images[`${image.name}-${part}`];
    const [colors, source] = ["colors", "image"].map((name) => plot.get_model_by_name(name));
    const target = source.data.image[0];
    for (let pixel = 0; pixel < image.pixels; pixel += 1) {
      target[image.place[pixel]] = energy[pixel] > 0 ? energy[pixel] : NaN;
    }
    if (largest > 0) colors.setv({ low: least, high: largest });
    source.change.emit();
  }

  step(by) {
    const count = this.rows.length;
    this.place = count ? (this.place + by + count) % count : 0;
    for (const id of ["previous", "next"]) byId(id).disabled = count < 2;
    for (const image of this.events.images) {
      const energy = new Float64Array(image.pixels);
      let largest = 0;
      const row = this.rows[this.place];
      for (let at = image.first[row]; count && at < image.first[row + 1]; at += 1) {
        energy[image.pixel[at]] = image.energy[at];
        largest = Math.max(largest, image.energy[at]);
      }
      this.draw(image, "single", energy, largest, Math.min(image.least, largest / 2));
    }
    this.describe();
  }

  describe() {
    if (!this.rows) return;
    const { events } = this;
    const row = this.rows[this.place];
    const title = byId("title-single");
    if (title) title.textContent = row === undefined ? "No event" : `Event ${events.number[row]}: ${events.classes[events.y[row]]}`;
    if (row === undefined) {
      byId("single").textContent = "none selected";
      return;
    }
    const [up, over] = ["up", "over"].map((id) => this.score(byId(id).value, row).toFixed(3));
    const weight = events.weight ? `; weight ${events.weight[row]}` : "";
    byId("single").textContent = `${this.place + 1} of ${this.rows.length}; scores: vertical ${up}, horizontal ${over}${weight}`;
  }
}

// ---------------------------------------------------------------- start

async function start() {
  if (typeof DecompressionStream === "undefined") {
    throw new Error("this browser is too old: Chrome 80, Edge 80, Firefox 113 or Safari 16.4 can unpack the page");
  }
  document.head.append(element("script", { textContent: await unpacked("library") }));
  Bokeh.set_log_level("error");
  const [plots, searches, events] = await Promise.all(
    ["plots", "searches", "events"].map(async (name) => JSON.parse(await unpacked(name))),
  );
  const views = {};
  if (searches.length) views.candidates = new Candidates(searches, await shownPlot(plots, "candidates"));
  if (events) {
    const plot = await shownPlot(plots, "scores");
    const images = {};
    for (const name of Object.keys(plots)) {
      if (!["candidates", "scores"].includes(name)) images[name] = await shownPlot(plots, name);
    }
    views.events = new Events(events, plot, images);
  }
  byId("state").remove();
  window.explorer = views;
}

start().catch((error) => {
  byId("state").textContent = `The page cannot be shown: ${error.message}`;
  console.error(error);
});
