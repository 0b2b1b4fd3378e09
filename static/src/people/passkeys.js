// Passkeys: asks the server for a challenge, lets the browser answer it, and sends the answer with the form.
// Without WebAuthn the buttons stay hidden; the other ways in are on the page anyway.
import { post, unattached } from "../ui/page.js";

/** @param {string} text @returns {ArrayBuffer} */
function bytes(text) {
  const plain = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
  return Uint8Array.from(plain, (letter) => letter.charCodeAt(0)).buffer;
}

/** @param {ArrayBuffer | null} buffer @returns {string | null} */
function text(buffer) {
  if (!buffer) return null;
  const plain = String.fromCharCode(...new Uint8Array(buffer));
  return btoa(plain).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}

/** @param {any[] | undefined} keys */
function known(keys) {
  return (keys ?? []).map((key) => ({ ...key, id: bytes(key.id) }));
}

/** @param {any} options @returns {Promise<any>} */
async function make(options) {
  const made = /** @type {any} */ (await navigator.credentials.create({
    publicKey: {
      ...options,
      challenge: bytes(options.challenge),
      user: { ...options.user, id: bytes(options.user.id) },
      excludeCredentials: known(options.excludeCredentials),
    },
  }));
  return {
    id: made.id,
    rawId: text(made.rawId),
    type: made.type,
    response: {
      clientDataJSON: text(made.response.clientDataJSON),
      attestationObject: text(made.response.attestationObject),
      transports: made.response.getTransports?.() ?? [],
    },
  };
}

/** @param {any} options @returns {Promise<any>} */
async function use(options) {
  const given = /** @type {any} */ (await navigator.credentials.get({
    publicKey: {
      ...options,
      challenge: bytes(options.challenge),
      allowCredentials: known(options.allowCredentials),
    },
  }));
  return {
    id: given.id,
    rawId: text(given.rawId),
    type: given.type,
    response: {
      clientDataJSON: text(given.response.clientDataJSON),
      authenticatorData: text(given.response.authenticatorData),
      signature: text(given.response.signature),
      userHandle: text(given.response.userHandle),
    },
  };
}

/** @param {HTMLElement} box */
async function answer(box) {
  const { passkey, passkeyOptions, passkeyField, textFailed } = box.dataset;
  const said = /** @type {HTMLElement} */ (box.querySelector("[data-passkey-error]"));
  const field = /** @type {HTMLInputElement} */ (document.getElementById(passkeyField ?? ""));
  said.hidden = true;
  try {
    const options = await post(passkeyOptions ?? "", new FormData());
    field.value = JSON.stringify(await (passkey === "register" ? make(options) : use(options)));
  } catch (problem) {
    // What the browser itself refuses (a cancelled dialog) has no words fit for people.
    said.textContent = problem instanceof DOMException ? textFailed ?? "" : /** @type {Error} */ (problem).message;
    said.hidden = false;
    return;
  }
  field.form?.requestSubmit();
}

/** @param {HTMLElement} root */
export function attach(root) {
  // A passkey belongs to a host name; where the site is reached by a bare number there is none.
  if (!window.PublicKeyCredential || !navigator.credentials || /^[\d.]+$|:/.test(location.hostname)) return;
  for (const missing of root.querySelectorAll("[data-passkey-missing]")) missing.remove();
  for (const box of unattached(root, "data-passkey")) {
    box.hidden = false;
    box.querySelector("[data-passkey-start]")?.addEventListener("click", () => answer(box));
  }
}
