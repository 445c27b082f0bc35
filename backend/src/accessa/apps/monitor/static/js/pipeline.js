import { byId, draw, element } from "./dom.js";
import { about, count, rate, span, words } from "./words.js";

/** Draw the ten statuses from left to right, with what holds documents up. */
export function drawPipeline(stretches, bottleneck) {
  byId("bottleneck").hidden = !bottleneck;
  byId("bottleneck").textContent = bottleneck ? `Bottleneck: ${bottleneck.sentence}` : "";
  draw("pipeline", stretches.map((stretch) => drawStretch(stretch, bottleneck)));
}

function drawStretch({ steps, failure }, bottleneck) {
  const some = failure && failure.count && failure.count.number;
  const branch = failure && element("p", { class: `failure${some ? " some" : ""}`, "data-status": failure.status },
    element("span", null, element("b", null, count(failure.count)), " ", words(failure.status)));
  return element("li", { class: `stretch of${steps.length}` },
    element("ol", null, ...steps.map((step) => drawStep(step, bottleneck))), branch);
}

function drawStep(step, bottleneck) {
  const holds = bottleneck && bottleneck.status === step.status;
  const flows = step.per_minute > 0;
  const classes = ["step", step.status, !(step.count && step.count.number) && "empty", holds && "holds", flows && "flows"];
  return element("li", { class: classes.filter(Boolean).join(" "), "data-status": step.status },
    element("span", { class: "count" }, step.stage ? count(step.count) : about(step.count)),
    element("span", { class: "name" }, words(step.status)),
    element("span", { class: "flow", title: step.stage && `Documents a minute through the stage ${step.stage}` },
      step.stage && step.per_minute !== null ? `${rate(step.per_minute)}/min` : ""),
    element("span", { class: "age", title: "Age of the oldest document that stands here, since its upload" },
      step.oldest_seconds === null ? "" : `oldest ${span(step.oldest_seconds)}`),
    holds ? element("span", { class: "hold" }, "bottleneck") : null);
}
