import { draw, element, filled, mark } from "./dom.js";
import { DASH, lasting, money, number, short, span } from "./words.js";

/** Draw the providers with what is left of their rates, and of the budget. */
export function drawProviders(providers, spent) {
  if (!providers) return draw("providers", element("p", { class: "soft" }, "Unknown while the database is silent."));
  if (!providers.length) return draw("providers", element("p", { class: "soft" }, "No provider has been called yet."));
  draw("providers", element("div", { class: "providers" }, ...providers.map(drawProvider), budget(spent)));
}

function drawProvider(provider) {
  const failedPart = provider.recent_calls ? provider.recent_failed / provider.recent_calls : 0;
  const failed = provider.recent_calls ? `${number(provider.recent_failed)} (${(failedPart * 100).toFixed(failedPart < 0.1 ? 1 : 0)} %)` : DASH;
  const facts = [["Latency p50", lasting(provider.p50)], ["p95", lasting(provider.p95)], ["Calls, 5 min", number(provider.recent_calls)],
    ["Failed", element("span", { class: failedPart > 0.05 ? "down-text" : null }, failed)], ["Calls, 24 h", short(provider.calls_24h)],
    ["Paid, 24 h", money(provider.spent_24h_usd)], ...parses(provider)];
  return element("article", { class: "provider", "data-provider": provider.provider },
    element("h3", null, provider.provider, circuit(provider)),
    provider.stopped ? element("p", { class: "down-text" }, provider.stopped) : null,
    element("dl", null, ...facts.map(([name, value]) => element("div", null, element("dt", null, name), element("dd", null, value)))),
    element("div", { class: "bars" }, headroom("Requests a minute", provider.requests_left, provider.requests_limit),
      headroom("Tokens a minute", provider.tokens_left, provider.tokens_limit)));
}

function parses({ parses_waiting: waiting, oldest_parse_seconds: oldest }) {
  if (waiting === null) return [];
  return [["Open parses", number(waiting)], ["Oldest parse", oldest === null ? DASH : span(oldest)]];
}

function circuit({ circuit: state, probe_in_seconds: probe, paused_seconds: paused, stopped }) {
  if (state === "open") return mark("down-text", `circuit open${probe === null ? "" : `, next try in ${span(probe)}`}`);
  if (state === "half_open") return mark("amber-text", "circuit half open: one call tries it");
  if (paused > 0) return mark("amber-text", `paused by its rate limit for ${span(paused)}`);
  return stopped ? mark("down-text", "stopped") : mark("well-text", "circuit closed");
}

function headroom(name, left, limit) {
  if (left === null || limit === null || !limit) return null;
  const part = left / limit;
  return element("div", { class: "bar" }, element("span", null, name),
    element("div", { class: "track" }, filled(part, part < 0.02 ? "gone" : part < 0.15 ? "low" : null)),
    element("span", null, `${short(Math.max(0, left))} of ${short(limit)} left`));
}

function budget({ spent_today_usd: spent, limit_usd: limit }) {
  if (spent === null || limit === null) return null;
  const part = limit ? spent / limit : 1;
  return element("article", { class: "provider" }, element("h3", null, "Budget of the day"),
    element("div", { class: "bars" }, element("div", { class: "bar" }, element("span", null, "Spent, committed"),
      element("div", { class: "track" }, filled(part, part >= 1 ? "gone" : part > 0.8 ? "low" : null)),
      element("span", null, `${money(spent)} of ${money(limit)}`))));
}
