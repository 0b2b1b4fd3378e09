// htmx under a strict content security policy: no eval, no injected styles, the CSRF token on
// every request, and answers 422 and 409 shown like others since they carry the form.
import htmx from "htmx.org";
import { csrfToken, pageText } from "./page.js";
import { toast } from "./toast.js";

htmx.config.allowEval = false;
htmx.config.allowScriptTags = false;
htmx.config.includeIndicatorStyles = false;
htmx.config.selfRequestsOnly = true;
htmx.config.historyCacheSize = 0;
htmx.config.responseHandling = [
  { code: "204", swap: false },
  { code: "[23]..", swap: true },
  { code: "409", swap: true, error: false },
  { code: "422", swap: true, error: false },
  { code: "...", swap: false, error: true },
];

/**
 * Starts htmx; `attach` is called with the page and with each piece that comes later.
 * @param {(root: HTMLElement) => void} attach
 */
export function start(attach) {
  document.addEventListener("htmx:configRequest", (event) => {
    const { headers, verb } = /** @type {CustomEvent} */ (event).detail;
    if (verb !== "get") headers["X-CSRFToken"] = csrfToken();
  });
  document.addEventListener("htmx:sendError", () => toast(pageText("offline")));
  document.addEventListener("htmx:responseError", () => toast(pageText("failed")));
  htmx.onLoad((element) => attach(/** @type {HTMLElement} */ (element)));
}

/**
 * Puts HTML from our own server into an element and brings its parts to life.
 * @param {HTMLElement} target
 * @param {string} html
 */
export function fillIn(target, html) {
  htmx.swap(target, html, { swapStyle: "innerHTML", swapDelay: 0, settleDelay: 0 });
}
