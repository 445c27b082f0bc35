import { byId, draw, element } from "./dom.js";
import { command } from "./command.js";
import { since } from "./moments.js";
import { plural } from "./words.js";

/** Show the active alerts, those that are silenced folded away. */
export function drawAlerts(alerts) {
  byId("alerts-section").hidden = !alerts.length;
  const loud = alerts.filter(({ state }) => state !== "silenced");
  const silenced = alerts.filter(({ state }) => state === "silenced");
  draw("alerts", loud.map(card), silenced.length ? element("details", null,
    element("summary", null, `${plural(silenced.length, "alert is", "alerts are")} silenced`), ...silenced.map(card)) : []);
}

function card(alert) {
  const labels = Object.entries(alert.labels).map(([name, value]) => `${name}=${value}`).join(", ");
  return element("article", { class: `alert ${alert.severity}`, "data-alert": alert.name, "data-state": alert.state },
    element("h3", null, element("span", { class: "severity" }, alert.severity), alert.name,
      element("small", null, state(alert), " for ", since(alert.active_since), labels ? ` · ${labels}` : "")),
    element("p", null, alert.summary),
    alert.causes.length ? element("details", null, element("summary", null, "Likely causes"),
      element("ul", null, ...alert.causes.map((cause) => element("li", null, cause)))) : null,
    element("div", { class: "do" }, alert.first_command ? command(alert.first_command) : null,
      element("a", { href: alert.runbook }, "Runbook")));
}

function state(alert) {
  if (alert.state === "silenced") return `silenced until ${new Date(alert.silences[0].until).toLocaleString()}; active`;
  return alert.state === "pending" ? "pending: its time is not up yet; active" : "fires; active";
}
