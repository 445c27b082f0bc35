import { draw, element, mark, table } from "./dom.js";
import { DASH, number, words } from "./words.js";

/** Draw the services with their health. */
export function drawServices(services) {
  draw("services", table("Services with their health", [["Service"], ["Health"], ["Supervisor", null, true], ["Address"],
    ["Answer", "number", true], ["Restarts", "number", true], ["Process", "number", true]],
    services.map((service) => [service.name, health(service), words(service.state), address(service.url),
      service.milliseconds === null ? DASH : `${number(Math.max(1, service.milliseconds))} ms`, restarts(service.restarts),
      service.pid === null ? DASH : String(service.pid)]),
    "No service is known: no stack runs here and the settings name no address."));
}

function health({ healthy, sentence }) {
  if (healthy === null) return mark("soft", "unknown");
  return healthy ? mark("well-text", "healthy") : mark("down-text", sentence || "unhealthy");
}

function address(url) {
  if (!url) return DASH;
  const told = url.replace(/^[a-z]+:\/\//, "");
  return url.startsWith("http") ? element("a", { href: url, rel: "noreferrer" }, told) : told;
}

const restarts = (times) => times ? element("span", { class: "amber-text" }, number(times)) : "0";
