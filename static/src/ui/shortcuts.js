// Keys in desks: j and k move between rows, Enter opens the row in focus, / searches, ? helps.

/** @param {number} step */
function move(step) {
  const rows = /** @type {HTMLElement[]} */ ([...document.querySelectorAll("[data-desk] [data-row]")]).filter((row) => row.offsetParent);
  if (!rows.length) return;
  let at = rows.indexOf(/** @type {HTMLElement} */ (document.activeElement));
  if (at < 0) at = rows.findIndex((row) => row.hasAttribute("aria-current"));
  const next = at < 0 ? (step > 0 ? 0 : rows.length - 1) : Math.min(rows.length - 1, Math.max(0, at + step));
  rows[next].focus();
  rows[next].scrollIntoView({ block: "nearest" });
}

export function start() {
  document.addEventListener("keydown", (event) => {
    const target = /** @type {HTMLElement} */ (event.target);
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (target.closest("input, textarea, select, [contenteditable], dialog")) return;
    if (!document.querySelector("[data-desk]")) return;
    if (event.key === "j") move(1);
    else if (event.key === "k") move(-1);
    else if (event.key === "/") document.getElementById("site-search")?.focus();
    else if (event.key === "?") /** @type {HTMLDialogElement | null} */ (document.getElementById("shortcuts"))?.showModal();
    else return;
    event.preventDefault();
  });
}
