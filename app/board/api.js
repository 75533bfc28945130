/** Requests to the API, with the key; what goes wrong is said in words. */

import { ask, authorization, forget, hasKey, isDeclined } from "./key.js";
import { learn } from "./server_time.js";

/** What went wrong with a request; `status` is 0 if there was no answer. */
export class Trouble extends Error {
  /** @param {number} status @param {string} words @param {number} [retryAfter] in seconds */
  constructor(status, words, retryAfter = 0) {
    super(words);
    this.status = status;
    this.retryAfter = retryAfter;
  }
}

const WORDS = {
  403: "This key may not see or do that",
  404: "There is none such",
  409: "That contradicts what is recorded",
  422: "The service refused that",
  429: "Too many requests with this key: the board asks again in a moment",
  503: "The service is busy or has no database at the moment: the board asks again",
};

/**
 * @param {string} path
 * @param {Record<string, any>} [parameters] those that are empty are left out; a list is given several times
 */
export function address(path, parameters = {}) {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) {
    for (const each of Array.isArray(value) ? value : [value]) {
      if (each !== "" && each !== null && each !== undefined) query.append(name, String(each));
    }
  }
  const text = query.toString();
  return text ? `${path}?${text}` : path;
}

/**
 * What the API answers.
 * @param {string} path
 * @param {Record<string, any>} [parameters]
 * @param {AbortSignal} [signal]
 * @returns {Promise<any>}
 */
export function get(path, parameters, signal) {
  return request("GET", address(path, parameters), undefined, signal);
}

/** @param {string} path @param {any} [body] @returns {Promise<any>} */
export function post(path, body) {
  return request("POST", path, body);
}

/** What the API answers, or null where there is none such. @type {typeof get} */
export async function getIfAny(path, parameters, signal) {
  try {
    return await get(path, parameters, signal);
  } catch (error) {
    if (error instanceof Trouble && error.status === 404) return null;
    throw error;
  }
}

/** @param {string} method @param {string} url @param {any} body @param {AbortSignal} [signal] @returns {Promise<any>} */
async function request(method, url, body, signal) {
  if (isDeclined()) throw needed();
  const shown = authorization();
  const headers = { Accept: "application/json", ...shown };
  if (body !== undefined) headers["Content-Type"] = "application/json";
  const askedAt = performance.now();
  let response;
  try {
    response = await fetch(url, { method, headers, body: body === undefined ? undefined : JSON.stringify(body), signal, cache: "no-store", credentials: "omit" });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new Trouble(0, "The service does not answer: the board asks again");
  }
  if (response.status === 401) {
    await admit(shown.Authorization);
    return request(method, url, body, signal);
  }
  if (!response.ok) throw await troubleOf(response);
  const answer = await response.json();
  const asOf = answer.as_of ?? answer.items?.[0]?.as_of;
  if (asOf) learn(asOf, askedAt);
  return answer;
}

/** A key was needed, or another one. @param {string | undefined} shown the one that was not taken */
export async function admit(shown) {
  if (shown !== authorization().Authorization) return; // another one was given meanwhile
  if (isDeclined()) throw needed();
  const complaint = hasKey() ? "This key is not valid, or no longer." : "";
  if (complaint) forget();
  await ask(complaint);
  if (!hasKey()) throw needed();
}

function needed() {
  return new Trouble(401, "A key is needed to see anything here");
}

/** @param {Response} response @returns {Promise<Trouble>} */
export async function troubleOf(response) {
  const problem = await response.json().catch(() => ({}));
  const words = WORDS[response.status] ?? `The service answered ${response.status}`;
  const detail = typeof problem.detail === "string" ? `: ${problem.detail}` : "";
  return new Trouble(response.status, words + detail, Number(response.headers.get("Retry-After")) || 0);
}
