/** Single keys, for those who have switched them on and are not writing. */

import { byId } from "./dom.js";
import { go, to } from "./router.js";
import { keysOn } from "./settings.js";
import { openSettings } from "./settings_dialog.js";

/** @param {KeyboardEvent} event */
export function onKey(event) {
  if (!keysOn() || event.ctrlKey || event.metaKey || event.altKey || event.isComposing || isBusy(event.target)) return;
  if (does(event.key)) event.preventDefault();
}

/** Whether the key belongs to something else: a field, a dialog. @param {EventTarget | null} target */
function isBusy(target) {
  return document.querySelector("dialog[open]") !== null || (target instanceof Element && target.closest("input, select, textarea") !== null);
}

/** @param {string} key @returns {boolean} whether it does something */
function does(key) {
  if (/^[1-6]$/.test(key)) {
    const link = document.querySelectorAll("#views a")[Number(key) - 1];
    if (link) go(link.getAttribute("href") ?? "#/next");
    return true;
  }
  if (key === "?") openSettings();
  else if (key === "/") search();
  else if (key === "j" || key === "k") step(key === "j" ? 1 : -1);
  else return false;
  return true;
}

function search() {
  const field = document.getElementById("search");
  if (field) field.focus();
  else {
    go(to("next"));
    const seen = new MutationObserver(() => {
      const drawn = document.getElementById("search");
      if (drawn) {
        seen.disconnect();
        drawn.focus();
      }
    });
    seen.observe(byId("content"), { childList: true, subtree: true });
  }
}

/** The link of the next row, or of the one before. @param {number} by */
function step(by) {
  const links = [...document.querySelectorAll("#content tbody tr a.id")];
  const row = document.activeElement?.closest("tr") ?? null;
  const at = links.findIndex((link) => link.closest("tr") === row);
  const link = links[at < 0 ? (by > 0 ? 0 : links.length - 1) : Math.min(links.length - 1, Math.max(0, at + by))];
  if (link instanceof HTMLElement) link.focus();
}
