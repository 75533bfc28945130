/** What counts down: once a second, only what is shown, and by the service's time. */

import { byId, h, s } from "./dom.js";
import { now } from "./server_time.js";
import { dayAndTime, exactly, length } from "./words.js";

/** Told when something that is shown has reached its instant. @type {(name: string) => void} */
let onReached = () => {};

/**
 * A countdown to an instant, which turns when that is past: a deadline is late, a mark is reached.
 * @param {string} at
 * @param {{name?: string, deadline?: boolean}} [options] name: what is announced when it turns late
 */
export function countdown(at, { name = "", deadline = false } = {}) {
  const attributes = { class: "countdown", datetime: at, title: exactly(at), "data-until": at, "data-name": name, "data-deadline": deadline };
  const element = h("time", attributes, lateIcon(), h("span", {}, ""));
  show(element);
  return element;
}

/** What stands: a paused clock's remaining time. @param {number} seconds negative: late by so much @param {string} [of] of which time */
export function standing(seconds, of = "") {
  const late = seconds < 0;
  const words = late ? `late by ${length(seconds)}` : `${length(seconds)} left`;
  return h("span", { class: late ? "countdown late" : "countdown", "data-standing": true }, lateIcon(), h("span", {}, `${words}${of}`));
}

/** The sign of what is late; hidden by the style where it is not. */
export function lateIcon() {
  const shape = s("path", { d: "M8 1.5 15 14H1z" });
  const mark = s("path", { d: "M8 6v3.6M8 11.4v.7", class: "cut" });
  return s("svg", { class: "late-icon", viewBox: "0 0 16 16", width: 14, height: 14, "aria-hidden": "true" }, shape, mark);
}

/** An instant that is just told. @param {string | null | undefined} at */
export function instant(at) {
  return at ? h("time", { datetime: at, title: exactly(at) }, dayAndTime(at)) : h("span", { class: "none" }, "–");
}

/** Begins to tick. @param {(name: string) => void} reached */
export function begin(reached) {
  onReached = reached;
  const beat = () => {
    if (!document.hidden) tick();
    setTimeout(beat, 1000 - (now() % 1000) + 5);
  };
  beat();
}

/** Brings everything that counts down up to now. */
export function tick() {
  for (const element of document.querySelectorAll("[data-until]")) {
    if (element instanceof HTMLElement && show(element)) onReached(element.dataset.name ?? "");
  }
}

/** Deadlines that were shown and are not past: one that turns late while it is drawn anew is announced too. @type {Set<string>} */
const awaited = new Set();

/** @param {HTMLElement} element @returns {boolean} whether it has just turned */
function show(element) {
  const left = (Date.parse(element.dataset.until ?? "") - now()) / 1000;
  const deadline = element.dataset.deadline !== undefined;
  const past = left <= 0;
  const soon = !past && left < 300;
  const before = element.dataset.past;
  element.dataset.past = String(past);
  element.classList.toggle("late", past && deadline);
  element.classList.toggle("reached", past && !deadline);
  element.classList.toggle("soon", soon);
  const words = element.lastElementChild;
  const text = past ? (deadline ? `late by ${length(left)}` : left > -1 ? "now" : `${length(left <= -60 ? left + (Math.abs(left) % 60) : left)} ago`) : `in ${length(Math.ceil(left))}`;
  if (words && words.textContent !== text) words.textContent = text;
  if (deadline) announceTurn(element.dataset.name ?? "", past);
  return before === "false" && past;
}

/** @param {string} name @param {boolean} late */
function announceTurn(name, late) {
  if (!name) return;
  if (!late) awaited.add(name);
  else if (awaited.delete(name)) announce(`${name} is late`);
}

/** Says it to those who do not see it. @param {string} words */
export function announce(words) {
  const announcer = byId("announcer");
  announcer.append(h("p", {}, words));
  while (announcer.childElementCount > 5) announcer.firstElementChild?.remove();
}
