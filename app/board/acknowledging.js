/** Taking an escalation on, in one's own name, which is asked for once. */

import { post } from "./api.js";
import { h } from "./dom.js";
import { prefer, preferred } from "./settings.js";
import { announce } from "./tick.js";

/** Who acknowledges; asked for if it is not known yet. @returns {Promise<string>} empty if they would rather not */
function name() {
  const known = preferred("name");
  if (known) return Promise.resolve(known);
  const input = /** @type {HTMLInputElement} */ (h("input", { name: "by", autocomplete: "name", maxlength: 200, required: true }));
  const dialog = /** @type {HTMLDialogElement} */ (
    h("dialog", { "aria-labelledby": "by-title" },
      h("form", { method: "dialog" },
        h("h2", { id: "by-title" }, "Who takes it on?"),
        h("label", {}, "Your name", input),
        h("p", { class: "aside" }, "It is recorded with the ticket, and kept on this device for the next time."),
        h("div", { class: "row" }, h("button", { type: "submit", class: "primary", value: "yes" }, "Acknowledge"), h("button", { type: "button" }, "Cancel"))))
  );
  document.body.append(dialog);
  return new Promise((done) => {
    dialog.querySelector("form")?.addEventListener("submit", (event) => {
      event.preventDefault();
      if (input.value.trim()) dialog.close(input.value.trim());
    });
    dialog.querySelector("button[type=button]")?.addEventListener("click", () => dialog.close(""));
    dialog.addEventListener("close", () => {
      dialog.remove();
      prefer("name", dialog.returnValue);
      done(dialog.returnValue);
    });
    dialog.showModal();
    input.focus();
  });
}

/** Acknowledges an escalation. @param {HTMLElement} pressed its button */
export async function acknowledge(pressed) {
  const by = await name();
  if (!by) return;
  await post(`/v1/escalations/${encodeURIComponent(pressed.dataset.id ?? "")}/acknowledge`, { by });
  announce("Acknowledged");
}
