// Words that moderation covers or hides leave open pages at once: the message drops them, and what may be read
// now is fetched in their place. A thing no longer public sends no data at all.

const GONE = ":scope > .talk-text, :scope > .held, :scope > .soft";

/**
 * @param {string} url
 * @returns {Promise<Document>}
 */
async function fetched(url) {
  const answer = await fetch(url, { headers: { Accept: "text/html" }, credentials: "same-origin" });
  return new DOMParser().parseFromString(await answer.text(), "text/html");
}

/** @param {string} id */
async function renew(id) {
  const words = document.getElementById(`comment-${id}`)?.querySelector(GONE);
  if (!words) return;
  words.textContent = "…";
  const now = (await fetched(`/comments/${id}`)).getElementById(`comment-${id}`)?.querySelector(GONE);
  if (now) words.replaceWith(now);
}

/** @param {string} topic */
async function renewWords(topic) {
  for (const row of document.querySelectorAll(`[data-row-tally][data-topic="${CSS.escape(topic)}"]`)) {
    /** @type {HTMLElement} */ (row).hidden = true;
  }
  const places = [...document.querySelectorAll("[data-words]")].filter((place) => /** @type {HTMLElement} */ (place).dataset.words === topic);
  if (!places.length) return;
  for (const place of places) place.textContent = "…";
  const fresh = await fetched(location.href);
  for (const place of places) {
    const now = fresh.getElementById(place.id);
    if (now) place.replaceWith(now);
    else place.remove();
  }
}

export function start() {
  document.addEventListener("live", (event) => {
    const { topic, kind, data } = /** @type {CustomEvent} */ (event).detail;
    if (kind === "comment" && data?.event === "comment.moderated" && data.id) renew(data.id).catch(() => {});
    else if (kind === "status" && (!data?.event || String(data.event).endsWith(".moderated"))) renewWords(topic).catch(() => {});
  });
}
