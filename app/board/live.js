/**
 * Keeps what is shown up to date, and never asks more often than needed: however much happens, one
 * refresh follows another at a distance.
 */

import { byId } from "./dom.js";
import { doubt } from "./server_time.js";
import { Stream } from "./stream.js";

/** Between the end of a refresh and the next, in milliseconds. */
const DISTANCE = 1000;
/** Without a stream, it is looked this often whether anything is new. */
const POLL = 4000;
/** With one, what shows no event of its own: time that passes. */
const REGULAR = 30_000;
/** A page that nobody sees holds no connection after so long. */
const HIDDEN_FOR = 20_000;

const SAID = {
  starting: "Connecting",
  live: "Live",
  cut: "Cut off, connecting again",
  without: "Not live: looks every few seconds",
  away: "The service does not answer",
  hidden: "Paused",
};

export class Live {
  /**
   * @param {(reason: string) => Promise<boolean>} refresh shows what is new; false if the service did not answer
   * @param {(message: import("./stream.js").Message) => boolean} concerns whether an event is about what is shown
   */
  constructor(refresh, concerns) {
    this.refresh = refresh;
    this.state = "starting";
    this.underWay = false;
    this.wanted = false;
    this.every = 0;
    this.endedAt = -Infinity;
    /** @type {number | undefined} */
    this.timer = undefined;
    /** @type {number | undefined} */
    this.hiding = undefined;
    this.stream = new Stream(
      (message) => {
        if (!this.wanted && concerns(message)) this.soon();
      },
      (state) => this.#turn(state),
    );
  }

  /** Begins to follow. */
  start() {
    this.stream.start();
    document.addEventListener("visibilitychange", () => this.#seen());
    addEventListener("online", () => this.stream.hurry());
    this.#regularly();
  }

  /** Something is new: it is shown as soon as it may be. */
  soon() {
    this.wanted = true;
    if (this.underWay || document.hidden) return;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.#run("news"), Math.max(0, this.endedAt + DISTANCE - performance.now()));
  }

  /** @param {string} reason */
  async #run(reason) {
    if (this.underWay) return;
    this.underWay = true;
    this.wanted = false;
    let answered = true;
    try {
      answered = await this.refresh(reason);
    } finally {
      this.underWay = false;
      this.endedAt = performance.now();
    }
    if (!answered && this.state !== "live") this.#say("away");
    else this.#say(this.state);
    if (this.wanted) this.soon();
  }

  /** @param {import("./stream.js").State} state */
  #turn(state) {
    const back = state === "live" && this.state !== "live";
    this.state = state;
    this.#say(state);
    if (back) this.soon(); // whatever was missed
  }

  /** @param {string} state */
  #say(state) {
    const badge = byId("live");
    if (badge.dataset.state === state) return;
    badge.dataset.state = state;
    byId("live-words").textContent = SAID[state];
  }

  #regularly() {
    const pause = this.every || (this.state === "live" ? REGULAR : POLL);
    setTimeout(() => {
      const due = performance.now() - this.endedAt >= pause - 50;
      if (due && !document.hidden && !this.underWay) void this.#run("time");
      this.#regularly();
    }, Math.min(pause, POLL));
  }

  #seen() {
    clearTimeout(this.hiding);
    if (document.hidden) {
      this.hiding = setTimeout(() => {
        this.stream.stop();
        this.#say("hidden");
      }, HIDDEN_FOR);
      return;
    }
    doubt();
    this.stream.start();
    this.soon();
  }
}
