// Photos shared from another app, which the service worker has kept, go into the form of a new issue.
import { unattached } from "../ui/page.js";

/** @param {HTMLElement} box */
async function take(box) {
  const input = /** @type {HTMLInputElement | null} */ (box.querySelector('input[type="file"]'));
  if (!input || !new URLSearchParams(location.search).has("shared") || !("caches" in window)) return;
  const cache = await caches.open("gongzhi-shared");
  const given = new DataTransfer();
  for (const request of await cache.keys()) {
    const kept = await cache.match(request);
    if (!kept) continue;
    const name = decodeURIComponent(kept.headers.get("X-Name") ?? "photo.jpg");
    given.items.add(new File([await kept.blob()], name, { type: kept.headers.get("Content-Type") ?? "image/jpeg" }));
  }
  if (!given.files.length) return;
  await caches.delete("gongzhi-shared");
  input.files = given.files;
  input.dispatchEvent(new Event("change", { bubbles: true }));
}

/** @param {HTMLElement} root */
export function attach(root) {
  for (const box of unattached(root, "data-photos")) setTimeout(() => take(box));
}
