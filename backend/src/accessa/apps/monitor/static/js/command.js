// A command with a button that copies it.

import { element, on } from "./dom.js";

/** Make a command that can be copied. */
export function command(text) {
  return element("span", { class: "command" }, element("code", null, text),
    element("button", { type: "button", "data-copy": text, "aria-label": `Copy the command ${text}` }, "Copy"));
}

/** Let every button copy its command, also those that come later. */
export function letCopy() {
  on("click", "button[data-copy]", async (button) => {
    button.textContent = await copied(button) ? "Copied" : "Selected";
    setTimeout(() => { button.textContent = "Copy"; }, 1500);
  });
}

async function copied(button) {
  try {
    await navigator.clipboard.writeText(button.dataset.copy);
    return true;
  } catch {
    getSelection().selectAllChildren(button.previousSibling);
    return false;
  }
}
