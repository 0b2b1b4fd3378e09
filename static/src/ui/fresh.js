// New comments announce themselves as "3 new comments", to be opened by the reader.
import { announce } from "./announce.js";
import { fill, number, unattached } from "./page.js";

/** @param {HTMLElement} root */
export function attach(root) {
  for (const banner of unattached(root, "data-fresh")) {
    const place = banner.closest("[data-topic]");
    /** @type {Set<string>} */
    const waiting = new Set();
    const show = () => {
      // One's own comment stands on the page already.
      for (const id of waiting) if (document.getElementById(`comment-${id}`)) waiting.delete(id);
      const n = waiting.size;
      const text = fill(n === 1 ? banner.dataset.textOne : banner.dataset.textOther, { n: number(n) });
      const words = banner.querySelector("[data-fresh-text]");
      if (words) words.textContent = text;
      banner.hidden = n === 0;
      return n ? text : "";
    };
    place?.addEventListener("live:comment", (event) => {
      const { data, version } = /** @type {CustomEvent} */ (event).detail;
      for (const id of [data?.ids ?? data?.id ?? `v${version}`].flat()) waiting.add(String(id));
      // Wait a moment: the answer to one's own posting may be on its way.
      setTimeout(() => announce(show()), 400);
    });
    place?.addEventListener("htmx:afterSwap", () => setTimeout(show));
    banner.addEventListener("click", () => { waiting.clear(); show(); });
  }
}
