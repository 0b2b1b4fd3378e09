// The moderators' queue: x chooses the row in focus, the number chosen stands beside the form. On a case, words
// marked in the text go into the passages to cover.
import { number, unattached } from "../ui/page.js";

/** @param {HTMLElement} form */
function count(form) {
  const chosen = form.querySelectorAll('input[name="case"]:checked').length;
  const cell = form.querySelector("[data-moderation-count]");
  if (cell) cell.textContent = chosen ? number(chosen) : "";
}

/** @param {HTMLElement} form */
function choose(form) {
  form.addEventListener("change", () => count(form));
  form.addEventListener("keydown", (event) => {
    const target = /** @type {HTMLElement} */ (event.target);
    if (event.key !== "x" || event.ctrlKey || event.metaKey || event.altKey || target.closest("textarea, select")) return;
    const box = /** @type {HTMLInputElement | null} */ (target.closest(".moderation-row")?.querySelector('input[name="case"]'));
    if (!box) return;
    box.checked = !box.checked;
    count(form);
    event.preventDefault();
  });
}

/** @param {HTMLElement} form */
function take(form) {
  const button = /** @type {HTMLButtonElement | null} */ (form.querySelector("[data-moderation-take]"));
  const field = /** @type {HTMLTextAreaElement | null} */ (form.querySelector('textarea[name="passages"]'));
  if (!button || !field) return;
  let marked = "";
  document.addEventListener("selectionchange", () => {
    const selection = document.getSelection();
    const inside = selection?.anchorNode?.parentElement?.closest("[data-moderation-source]");
    if (inside && String(selection).trim()) marked = String(selection).trim();
    button.hidden = !marked;
  });
  button.addEventListener("click", () => {
    if (!marked) return;
    field.value = [field.value.trim(), ...marked.split("\n").map((line) => line.trim())].filter(Boolean).join("\n");
    const redact = /** @type {HTMLInputElement | null} */ (form.querySelector('input[name="kind"][value="redact"]'));
    if (redact) redact.checked = true;
    marked = "";
    button.hidden = true;
  });
}

/** @param {HTMLElement} root */
export function attach(root) {
  for (const form of unattached(root, "data-moderation-queue")) choose(form);
  for (const form of unattached(root, "data-moderation-measure")) take(form);
}
