// Share an issue by the device's own sheet, or copy its address; print a poster.
import { answer } from "../ui/announce.js";
import { toast } from "../ui/toast.js";
import { unattached } from "../ui/page.js";

/** @param {HTMLAnchorElement} link */
async function share(link) {
  if (navigator.share) {
    try {
      await navigator.share({ title: link.dataset.title, url: link.href });
    } catch {
      // The reader closed the sheet.
    }
    return;
  }
  try {
    await navigator.clipboard.writeText(link.href);
    toast(link.dataset.textCopied ?? "");
    answer(link.dataset.textCopied ?? "");
  } catch {
    location.href = link.href;
  }
}

/** @param {HTMLElement} root */
export function attach(root) {
  for (const link of unattached(root, "data-share")) {
    link.addEventListener("click", (event) => {
      event.preventDefault();
      share(/** @type {HTMLAnchorElement} */ (link));
    });
  }
  for (const button of unattached(root, "data-print")) button.addEventListener("click", () => window.print());
}
