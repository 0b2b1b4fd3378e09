// The number on the bell: grows with live notices, is put right when the page catches up.
import { announce } from "./announce.js";
import { number, pageText, unattached } from "./page.js";

/** @param {HTMLElement} root */
export function attach(root) {
  for (const bell of unattached(root, "data-unread")) {
    const show = (/** @type {number} */ count) => {
      bell.dataset.unread = String(count);
      const text = count > 99 ? "99+" : number(count);
      const badge = /** @type {HTMLElement | null} */ (bell.querySelector("[data-unread-count]"));
      if (badge) {
        badge.hidden = count === 0;
        if (badge.firstElementChild) badge.firstElementChild.textContent = text;
      }
      for (const copy of document.querySelectorAll("[data-unread-copy]")) copy.textContent = text;
    };
    bell.addEventListener("live:notice", (event) => {
      const { data } = /** @type {CustomEvent} */ (event).detail;
      show(typeof data?.unread === "number" ? data.unread : Number(bell.dataset.unread) + 1);
      announce(pageText("notice"));
    });
    bell.addEventListener("live:state", (event) => {
      const { data } = /** @type {CustomEvent} */ (event).detail;
      if (typeof data?.unread === "number") show(data.unread);
    });
  }
}
