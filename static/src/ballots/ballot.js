// A ballot's page: a nonce of the browser's own, turnout that counts by itself, and options moved up and down.
import { announce } from "../ui/announce.js";
import { fill, number, unattached } from "../ui/page.js";

/** Random characters that nobody but this browser knows: what the receipt is made of. */
function nonce() {
  const bytes = crypto.getRandomValues(new Uint8Array(32));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** @param {HTMLElement} place @param {any} data */
function show(place, data) {
  if (typeof data?.voted === "number") {
    for (const cell of place.querySelectorAll("[data-voted]")) cell.textContent = number(data.voted);
    for (const bar of place.querySelectorAll("[data-voted-bar]")) /** @type {HTMLProgressElement} */ (bar).value = data.voted;
  }
  const moved = /** @type {HTMLElement | null} */ (place.querySelector("[data-ballot-moved]"));
  if (moved && data?.status && data.status !== place.dataset.status) moved.hidden = false;
}

/** @param {HTMLElement} list */
function rank(list) {
  const rows = () => /** @type {HTMLElement[]} */ ([...list.children]);
  const place = (/** @type {HTMLElement} */ row) => /** @type {HTMLSelectElement} */ (row.querySelector("select"));
  const write = () => rows().forEach((row, index) => { place(row).value = String(index + 1); });
  const given = rows().filter((row) => place(row).value);
  given.sort((one, other) => Number(place(one).value) - Number(place(other).value));
  for (const row of [...given, ...rows().filter((one) => !place(one).value)]) list.append(row);
  for (const row of rows()) {
    const option = row.dataset.option ?? "";
    for (const [step, sign, text] of /** @type {const} */ ([[-1, "↑", list.dataset.textUp], [1, "↓", list.dataset.textDown]])) {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "btn";
      button.textContent = sign;
      button.setAttribute("aria-label", fill(text, { option }));
      button.addEventListener("click", () => {
        const other = step < 0 ? row.previousElementSibling : row.nextElementSibling;
        if (!other) return;
        if (step < 0) other.before(row);
        else other.after(row);
        write();
        button.focus();
        announce(fill(list.dataset.textMoved, { option, place: rows().indexOf(row) + 1 }));
      });
      row.append(button);
    }
  }
}

/** @param {HTMLElement} root */
export function attach(root) {
  for (const form of unattached(root, "data-ballot-form")) {
    const field = /** @type {HTMLInputElement | null} */ (form.querySelector('input[name="nonce"]'));
    if (field) field.value = nonce();
  }
  for (const list of unattached(root, "data-ranking")) rank(list);
  for (const place of unattached(root, "data-ballot")) {
    for (const kind of ["ballot", "state"]) {
      place.addEventListener(`live:${kind}`, (event) => show(place, /** @type {CustomEvent} */ (event).detail.data));
    }
  }
}
