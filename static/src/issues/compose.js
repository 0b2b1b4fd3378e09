// Writing an issue: steps on the phone, the number to call when a category may mean danger, the
// deadlines it brings, and the place that lies at a position.
import { fillIn } from "../ui/htmx.js";
import { fill, unattached } from "../ui/page.js";

const PHONE = matchMedia("(max-width: 760px)");

/** @param {HTMLFormElement} form */
function inSteps(form) {
  const steps = /** @type {HTMLElement[]} */ ([...form.querySelectorAll("[data-step]")]);
  const last = /** @type {HTMLElement | null} */ (form.querySelector("[data-last-step]"));
  if (steps.length < 2) return;
  const bar = document.createElement("div");
  bar.className = "compose-bar";
  const back = button(form.dataset.textBack, "btn");
  const forward = button(form.dataset.textNext, "btn btn-primary");
  const where = document.createElement("span");
  where.className = "fine";
  where.setAttribute("role", "status");
  bar.append(back, where, forward);
  steps[steps.length - 1].after(bar);
  let at = Math.max(0, steps.findIndex((step) => step.querySelector('[aria-invalid="true"], .field-invalid')));

  const show = () => {
    const one = PHONE.matches;
    steps.forEach((step, index) => { step.hidden = one && index !== at; });
    bar.hidden = !one;
    back.hidden = at === 0;
    forward.hidden = at === steps.length - 1;
    if (last) last.hidden = one && at !== steps.length - 1;
    where.textContent = fill(form.dataset.textStep, { n: at + 1, all: steps.length });
  };
  const go = (/** @type {number} */ step) => {
    at = Math.min(steps.length - 1, Math.max(0, at + step));
    show();
    form.scrollIntoView({ block: "start" });
    /** @type {HTMLElement | null} */ (steps[at].querySelector("input:not([type=hidden]), select, textarea"))?.focus({ preventScroll: true });
  };
  back.addEventListener("click", () => go(-1));
  forward.addEventListener("click", () => go(1));
  PHONE.addEventListener("change", show);
  show();
}

/** @param {string | undefined} text @param {string} classes */
function button(text, classes) {
  const made = document.createElement("button");
  made.type = "button";
  made.className = classes;
  made.textContent = text ?? "";
  return made;
}

/** @param {HTMLSelectElement} select */
function tellOf(select) {
  const form = select.form;
  const notice = /** @type {HTMLElement | null | undefined} */ (form?.querySelector("[data-urgency-notice]"));
  const days = /** @type {HTMLElement | null | undefined} */ (form?.querySelector("[data-deadlines]"));
  const show = () => {
    const { urgency, accept, answer } = /** @type {HTMLElement | undefined} */ (select.selectedOptions[0])?.dataset ?? {};
    if (notice) {
      notice.hidden = !urgency;
      const words = notice.querySelector("[data-urgency-text]");
      if (words) words.textContent = urgency ? fill(notice.dataset.text, { number: urgency }) : "";
    }
    if (days) {
      days.hidden = !accept;
      days.textContent = accept ? fill(days.dataset.text, { accept, answer: answer ?? "" }) : "";
    }
  };
  select.addEventListener("change", show);
  show();
}

/** @param {HTMLInputElement} longitude */
function placeAt(longitude) {
  const form = longitude.form;
  const box = /** @type {HTMLElement | null | undefined} */ (form?.querySelector("[data-place-box]"));
  if (!form || !box) return;
  const message = form.querySelector("[data-place-message]");
  const say = (/** @type {string} */ text) => { if (message) message.textContent = text; };
  let asked = 0;
  longitude.addEventListener("change", async () => {
    const latitude = /** @type {HTMLInputElement | null} */ (form.elements.namedItem("latitude"));
    if (!latitude?.value || !longitude.value) return;
    // Of several clicks only the last one fills in the place, whichever answer comes first.
    const mine = ++asked;
    try {
      const where = new URLSearchParams({ latitude: latitude.value, longitude: longitude.value });
      const found = await fetch(`${longitude.dataset.placeAt}?${where}`, { headers: { Accept: "application/json" } });
      if (mine !== asked) return;
      if (found.status === 404) say(longitude.dataset.textOutside ?? "");
      if (!found.ok) return;
      const place = await found.json();
      const wanted = new URLSearchParams({ name: "place_id", place_id: place.id });
      const answer = await fetch(`${longitude.dataset.placeSelect}?${wanted}`, { headers: { "HX-Request": "true" } });
      if (!answer.ok || mine !== asked) return;
      fillIn(box, await answer.text());
      say(fill(longitude.dataset.textFilled, { place: place.chain.slice(1).map((/** @type {{ name: string }} */ one) => one.name).join(" › ") || place.name }));
    } catch {
      // Without a line the lists remain.
    }
  });
}

/** @param {HTMLElement} root */
export function attach(root) {
  for (const form of unattached(root, "data-steps")) inSteps(/** @type {HTMLFormElement} */ (form));
  for (const select of unattached(root, "data-category")) tellOf(/** @type {HTMLSelectElement} */ (select));
  for (const input of unattached(root, "data-place-at")) placeAt(/** @type {HTMLInputElement} */ (input));
}
