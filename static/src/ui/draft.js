// Drafts: what is typed into a <form data-draft="key"> is kept on this device at once, and on the
// server (data-draft-url) when there is a line; it comes back with a notice that can discard it.
import { clock, debounced, fill, post, unattached } from "./page.js";

const PREFIX = "draft:";
const SENT = "draft-sent";

/** @param {HTMLFormElement} form @returns {Record<string, string[]>} */
function typed(form) {
  /** @type {Record<string, string[]>} */
  const values = {};
  for (const [name, value] of new FormData(form)) {
    if (typeof value !== "string" || ["csrf_token", "version"].includes(name)) continue;
    const field = form.elements.namedItem(name);
    if (field instanceof HTMLInputElement && field.type === "password") continue;
    (values[name] ??= []).push(value);
  }
  return values;
}

/** @param {HTMLFormElement} form @param {Record<string, string[]>} values */
function restore(form, values) {
  for (const element of form.elements) {
    const field = /** @type {HTMLInputElement} */ (element);
    if (!field.name || ["file", "hidden", "submit", "password"].includes(field.type)) continue;
    const kept = values[field.name];
    if (field.type === "checkbox" || field.type === "radio") field.checked = kept?.includes(field.value) ?? false;
    else if (kept) field.value = kept[0];
  }
  form.dispatchEvent(new Event("change", { bubbles: true }));
}

/** @param {string} key @returns {{at: number, values: Record<string, string[]>} | undefined} */
function kept(key) {
  try {
    return JSON.parse(localStorage.getItem(PREFIX + key) ?? "null") ?? undefined;
  } catch {
    return undefined;
  }
}

/** A form that went to the server and did not come back with errors was accepted. */
function forgetSent() {
  const key = sessionStorage.getItem(SENT);
  if (!key) return;
  if (!document.querySelector(`form[data-draft="${CSS.escape(key)}"]`)) localStorage.removeItem(PREFIX + key);
  sessionStorage.removeItem(SENT);
}

/** @param {HTMLFormElement} form */
function keep(form) {
  const key = form.dataset.draft ?? "";
  const line = /** @type {HTMLElement | null} */ (form.querySelector("[data-draft-line]"));
  const status = line?.querySelector("[data-draft-status]");
  const discard = /** @type {HTMLElement | null | undefined} */ (line?.querySelector("[data-draft-discard]"));
  const original = typed(form);
  const say = (/** @type {string | undefined} */ text) => {
    if (line) line.hidden = false;
    if (status) status.textContent = fill(text, { time: clock() });
  };

  const toServer = debounced(2500, async () => {
    if (!form.dataset.draftUrl) return;
    try {
      const body = new FormData(form);
      for (const [name, value] of [...body]) if (typeof value !== "string") body.delete(name);
      await post(form.dataset.draftUrl, body);
      say(line?.dataset.textSaved);
    } catch {
      say(line?.dataset.textDevice);
    }
  });
  const save = debounced(600, () => {
    try {
      localStorage.setItem(PREFIX + key, JSON.stringify({ at: Date.now(), values: typed(form) }));
      say(navigator.onLine || !form.dataset.draftUrl ? line?.dataset.textSaved : line?.dataset.textDevice);
    } catch {
      // The device keeps nothing (private mode, full): the server's draft remains.
    }
    toServer();
  });

  const draft = kept(key);
  const saved = Date.parse(form.dataset.draftSaved ?? "") || 0;
  const failed = form.querySelector('[aria-invalid="true"]') !== null;
  if (draft && !failed && draft.at > saved && JSON.stringify(draft.values) !== JSON.stringify(original)) {
    restore(form, draft.values);
    say(line?.dataset.textRestored);
    if (discard) discard.hidden = false;
  }
  discard?.addEventListener("click", () => {
    localStorage.removeItem(PREFIX + key);
    restore(form, original);
    discard.hidden = true;
    if (line) line.hidden = true;
  });
  form.addEventListener("input", save);
  form.addEventListener("submit", () => sessionStorage.setItem(SENT, key));
  addEventListener("online", () => { if (kept(key)) toServer(); });
}

/** @param {HTMLElement} root */
export function attach(root) {
  forgetSent();
  for (const form of unattached(root, "data-draft")) keep(/** @type {HTMLFormElement} */ (form));
}
