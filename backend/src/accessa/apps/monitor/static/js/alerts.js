import { byId, draw, element } from "./dom.js";
import { command } from "./command.js";
import { since } from "./moments.js";
import { letEnd, silenceList } from "./silences.js";
import { isBeingSilenced, keyOf, letSilence, settle, silenceButton, silenceForm } from "./silencing.js";
import { labelled, number, plural } from "./words.js";

const IDLE = "idle";
const EXPLAINED = "explained";
let shown = { alerts: [], idle: [] };

/** Show the active alerts; folded away are those that are silenced, what others explain, and silences without an alert. */
export function drawAlerts(alerts, idle) {
  shown = { alerts, idle };
  settle(alerts.filter(isLoud));
  redraw();
}

/** Let alerts be silenced, and silences be ended. */
export function letAlertsBeSilenced() {
  letSilence(redraw);
  letEnd(redraw);
}

function redraw() {
  const { alerts, idle } = shown;
  // One that is just being silenced is folded away after that.
  const folded = alerts.filter((alert) => alert.explained_by && !isBeingSilenced(alert));
  const causes = alerts.filter((alert) => !folded.includes(alert));
  const silenced = causes.filter((alert) => !isLoud(alert));
  const whole = (cause) => card(cause, folded.filter((alert) => keyOf(alert.explained_by) === keyOf(cause)));
  const names = [...new Set(silenced.map(({ name }) => name))].join(", ");
  const focused = document.activeElement.closest("#alerts > [data-key], #alerts .alert")?.dataset.key;
  byId("alerts-section").hidden = !alerts.length && !idle.length;
  draw("alerts", causes.filter(isLoud).map(whole),
    fold("silenced", `${plural(silenced.length, "alert is", "alerts are")} silenced: ${names}`, silenced.map(whole)),
    fold(IDLE, `${plural(idle.length, "silence holds", "silences hold")} without an active alert`, idle.length ? [silenceList(idle, IDLE, true)] : []));
  if (focused && document.activeElement === document.body) focusAgain(focused);
}

const isLoud = ({ state }) => state !== "silenced";

function fold(key, summary, parts) {
  return parts.length ? element("details", { "data-key": key }, element("summary", null, summary), ...parts) : [];
}

function card(alert, explained) {
  const labels = labelled(alert.labels);
  return element("article", { class: `alert ${alert.severity}`, "data-key": keyOf(alert), "data-alert": alert.name, "data-state": alert.state },
    element("h3", null, element("span", { class: "severity" }, alert.severity), alert.name,
      element("small", null, state(alert), " for ", since(alert.active_since), labels ? ` · ${labels}` : "")),
    element("p", null, alert.summary),
    isLoud(alert) ? null : silenceList(alert.silences, keyOf(alert), false),
    alert.causes.length ? element("details", null, element("summary", null, "Likely causes"),
      element("ul", null, ...alert.causes.map((cause) => element("li", null, cause)))) : null,
    element("div", { class: "do" }, alert.first_command ? command(alert.first_command) : null,
      element("a", { href: alert.runbook }, "Runbook"), isLoud(alert) ? silenceButton(alert) : null),
    isLoud(alert) ? silenceForm(alert) : null,
    ...explained.length ? [fold(EXPLAINED, `${number(explained.length)} more that this explains: ${counted(explained)}`, explained.map((one) => card(one, [])))] : []);
}

function counted(alerts) {
  const names = alerts.map(({ name }) => name);
  return [...new Set(names)].map((name) => {
    const times = names.filter((other) => other === name).length;
    return times === 1 ? name : `${name} (${number(times)})`;
  }).join(", ");
}

function state(alert) {
  if (!isLoud(alert)) return "silenced; active";
  return alert.state === "pending" ? "pending: its time is not up yet; active" : "fires; active";
}

/** Put the focus where its part of the page has gone, so that the keyboard goes on from there. */
function focusAgain(key) {
  const part = document.querySelector(`#alerts [data-key="${CSS.escape(key)}"]`);
  const place = part ? part.closest("details:not([open])")?.firstChild || part.querySelector("[data-silence], [data-end]")
    : document.querySelector("#alerts [data-end], #alerts summary, #alerts button");
  (place || byId("main")).focus({ preventScroll: true });
}
