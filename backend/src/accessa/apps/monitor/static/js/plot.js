// One chart: uPlot in the colours of the page, with a cursor for keys and a table for readers.

import uPlot from "../vendor/uplot/uPlot.esm.js";
import { element } from "./dom.js";
import { briefly, clock, lasting } from "./words.js";

const HEIGHT = 214;
const DASHES = [[], [7, 4], [2, 3], [10, 4, 2, 4], [4, 4], [12, 5], [1, 4], [8, 3, 2, 3], [5, 2]];
const TABLE_ROWS = 15;
const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

const WHOLE = [1, 2, 5].flatMap((step) => [...Array(12).keys()].map((power) => step * 10 ** power)).sort((one, other) => one - other);
const LASTING = [...[1, 2, 5, 10, 20, 50, 100, 200, 500].map((step) => step / 1000), 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 28800, 86400];

/** A figure with a chart; `say` tells values, `isWhole` whether they are counts; lines are {label, colour, fill, bars}. */
export class Plot {
  constructor(holder, say, isWhole) {
    this.holder = holder;
    this.say = say;
    this.isWhole = isWhole;
    this.chart = null;
    this.shape = "";
    this.data = null;
    holder.tabIndex = 0;
    holder.addEventListener("keydown", (pressed) => this.step(pressed));
    new ResizeObserver(() => this.fit()).observe(holder);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.rebuild());
  }

  /** Show the lines; `data` is a list of moments and one list for each line. */
  show(lines, data, exact, nothing) {
    const shape = JSON.stringify([lines, exact, this.isWhole()]);
    this.lines = lines;
    this.exact = exact;
    this.data = data;
    const empty = !data[0].length || !lines.length;
    this.holder.classList.toggle("is-empty", empty);
    if (empty) return this.clear(nothing);
    if (this.shape !== shape || !this.chart) {
      this.shape = shape;
      return this.rebuild();
    }
    this.chart.setData(data);
    this.tellNewest(this.chart);
  }

  clear(nothing) {
    if (this.chart) this.chart.destroy();
    this.chart = null;
    this.holder.replaceChildren(element("p", { class: "nothing" }, nothing));
  }

  rebuild() {
    if (!this.data || !this.data[0].length || !this.lines.length) return;
    if (this.chart) this.chart.destroy();
    this.holder.replaceChildren();
    this.chart = new uPlot(this.options(), this.data, this.holder);
    this.tellNewest(this.chart);
  }

  fit() {
    const width = this.holder.clientWidth;
    if (this.chart && width && width !== this.chart.width) this.chart.setSize({ width, height: HEIGHT });
  }

  /** Move the cursor by the arrow keys. */
  step(pressed) {
    if (!this.chart || !["ArrowLeft", "ArrowRight"].includes(pressed.key)) return;
    pressed.preventDefault();
    const last = this.data[0].length - 1;
    const from = this.chart.cursor.idx ?? last + 1;
    const place = Math.min(last, Math.max(0, from + (pressed.key === "ArrowLeft" ? -1 : 1)));
    this.chart.setCursor({ left: this.chart.valToPos(this.data[0][place], "x"), top: 10 });
  }

  options() {
    const axis = { stroke: colour("--soft"), grid: { stroke: colour("--line"), width: 1 }, ticks: { stroke: colour("--line"), size: 4 }, font: "11.5px system-ui, sans-serif" };
    return {
      width: this.holder.clientWidth || 400, height: HEIGHT, padding: [8, 12, 0, 0],
      cursor: { y: false, points: { size: 7 } },
      legend: { live: true },
      hooks: { setCursor: [(chart) => this.tellNewest(chart)] },
      scales: { x: { time: true }, y: { range: (_chart, _low, high) => [0, high > 0 ? high * 1.12 : this.isWhole() ? 4 : 1] } },
      axes: [
        { ...axis, size: 30, space: 64, values: (_chart, splits) => splits.map((at) => clock(at, false)) },
        { ...axis, size: 58, space: 34, incrs: this.isWhole() ? WHOLE : this.say(1) === lasting(1) ? LASTING : undefined, values: (_chart, splits) => splits.map((value) => value === 0 ? "0" : this.mark(value)) },
      ],
      series: [{ label: "Time", value: (_chart, at) => at === null ? "–" : clock(at, this.exact) }, ...this.lines.map((line, place) => this.line(line, place))],
    };
  }

  mark(value) {
    return this.say(value) === lasting(value) ? briefly(value) : this.say(value);
  }

  /** Tell the newest values while no cursor asks for others. */
  tellNewest(chart) {
    if (chart.cursor.idx === null || chart.cursor.idx === undefined || chart.cursor.left < 0) chart.setLegend({ idx: this.data[0].length - 1 });
  }

  line({ label, colour: name, fill, bars }, place) {
    const stroke = colour(name);
    return {
      label, stroke, width: 2, dash: bars ? [] : DASHES[place % DASHES.length], spanGaps: false, points: { show: !this.exact && !bars, size: 4 },
      fill: fill ? colour("--fill-1") : bars ? stroke : undefined,
      paths: bars ? uPlot.paths.bars({ size: [0.7, 20] }) : undefined,
      value: (_chart, value) => value === null || value === undefined ? "–" : this.say(value),
    };
  }

  /** Say in one sentence what the lines tell at their end and at their highest. */
  summary() {
    if (!this.data || !this.data[0].length || !this.lines.length) return "Nothing to draw yet.";
    return this.lines.map((line, place) => {
      const values = this.data[place + 1].filter((value) => value !== null && value !== undefined);
      return values.length ? `${line.label}: now ${this.say(values[values.length - 1])}, highest ${this.say(Math.max(...values))}` : `${line.label}: none`;
    }).join("; ");
  }

  /** Return the newest values as a table. */
  table() {
    const [at, ...values] = this.data && this.lines.length ? this.data : [[]];
    const places = [...at.keys()].slice(-TABLE_ROWS).reverse();
    return element("table", null,
      element("caption", { class: "hidden" }, "The newest values"),
      element("thead", null, element("tr", null, ...["Time", ...this.lines.map((line) => line.label)].map((text) => element("th", { scope: "col" }, text)))),
      element("tbody", null, ...places.map((place) => element("tr", null, element("th", { scope: "row" }, clock(at[place], this.exact)),
        ...values.map((column) => element("td", null, column[place] === null || column[place] === undefined ? "–" : this.say(column[place])))))));
  }
}
