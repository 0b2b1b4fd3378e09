// "Use my position": fills the latitude and longitude fields from the device.
import { answer } from "./announce.js";
import { unattached } from "./page.js";

/** @param {string | undefined} id @param {number} value */
function put(id, value) {
  const input = /** @type {HTMLInputElement | null} */ (document.getElementById(id ?? ""));
  if (!input) return;
  input.value = value.toFixed(6);
  input.dispatchEvent(new Event("change", { bubbles: true }));
}

/** @param {HTMLElement} root */
export function attach(root) {
  if (!("geolocation" in navigator)) return;
  for (const button of unattached(root, "data-geo")) {
    button.hidden = false;
    const message = button.parentElement?.querySelector("[data-geo-message]");
    const say = (/** @type {string | undefined} */ text) => {
      if (message) message.textContent = text ?? "";
      else answer(text ?? "");
      button.removeAttribute("aria-busy");
    };
    button.addEventListener("click", () => {
      button.setAttribute("aria-busy", "true");
      navigator.geolocation.getCurrentPosition(
        ({ coords }) => {
          put(button.dataset.lat, coords.latitude);
          put(button.dataset.lon, coords.longitude);
          say(button.dataset.textFound);
        },
        () => say(button.dataset.textRefused),
        { enableHighAccuracy: true, timeout: 10_000, maximumAge: 60_000 },
      );
    });
  }
}
