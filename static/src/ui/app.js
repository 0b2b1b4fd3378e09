// The site as an app: the service worker, the quiet offer to install it, and tidying up after signing out.
import { unattached } from "./page.js";

/** @type {any} */
let offer;

/** Starts the worker; the offer to install is kept until somebody wants it. */
export function start() {
  if (!("serviceWorker" in navigator)) return;
  addEventListener("load", () => navigator.serviceWorker.register("/sw.js").catch(() => undefined));
  addEventListener("beforeinstallprompt", (event) => {
    event.preventDefault();
    offer = event;
    for (const button of document.querySelectorAll("[data-install]")) /** @type {HTMLElement} */ (button).hidden = false;
  });
  document.addEventListener("submit", (event) => {
    const form = /** @type {HTMLFormElement} */ (event.target);
    if (form.matches("[data-sign-out]")) navigator.serviceWorker.controller?.postMessage("signed-out");
  });
}

/** @param {HTMLElement} root */
export function attach(root) {
  for (const button of unattached(root, "data-install")) {
    button.addEventListener("click", async () => {
      await offer?.prompt();
      button.hidden = true;
    });
  }
}
