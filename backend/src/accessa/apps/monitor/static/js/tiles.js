import { draw, element } from "./dom.js";
import { DASH, about, briefly, lasting, money, number, span } from "./words.js";

/** Draw the figures that tell most. */
export function drawTiles(state) {
  const { waiting, totals, money: spent } = state;
  const tiles = [
    ["Done, last minute", number(state.completed_per_minute)],
    ["Upload to complete", lasting(state.p50_seconds), state.p95_seconds === null ? null : `median; p95 ${briefly(state.p95_seconds)}`],
    ["Unfinished", waiting ? number(waiting.unfinished) : DASH,
      waiting && waiting.unfinished_seconds !== null ? `oldest ${span(waiting.unfinished_seconds)}` : null],
    ["Due for a worker", waiting ? number(waiting.due) : DASH,
      waiting && waiting.due_seconds !== null ? `first for ${span(waiting.due_seconds)}` : null],
    ["Failed, last hour", number(state.failed_last_hour)],
    ["Spent today (UTC)", money(spent.spent_today_usd), spent.limit_usd === null ? null : `of ${money(spent.limit_usd)}`],
    ["Documents", totals ? about(totals.documents) : DASH],
    ["Vectors", totals ? about(totals.vectors) : DASH, totals ? `of ${about(totals.chunks)} chunks` : null],
  ];
  draw("tiles", tiles.map(([name, value, more]) => element("div", null, element("dt", null, name),
    element("dd", null, value, element("small", null, more || "\u00a0")))));
}
