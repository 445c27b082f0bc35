// What the page asks the service to change, and the words in which it says that this was not done.

import { element } from "./dom.js";

const PATIENCE_MS = 10_000;

/** Ask for a change. Returns null once it is made, else what stood in its way: a code that stays, and a sentence. */
export async function change(method, address, wish) {
  const told = wish ? { body: JSON.stringify(wish), headers: { "Content-Type": "application/json" } } : {};
  try {
    const answer = await fetch(address, { method, cache: "no-store", signal: AbortSignal.timeout(PATIENCE_MS), ...told });
    return answer.ok ? null : await refusal(answer);
  } catch {
    return { code: "MONITORING_UNREACHABLE", message: "The monitoring does not answer; try again in a moment, or check: accessa status" };
  }
}

async function refusal(answer) {
  if (answer.status === 401) return { code: "TOKEN_MISSING", message: "Your login has run out, so nothing was changed.", login: true };
  const told = await answer.json().catch(() => null);
  return told?.error || { code: `HTTP_${answer.status}`, message: "The monitoring could not do this; its log says why: accessa logs monitoring" };
}

/** Make the place where trouble is told; it is there before there is any, so that a screen reader speaks up. */
export function tellTrouble(trouble) {
  if (!trouble) return element("p", { class: "trouble", role: "alert" });
  // Another tab, as what is typed here would be gone.
  const login = element("a", { href: "/login", target: "_blank", rel: "noopener" }, "Log in in another tab");
  return element("p", { class: "trouble", role: "alert" }, trouble.message, " ", ...(trouble.login ? [login, ", then try again. "] : []),
    element("code", null, trouble.code));
}
