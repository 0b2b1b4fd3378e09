// Rows of the list: sums that move in place, and a banner when something new was published.
import { announce } from "../ui/announce.js";
import { fill, number, unattached } from "../ui/page.js";

/** @param {Element} cell @param {number} value */
function put(cell, value) {
  const text = number(value);
  if (cell.textContent === text) return;
  cell.textContent = text;
  cell.classList.add("just-changed");
  setTimeout(() => cell.classList.remove("just-changed"), 1500);
}

/** @param {HTMLElement} row */
function follow(row) {
  let newest = 0;
  row.addEventListener("live:tally", (event) => {
    const { version, data } = /** @type {CustomEvent} */ (event).detail;
    if (version < newest || !data?.chambers) return;
    newest = version;
    for (const cell of row.querySelectorAll("[data-sum]")) {
      const choice = /** @type {HTMLElement} */ (cell).dataset.sum ?? "";
      const all = Object.values(data.chambers).reduce((sum, counts) => sum + (/** @type {any} */ (counts)[choice] ?? 0), 0);
      put(cell, all);
    }
  });
  row.addEventListener("live:status", (event) => {
    const count = /** @type {CustomEvent} */ (event).detail.data?.comment_count;
    const cell = row.querySelector("[data-comments]");
    if (cell && count !== undefined) put(cell, count);
  });
}

/** @param {HTMLElement} banner */
function watchNews(banner) {
  /** @type {Set<string>} */
  const fresh = new Set();
  banner.addEventListener("live:status", (event) => {
    const data = /** @type {CustomEvent} */ (event).detail.data ?? {};
    if (data.status !== "published" || !data.issue_id || document.getElementById(`issue-${data.issue_id}`)) return;
    fresh.add(data.issue_id);
    const text = fill(fresh.size === 1 ? banner.dataset.textOne : banner.dataset.textOther, { n: number(fresh.size) });
    const words = banner.querySelector("[data-news-text]");
    if (words) words.textContent = text;
    banner.hidden = false;
    announce(text);
  });
}

/** @param {HTMLElement} root */
export function attach(root) {
  for (const row of unattached(root, "data-row-tally")) follow(row);
  for (const banner of unattached(root, "data-news")) watchNews(banner);
}
