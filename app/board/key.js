/**
 * The key that requests show: asked for once, kept with the tab, or on the device if wished. Never in an address.
 */

import { byId } from "./dom.js";

const NAME = "escalator.key";

/** @returns {Storage[]} those that may be used */
function storages() {
  return ["sessionStorage", "localStorage"].flatMap((name) => {
    try {
      return [/** @type {Storage} */ (window[/** @type {any} */ (name)])];
    } catch {
      return [];
    }
  });
}

/** @type {string | null} */
let key = storages().map((each) => each.getItem(NAME)).find((each) => each) ?? null;

/** @type {Promise<void> | null} */
let asking = null;

/** Whether one was asked for and not given: then it is asked for when a reader says so. */
let declined = false;

/** The header that shows the key; none without one. @returns {Record<string, string>} */
export function authorization() {
  return key === null ? {} : { Authorization: `Bearer ${key}` };
}

/** Whether there is one. */
export function hasKey() {
  return key !== null;
}

/** Whether a reader would rather give none. */
export function isDeclined() {
  return key === null && declined;
}

/** Forgets it, here and on the device. */
export function forget() {
  key = null;
  for (const each of storages()) each.removeItem(NAME);
  show();
}

/** @param {string} text @param {boolean} remember */
function keep(text, remember) {
  forget();
  key = text;
  const [session, device] = storages();
  (remember ? device : session)?.setItem(NAME, text);
  show();
}

/** The button is there while there is a key to forget, or one to give. */
export function show() {
  byId("key-button").hidden = key === null && !declined;
  byId("key-button").textContent = key === null ? "Give a key" : "Forget key";
}

/**
 * Asks for a key, once however many requests need one.
 * @param {string} complaint what is wrong with the one there was; empty if there was none
 * @returns {Promise<void>} done when one was given
 */
export function ask(complaint) {
  asking ??= new Promise((done) => {
    const dialog = /** @type {HTMLDialogElement} */ (byId("key-dialog"));
    const input = /** @type {HTMLInputElement} */ (byId("key-input"));
    const remember = /** @type {HTMLInputElement} */ (byId("key-remember"));
    byId("key-complaint").textContent = complaint;
    byId("key-form").onsubmit = (event) => {
      event.preventDefault();
      const given = input.value.trim();
      if (!/^[\x21-\x7e]+$/.test(given)) {
        byId("key-complaint").textContent = "This is no key: keys have no blanks and no special characters.";
        return;
      }
      keep(given, remember.checked);
      input.value = "";
      dialog.close();
    };
    dialog.onclose = () => {
      asking = null;
      declined = key === null;
      show();
      done();
    };
    dialog.showModal();
    input.focus();
  });
  return asking;
}
