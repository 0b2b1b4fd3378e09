// While one types, similar things of the same kind are fetched and shown, so that one can
// support them instead of posting a twin. On the field: data-similar-url, data-similar-target
// (an id), data-similar-with (names of other fields of the form to send along).
import { announce } from "./announce.js";
import { fillIn } from "./htmx.js";
import { debounced, unattached } from "./page.js";

/** @param {HTMLElement} root */
export function attach(root) {
  for (const element of unattached(root, "data-similar-url")) {
    const field = /** @type {HTMLInputElement} */ (element);
    const target = document.getElementById(field.dataset.similarTarget ?? "");
    const form = field.form;
    if (!target || !form) continue;
    const names = (field.dataset.similarWith ?? "").split(/[\s,]+/).filter(Boolean);
    /** @type {AbortController | undefined} */
    let asking;
    const look = debounced(400, async () => {
      asking?.abort();
      if (field.value.trim().length < 2) {
        target.replaceChildren();
        return;
      }
      asking = new AbortController();
      const given = new FormData(form);
      const query = new URLSearchParams([[field.name, field.value]]);
      for (const name of names) query.set(name, String(given.get(name) ?? ""));
      try {
        const answer = await fetch(`${field.dataset.similarUrl}?${query}`, { signal: asking.signal, headers: { "HX-Request": "true" } });
        if (!answer.ok) return;
        fillIn(target, await answer.text());
        announce(/** @type {HTMLElement | null} */ (target.querySelector("[data-announce]"))?.dataset.announce ?? "");
      } catch {
        // Away from the network there is nothing to compare with; composing goes on.
      }
    });
    field.addEventListener("input", look);
    form.addEventListener("change", (event) => {
      if (names.includes(/** @type {HTMLInputElement} */ (event.target).name)) look();
    });
  }
}
