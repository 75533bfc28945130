/** The page: which view is shown, what is drawn anew when, and what keys and buttons do. */

import { Trouble } from "./api.js";
import { byId, h } from "./dom.js";
import { ask, forget, hasKey, show as showKeyButton } from "./key.js";
import { Live } from "./live.js";
import { morph } from "./morph.js";
import { go, route, to } from "./router.js";
import { applyTheme, prefer } from "./settings.js";
import { openSettings, prepareSettings } from "./settings_dialog.js";
import { onKey } from "./short_cuts.js";
import { announce, begin } from "./tick.js";
import { look as lookForUnheard } from "./unheard_count.js";
import { zoneName } from "./words.js";
import * as attainment from "./views/attainment.js";
import * as deliveries from "./views/deliveries.js";
import * as forecast from "./views/forecast.js";
import * as next from "./views/next.js";
import * as policies from "./views/policies.js";
import * as ticket from "./views/ticket.js";
import * as unheard from "./views/unheard.js";

/**
 * @typedef {object} View
 * @property {string} title
 * @property {(route: import("./router.js").Route, signal: AbortSignal) => Promise<any>} load
 * @property {(data: any, route: import("./router.js").Route, width: number) => Node} draw
 * @property {(message: import("./stream.js").Message, route: import("./router.js").Route) => boolean} concerns
 * @property {Record<string, (pressed: HTMLElement) => Promise<void>>} [actions]
 * @property {number} [every] how often it is read anew at least, in milliseconds
 * @property {(route: import("./router.js").Route) => string} [titleOf]
 */

/** @type {Record<string, View>} */
const VIEWS = { next, forecast, attainment, deliveries, unheard, policies, tickets: ticket };
const LISTED = /** @type {const} */ ([["next", "Next"], ["forecast", "Forecast"], ["attainment", "Attainment"], ["deliveries", "Deliveries"], ["unheard", "Unheard"], ["policies", "Policies"]]);

let place = route();
/** @type {any} */
let data = null;
let asked = new AbortController();

/** @returns {View} */
function view() {
  return VIEWS[place.view] ?? next;
}

/** Reads what the view shows, and shows it; false if the service did not answer. */
async function refresh() {
  asked.abort();
  asked = new AbortController();
  const { signal } = asked;
  const of = place;
  try {
    const read = await view().load(of, signal);
    if (of !== place) return true;
    data = read;
    draw();
    trouble("");
    return true;
  } catch (error) {
    if (signal.aborted) return true;
    if (!(error instanceof Trouble)) throw error;
    trouble(error.message);
    if (data === null || error.status === 404) byId("content").replaceChildren();
    if (error.retryAfter) await new Promise((done) => setTimeout(done, error.retryAfter * 1000));
    return error.status !== 0;
  } finally {
    if (of === place) byId("main").removeAttribute("aria-busy");
  }
}

function draw() {
  if (data === null) return;
  const content = byId("content");
  const drawn = h("div");
  drawn.append(view().draw(data, place, content.clientWidth));
  morph(content, drawn);
}

/** @param {string} words empty: there is none */
function trouble(words) {
  const box = byId("trouble");
  if (box.textContent !== words) box.textContent = words;
}

/** Goes to where the address says. @param {boolean} moved whether a reader went there, who is told so */
async function arrive(moved) {
  const before = place;
  place = route();
  const same = before.view === place.view && before.id === place.id && moved;
  const title = view().titleOf?.(place) ?? view().title;
  byId("title").textContent = title;
  document.title = `${title} · escalator`;
  for (const link of document.querySelectorAll("#views a")) {
    const current = link.getAttribute("data-view") === place.view;
    if (current) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  if (!same) {
    data = null;
    trouble("");
    byId("main").dataset.view = place.view;
    byId("content").replaceChildren(h("p", { class: "nothing" }, "Loading …"));
    if (moved) {
      byId("title").focus({ preventScroll: true });
      scrollTo(0, 0);
    }
  }
  byId("main").setAttribute("aria-busy", "true");
  live.every = view().every ?? 0;
  await refresh();
  if (moved && same) announce("The list has changed");
}

const live = new Live(refresh, (message) => {
  if (message.type.startsWith("sla.")) lookForUnheard();
  return view().concerns(message, place);
});

/** A button was pressed. @param {HTMLElement} pressed */
async function act(pressed) {
  const action = view().actions?.[pressed.dataset.act ?? ""];
  if (!action || pressed.getAttribute("aria-disabled") === "true") return;
  pressed.setAttribute("aria-disabled", "true");
  try {
    await action(pressed);
    live.soon();
  } catch (error) {
    if (!(error instanceof Trouble)) throw error;
    trouble(error.message);
  } finally {
    pressed.removeAttribute("aria-disabled");
  }
}

/** The filters as they are now become the address. @param {HTMLFormElement} form */
function filter(form) {
  if (!form.isConnected) return; // the reader has gone elsewhere meanwhile
  const query = new URLSearchParams();
  for (const [name, value] of new FormData(form)) if (value) query.append(name, String(value));
  go(to(form.dataset.filters ?? "next", form.dataset.id ?? "", query), true);
}

function listen() {
  const main = byId("main");
  main.addEventListener("click", (event) => {
    const pressed = event.target instanceof Element ? event.target.closest("[data-act]") : null;
    if (pressed instanceof HTMLElement) void act(pressed);
  });
  let typing;
  main.addEventListener("input", (event) => {
    const form = event.target instanceof Element ? event.target.closest("form[data-filters]") : null;
    if (!(form instanceof HTMLFormElement)) return;
    clearTimeout(typing);
    typing = setTimeout(() => filter(form), event.target instanceof HTMLSelectElement ? 0 : 300);
  });
  main.addEventListener("submit", (event) => {
    event.preventDefault();
    if (event.target instanceof HTMLFormElement && event.target.dataset.filters) filter(event.target);
  });
  addEventListener("hashchange", () => {
    if (location.hash.startsWith("#/") || !location.hash) void arrive(true);
  });
  document.querySelector(".skip")?.addEventListener("click", (event) => {
    event.preventDefault(); // the address names the view
    byId("content").focus();
  });
  addEventListener("keydown", onKey);
  let resizing;
  addEventListener("resize", () => {
    clearTimeout(resizing);
    resizing = setTimeout(draw, 100);
  });
}

/** Forgets the key that there is, and all it showed; or asks for one. */
async function changeKey() {
  if (hasKey()) {
    forget();
    prefer("name", "");
    location.reload();
    return;
  }
  await ask("");
  live.stream.hurry();
  live.soon();
}

function begins() {
  applyTheme();
  byId("views").append(...LISTED.map(([name, words]) => h("li", {}, h("a", { href: to(name), "data-view": name }, words))));
  prepareSettings(() => {
    byId("zone").textContent = `Times in ${zoneName()}`;
    draw();
  });
  byId("settings-button").addEventListener("click", openSettings);
  byId("key-button").addEventListener("click", () => void changeKey());
  showKeyButton();
  listen();
  begin(() => live.soon());
  void arrive(false).then(() => {
    live.start();
    lookForUnheard();
  });
}

begins();
