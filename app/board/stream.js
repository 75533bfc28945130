/**
 * Follows the log at `/v1/stream`. `EventSource` cannot show a key, so this reads the stream itself:
 * connects again when it is cut, from where it was, and says how it stands.
 *
 * @typedef {"live" | "cut" | "without"} State `without`: there is no stream to be had
 * @typedef {import("./sse.js").Message} Message
 */

import { admit } from "./api.js";
import { authorization, isDeclined } from "./key.js";
import { EventReader } from "./sse.js";

const FIRST_WAIT = 500;
const LONGEST_WAIT = 15_000;
/** Two heartbeats and a half without a byte: nobody is there any more. */
const SILENCE = 40_000;
/** After so long an absence everything is read anew, not all that happened meanwhile. */
const RESUME_WITHIN = 60_000;

export class Stream {
  /**
   * @param {(message: Message) => void} onMessage
   * @param {(state: State) => void} onState
   */
  constructor(onMessage, onState) {
    this.onMessage = onMessage;
    this.onState = onState;
    this.wait = FIRST_WAIT;
    this.lastId = "";
    this.cutAt = 0;
    /** @type {AbortController | null} */
    this.connection = null;
    this.running = false;
    /** @type {number | undefined} */
    this.timer = undefined;
  }

  /** Connects, and goes on until it is stopped. */
  start() {
    if (this.running) return;
    this.running = true;
    void this.#run();
  }

  /** Hangs up. */
  stop() {
    this.running = false;
    clearTimeout(this.timer);
    this.connection?.abort();
    this.cutAt = performance.now();
  }

  /** Connects now if it is waiting to: the network is back. */
  hurry() {
    this.wait = FIRST_WAIT;
    this.wake?.();
  }

  async #run() {
    while (this.running) {
      let pause = 0;
      try {
        pause = await this.#follow();
      } catch {
        // cut: by the network, by the service's end, by silence
      }
      if (!this.running) return;
      this.cutAt ||= performance.now();
      await this.#sleep(Math.max(pause, this.wait * (0.75 + Math.random() / 2)));
      this.wait = Math.min(this.wait * 2, LONGEST_WAIT);
    }
  }

  /** @param {number} milliseconds */
  async #sleep(milliseconds) {
    await new Promise((done) => {
      this.wake = () => done(undefined);
      this.timer = setTimeout(this.wake, milliseconds);
    });
  }

  /** One connection, to its end. @returns {Promise<number>} how long the service asks us to stay away, in milliseconds */
  async #follow() {
    if (isDeclined()) return LONGEST_WAIT;
    const connection = new AbortController();
    this.connection = connection;
    const resumes = this.lastId && (!this.cutAt || performance.now() - this.cutAt < RESUME_WITHIN);
    const shown = authorization();
    const headers = { Accept: "text/event-stream", ...shown, ...(resumes ? { "Last-Event-ID": this.lastId } : {}) };
    const options = /** @type {RequestInit} */ ({ headers, signal: connection.signal, cache: "no-store", credentials: "omit" });
    const response = await fetch("/v1/stream", options).catch((error) => {
      this.onState("cut");
      throw error;
    });
    if (response.status === 401) {
      await admit(shown.Authorization);
      return 0;
    }
    if (!response.ok || !response.body) {
      this.onState("without");
      void response.body?.cancel();
      return (Number(response.headers.get("Retry-After")) || 5) * 1000;
    }
    try {
      await this.#read(response.body, connection);
    } finally {
      connection.abort();
      if (this.running) this.onState("cut");
    }
    return 0;
  }

  /** @param {ReadableStream<Uint8Array>} body @param {AbortController} connection */
  async #read(body, connection) {
    const reader = new EventReader();
    const text = new TextDecoder();
    const bytes = body.getReader();
    let silence;
    this.wait = FIRST_WAIT;
    this.cutAt = 0;
    this.onState("live");
    try {
      for (;;) {
        clearTimeout(silence);
        silence = setTimeout(() => connection.abort(), SILENCE);
        const { done, value } = await bytes.read();
        if (done) return;
        for (const message of reader.read(text.decode(value, { stream: true }))) this.onMessage(message);
        if (reader.lastId) this.lastId = reader.lastId;
        if (reader.retry) this.wait = Math.min(reader.retry, LONGEST_WAIT);
      }
    } finally {
      clearTimeout(silence);
    }
  }
}
