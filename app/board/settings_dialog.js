/** The dialog in which a reader says what they prefer. */

import { byId } from "./dom.js";
import { applyTheme, keysOn, prefer, preferred } from "./settings.js";

/** @returns {HTMLInputElement[]} */
function radios() {
  return [...byId("settings").querySelectorAll("input[type=radio]")].map((each) => /** @type {HTMLInputElement} */ (each));
}

/** @param {() => void} changed shows what changed */
export function prepareSettings(changed) {
  const keys = /** @type {HTMLInputElement} */ (byId("keys-on"));
  const name = /** @type {HTMLInputElement} */ (byId("name-input"));
  for (const each of radios()) {
    each.addEventListener("change", () => {
      prefer(each.name, each.value);
      applyTheme();
      changed();
    });
  }
  keys.addEventListener("change", () => prefer("keys", keys.checked ? "" : "off"));
  name.addEventListener("change", () => prefer("name", name.value.trim()));
  byId("settings").querySelector("form")?.addEventListener("submit", (event) => {
    event.preventDefault();
    /** @type {HTMLDialogElement} */ (byId("settings")).close();
  });
  changed();
}

export function openSettings() {
  for (const each of radios()) each.checked = preferred(each.name) === each.value;
  /** @type {HTMLInputElement} */ (byId("keys-on")).checked = keysOn();
  /** @type {HTMLInputElement} */ (byId("name-input")).value = preferred("name");
  /** @type {HTMLDialogElement} */ (byId("settings")).showModal();
}
