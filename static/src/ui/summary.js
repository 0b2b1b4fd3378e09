// The summary of errors takes the focus, so that nobody misses it.
import { unattached } from "./page.js";

/** @param {HTMLElement} root */
export function attach(root) {
  for (const summary of unattached(root, "data-error-summary")) summary.focus();
}
