// The form that silences an alert. What is chosen and typed is kept here, as the page is drawn anew each second.

import { element, on } from "./dom.js";
import { change, tellTrouble } from "./requests.js";
import { labelled } from "./words.js";

const SPANS = [[900, "15 min"], [3600, "1 h"], [14_400, "4 h"], [86_400, "24 h"]];
const BY = "the monitoring page";
const KEPT_MS = 60_000;
const SETTLED_MS = 3_000;
const forms = new Map();

/** Return what an instance of an alert is known by; it holds the name and the labels. */
export const keyOf = ({ name, labels }) => JSON.stringify([name, labels]);

/** Tell whether the form of an alert is unfolded. */
export const isBeingSilenced = (alert) => Boolean(forms.get(keyOf(alert))?.open);

/** Make the button that unfolds the form. */
export function silenceButton(alert) {
  const key = keyOf(alert);
  return element("button", { type: "button", class: "quiet", "data-silence": key, "aria-expanded": String(isBeingSilenced(alert)),
    "aria-label": ["Silence", alert.name, labelled(alert.labels)].join(" ").trim() }, "Silence");
}

/** Make the form; null while it is folded. */
export function silenceForm(alert) {
  const key = keyOf(alert);
  const form = forms.get(key);
  if (!form?.open) return null;
  const labels = labelled(alert.labels);
  return element("form", { class: "silencing", "data-silencing": key, autocomplete: "off", "aria-label": `Silence ${alert.name}` },
    choice("choice", "For how long", "seconds", form.seconds, SPANS),
    labels ? choice("lines", "Which instances", "scope", form.scope, [["these", `Only ${labels}`], ["every", `Every instance of ${alert.name}`]]) : null,
    element("label", { class: "reason" }, "Reason (optional)", element("input", { name: "reason", maxlength: "500", value: form.reason,
      placeholder: "Tells the others why" })),
    element("p", { class: "soft" }, "The alert stays on this page; nobody is sent a notice of it."),
    element("div", { class: "do" }, element("button", { type: "submit", class: "primary", "aria-disabled": form.busy && "true" }, said(form)),
      element("button", { type: "button", class: "quiet", "data-cancel": key }, "Cancel")),
    tellTrouble(form.trouble));
}

function said({ busy, seconds }) {
  return busy ? "Silencing…" : `Silence for ${SPANS.find(([span]) => span === seconds)[1]}`;
}

function choice(look, legend, name, chosen, options) {
  return element("fieldset", { class: look }, element("legend", null, legend), element("div", null, ...options.map(([value, label]) =>
    element("label", null, element("input", { type: "radio", name, value, checked: value === chosen }), element("span", null, label)))));
}

/** Let go of the forms of alerts that are silenced by now, or have been away for long: one that flickers keeps its form. */
export function settle(loud) {
  const keys = new Set(loud.map(keyOf));
  for (const [key, form] of forms) {
    if (keys.has(key)) form.seenAt = Date.now();
    const isOver = keys.has(key) ? form.doneAt && Date.now() - form.doneAt > SETTLED_MS : form.doneAt || Date.now() - form.seenAt > KEPT_MS;
    if (isOver) forms.delete(key);
  }
}

/** Let the forms work, also those that come later; `redraw` shows what has changed. */
export function letSilence(redraw) {
  const close = (key) => {
    forms.delete(key);
    redraw();
    document.querySelector(`[data-silence="${CSS.escape(key)}"]`)?.focus();
  };
  on("click", "[data-silence]", ({ dataset: { silence: key } }) => {
    const form = forms.get(key) || { open: false, seconds: 3600, scope: "these", reason: "", seenAt: Date.now() };
    forms.set(key, { ...form, open: !form.open });
    redraw();
  });
  on("click", "[data-cancel]", ({ dataset }) => close(dataset.cancel));
  on("keydown", "[data-silencing]", ({ dataset }, { key }) => { if (key === "Escape") close(dataset.silencing); });
  on("input", "[data-silencing]", (node) => {
    const told = new FormData(node);
    Object.assign(forms.get(node.dataset.silencing), { seconds: Number(told.get("seconds")), scope: told.get("scope"), reason: told.get("reason") });
    redraw();
  });
  on("submit", "[data-silencing]", ({ dataset }, submitted) => {
    submitted.preventDefault();
    send(dataset.silencing, redraw);
  });
}

async function send(key, redraw) {
  const form = forms.get(key);
  if (form.busy) return;
  const [alert, labels] = JSON.parse(key);
  Object.assign(form, { busy: true, trouble: null });
  redraw();
  const wish = { alert, labels: form.scope === "every" ? {} : labels, seconds: form.seconds, reason: form.reason.trim(), created_by: BY };
  form.trouble = await change("POST", "/api/silences", wish);
  if (form.trouble) form.busy = false;
  else form.doneAt = Date.now();
  redraw();
}
