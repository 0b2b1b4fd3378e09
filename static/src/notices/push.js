// "Push to this device": asks the browser for a subscription and gives it to the server.
import { csrfToken, pageText, unattached } from "../ui/page.js";

/** @param {string} text @returns {Uint8Array} */
function bytes(text) {
  const plain = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
  return Uint8Array.from(plain, (letter) => letter.charCodeAt(0));
}

/** What the device calls itself, for the list: browser and system, nothing finer. */
function device() {
  const agent = navigator.userAgent;
  const browser = /(Edg|Firefox|Chrome|Safari|MicroMessenger)\//.exec(agent)?.[1] ?? "";
  const system = /(Android|iPhone|iPad|Windows|Mac OS X|Linux|HarmonyOS)/.exec(agent)?.[1] ?? "";
  return [browser.replace("Edg", "Edge"), system].filter(Boolean).join(" · ");
}

/** @param {string} url @param {string} method @param {unknown} body */
async function call(url, method, body) {
  const answer = await fetch(url, {
    method,
    body: body === undefined ? undefined : JSON.stringify(body),
    headers: { "Content-Type": "application/json", "X-CSRFToken": csrfToken() },
    credentials: "same-origin",
  });
  const data = answer.status === 204 ? {} : await answer.json();
  if (!answer.ok) throw new Error(data.detail || data.title);
  return data;
}

/** @param {HTMLElement} box */
async function manage(box) {
  const start = /** @type {HTMLButtonElement} */ (box.querySelector("[data-push-start]"));
  const stop = /** @type {HTMLButtonElement} */ (box.querySelector("[data-push-stop]"));
  const none = /** @type {HTMLElement} */ (box.querySelector("[data-push-none]"));
  const message = /** @type {HTMLElement} */ (box.querySelector("[data-push-message]"));
  const url = box.dataset.url ?? "";
  const worker = await navigator.serviceWorker.ready;
  let subscription = await worker.pushManager.getSubscription();
  const show = () => {
    none.hidden = true;
    start.hidden = subscription !== null;
    stop.hidden = subscription === null;
  };
  start.addEventListener("click", async () => {
    try {
      subscription = await worker.pushManager.subscribe({
        userVisibleOnly: true,
        applicationServerKey: bytes(box.dataset.key ?? ""),
      });
      const { endpoint, keys } = subscription.toJSON();
      await call(url, "POST", { endpoint, keys: { p256dh: keys?.p256dh, auth: keys?.auth }, device: device() });
      message.textContent = box.dataset.textOn ?? "";
    } catch (problem) {
      await subscription?.unsubscribe();
      subscription = null;
      const refused = problem instanceof DOMException;
      message.textContent = refused ? box.dataset.textDenied ?? "" : String(/** @type {Error} */ (problem).message || pageText("failed"));
    }
    show();
  });
  stop.addEventListener("click", async () => {
    const endpoint = subscription?.endpoint;
    await subscription?.unsubscribe();
    subscription = null;
    if (endpoint) await call(`${url}/forget`, "POST", { endpoint }).catch(() => undefined);
    message.textContent = box.dataset.textOff ?? "";
    show();
  });
  show();
}

/** @param {HTMLElement} root */
export function attach(root) {
  if (!("serviceWorker" in navigator) || !("PushManager" in window)) return;
  for (const box of unattached(root, "data-push")) manage(box);
}
