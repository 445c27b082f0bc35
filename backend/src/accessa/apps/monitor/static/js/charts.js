// The six charts: what each draws, and the choice that each gives.

import { byId, element } from "./dom.js";
import { Plot } from "./plot.js";
import { columns } from "./series.js";
import { bytes, lasting, short, words } from "./words.js";

const MOST_LINES = 6;
const SHORTEST = 12;
const LIVE = ["10 min live", "60 min"];
const colourAt = (place) => `--line-${place % 9 + 1}`;
const newest = (values) => values.reduce((found, value) => value === null ? found : value, 0);

const CHARTS = [
  { id: "throughput", title: "Documents that ended", choices: LIVE, say: short, unit: (choice) => choice ? "per minute" : "per second", make: (choice) => overTime(choice, [
    ["complete", "completed", "--line-1", choice ? "bars" : "fill"], ["failed", "failed", "--line-bad", choice ? "bars" : ""]]),
    nothing: "No document has ended within this time." },
  { id: "latency", title: "Upload to complete", choices: [], say: lasting, unit: () => "by the minute", make: () => overTime(1, [
    ["p50", "p50", "--line-1", ""], ["p95", "p95", "--line-2", ""]]), nothing: "No document was completed within the last hour." },
  { id: "queue", title: "Queue", choices: LIVE, say: short, unit: () => "documents", make: (choice) => overTime(choice, [
    ["unfinished", "unfinished", "--line-1", choice ? "" : "fill"], ["due for a worker", "due", "--line-2", ""]]), nothing: "Nobody has looked yet." },
  { id: "stages", title: "Time in each stage", choices: ["mean", "p95"], say: lasting, unit: () => "per run, six longest", make: (choice) => byName("stages", choice ? "p95" : "mean", "runs"),
    nothing: "No worker has told how long its stages take." },
  { id: "calls", title: "Providers", choices: ["latency", "errors", "calls"], say: null, unit: (choice) => ["p95", "per minute", "per minute"][choice],
    make: (choice) => byName("providers", ["p95", "failed", "calls"][choice], "calls"), nothing: "No provider was called within the last hour." },
  { id: "growth", title: "Growth of the tables", choices: ["rows", "bytes"], say: null, unit: () => "the six largest", make: (choice) => byName("tables", choice ? "bytes" : "rows", "bytes"),
    nothing: "Sizes are told a minute after the start." },
];

/** Make the charts; returns what draws them anew. */
export function makeCharts() {
  const made = CHARTS.map((chart) => makeChart(chart));
  byId("charts").append(...made.map(({ figure }) => figure));
  return () => made.forEach(({ redraw }) => redraw());
}

function makeChart(chart) {
  let choice = 0;
  const holder = element("div", { class: "plot", role: "group", "aria-describedby": `${chart.id}-told`, "aria-label": `Chart: ${chart.title}. The arrow keys move the cursor.` });
  const told = element("p", { class: "hidden", id: `${chart.id}-told` });
  const unit = element("small");
  const rows = element("div", { class: "scroll", tabindex: "0", role: "group", "aria-label": `${chart.title}: newest values` });
  const details = element("details", null, element("summary", null, "As a table"), rows);
  const sayings = { calls: [lasting, short, short], growth: [short, bytes] }[chart.id];
  const say = () => sayings ? sayings[choice] : chart.say;
  const plot = new Plot(holder, (value) => say()(value), () => say() === short);
  const redraw = () => {
    unit.textContent = chart.unit(choice);
    const { lines, data } = chart.make(choice);
    plot.show(lines, data, chart.choices === LIVE && choice === 0, chart.nothing);
    told.textContent = plot.summary();
    if (details.open) rows.replaceChildren(plot.table());
  };
  details.addEventListener("toggle", redraw);
  const buttons = chart.choices.map((label, place) => element("button", { type: "button", "aria-pressed": String(place === 0) }, label));
  buttons.forEach((button, place) => button.addEventListener("click", () => {
    choice = place;
    buttons.forEach((other, at) => other.setAttribute("aria-pressed", String(at === place)));
    redraw();
  }));
  const figure = element("figure", { "data-chart": chart.id, "aria-labelledby": `${chart.id}-title` },
    element("header", null, element("h2", { id: `${chart.id}-title` }, chart.title, unit),
      buttons.length ? element("div", { class: "choice", role: "group", "aria-label": `${chart.title}: what is shown` }, ...buttons) : null),
    holder, told, details);
  return { figure, redraw };
}

function overTime(choice, wanted) {
  const found = columns(choice ? "minutes" : "seconds");
  if (!found || !found.at.length) return { lines: [], data: [[]] };
  const lines = wanted.map(([label, , colour, look]) => ({ label, colour, fill: look === "fill", bars: look === "bars" }));
  const data = [found.at, ...wanted.map(([, name]) => found[name])];
  const nothing = wanted.every(([, name]) => found[name].every((value) => value === null));
  return nothing ? { lines: [], data: [[]] } : { lines, data: choice && wanted[0][3] !== "bars" ? trimmed(data) : data };
}

function byName(part, value, weight) {
  const found = columns("minutes");
  const parts = found ? Object.entries(found[part]) : [];
  if (!parts.length) return { lines: [], data: [[]] };
  const size = ([, columnsOf]) => part === "stages" ? newest(columnsOf[value]) : newest(columnsOf[weight]);
  const largest = parts.sort((one, other) => size(other) - size(one)).slice(0, MOST_LINES).sort(([one], [other]) => one < other ? -1 : 1);
  return { lines: largest.map(([name], place) => ({ label: words(name), colour: colourAt(place) })),
    data: trimmed([found.at, ...largest.map(([, columnsOf]) => columnsOf[value])]) };
}

/** Leave out the time before anything is known, so that the little that is known can be read. */
function trimmed([at, ...values]) {
  const known = at.findIndex((_moment, place) => values.some((column) => column[place]));
  const first = Math.max(0, Math.min(known, at.length - SHORTEST));
  return [at, ...values].map((column) => column.slice(known < 0 ? 0 : first));
}
