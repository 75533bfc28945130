/**
 * Reads Server-Sent Events from text that comes in pieces, by the HTML standard (9.2.6).
 *
 * @typedef {{type: string, data: string, id: string}} Message
 */

export class EventReader {
  /** Where the stream has been read to; what `Last-Event-ID` says. */
  lastId = "";
  /** How long to wait before connecting again, in milliseconds, if the stream said so. */
  retry = 0;
  #rest = "";
  #type = "";
  /** @type {string[]} */
  #data = [];
  #begun = false;

  /** @param {string} piece @returns {Message[]} the events that it completes */
  read(piece) {
    let text = this.#rest + piece;
    if (!this.#begun && text) {
      this.#begun = true;
      if (text.startsWith("\uFEFF")) text = text.slice(1);
    }
    // A piece may end between the two halves of one end of line.
    const held = text.endsWith("\r") ? "\r" : "";
    const lines = (held ? text.slice(0, -1) : text).split(/\r\n|\n|\r/);
    this.#rest = (lines.pop() ?? "") + held;
    return lines.flatMap((line) => this.#line(line));
  }

  /** @param {string} line @returns {Message[]} */
  #line(line) {
    if (line === "") return this.#dispatch();
    const colon = line.indexOf(":");
    if (colon === 0) return [];
    const name = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
    if (name === "event") this.#type = value;
    else if (name === "data") this.#data.push(value);
    else if (name === "id" && !value.includes("\0")) this.lastId = value;
    else if (name === "retry" && /^\d+$/.test(value)) this.retry = Number(value);
    return [];
  }

  /** @returns {Message[]} */
  #dispatch() {
    const message = { type: this.#type || "message", data: this.#data.join("\n"), id: this.lastId };
    const empty = this.#data.length === 0;
    this.#type = "";
    this.#data = [];
    return empty ? [] : [message];
  }
}
