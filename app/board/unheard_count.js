/** How many roles were told of something that nobody heard, beside the view that lists it. */

import { get, Trouble } from "./api.js";
import { h } from "./dom.js";

const DISTANCE = 10_000;
const REGULAR = 60_000;

/** @type {number | undefined} */
let timer;
let askedAt = -Infinity;

/** Looks, at a distance from the last time, and from then on every minute. */
export function look() {
  clearTimeout(timer);
  timer = setTimeout(ask, Math.max(0, askedAt + DISTANCE - performance.now()));
}

async function ask() {
  askedAt = performance.now();
  clearTimeout(timer);
  timer = setTimeout(ask, REGULAR);
  if (document.hidden) return;
  try {
    const { detail } = await get("/readyz");
    show(Object.keys(detail.unheard_last_day ?? {}).length);
  } catch (error) {
    if (!(error instanceof Trouble)) throw error;
  }
}

/** @param {number} roles */
function show(roles) {
  const link = document.querySelector('#views a[data-view="unheard"]');
  link?.querySelector(".count")?.remove();
  if (roles > 0) link?.append(h("span", { class: "count" }, String(roles), h("span", { class: "unseen" }, roles === 1 ? " role" : " roles")));
}
