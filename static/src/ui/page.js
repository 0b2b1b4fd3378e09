// What the other modules share: texts of the page, requests with the CSRF token, numbers.

/**
 * Fills {name} in a text that a template gave, translated, in a data attribute.
 * @param {string | undefined} text
 * @param {Record<string, string | number>} [values]
 * @returns {string}
 */
export function fill(text, values = {}) {
  return (text ?? "").replace(/\{(\w+)\}/g, (whole, name) => (name in values ? String(values[name]) : whole));
}

/**
 * A text of the page's body element, e.g. pageText("offline").
 * @param {string} name
 */
export function pageText(name) {
  return document.body.dataset[`text${name[0].toUpperCase()}${name.slice(1)}`] ?? "";
}

/** @returns {string} */
export function csrfToken() {
  return document.querySelector('meta[name="csrf-token"]')?.getAttribute("content") ?? "";
}

/**
 * Posts a form's fields and asks for JSON; a refusal becomes an Error with the reason to show.
 * @param {string} url
 * @param {FormData} body
 * @returns {Promise<any>}
 */
export async function post(url, body) {
  let answer;
  try {
    answer = await fetch(url, {
      method: "POST",
      body: new URLSearchParams(/** @type {any} */ (body)),
      headers: { Accept: "application/json", "X-CSRFToken": csrfToken() },
      credentials: "same-origin",
    });
  } catch {
    throw new Error(pageText("offline"));
  }
  const kind = answer.headers.get("Content-Type") ?? "";
  const data = kind.includes("json") ? await answer.json() : {};
  if (!answer.ok) throw new Error(data.detail || data.title || pageText("failed"));
  return data;
}

/** @param {number} value */
export function number(value) {
  return new Intl.NumberFormat(document.documentElement.lang || undefined).format(value);
}

/** @param {Date} [at] */
export function clock(at = new Date()) {
  return new Intl.DateTimeFormat(document.documentElement.lang || undefined, { hour: "2-digit", minute: "2-digit" }).format(at);
}

/**
 * Calls `work` once the calls to it have paused for `wait` milliseconds.
 * @template {any[]} A
 * @param {number} wait
 * @param {(...given: A) => void} work
 */
export function debounced(wait, work) {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  return (/** @type {A} */ ...given) => {
    clearTimeout(timer);
    timer = setTimeout(() => work(...given), wait);
  };
}

/**
 * The elements with this attribute inside (or being) root that were not yet attached.
 * @param {ParentNode & Node} root
 * @param {string} attribute
 * @returns {HTMLElement[]}
 */
export function unattached(root, attribute) {
  const found = /** @type {HTMLElement[]} */ ([...root.querySelectorAll(`[${attribute}]`)]);
  if (root instanceof HTMLElement && root.hasAttribute(attribute)) found.unshift(root);
  return found.filter((element) => {
    const marks = /** @type {any} */ (element);
    marks.attached ??= new Set();
    if (marks.attached.has(attribute)) return false;
    marks.attached.add(attribute);
    return true;
  });
}
