// What was written without a line: kept on this device under a key of its own, and sent once later.
// The key goes along as Idempotency-Key, so that a message whose answer got lost is not there twice.
import { csrfToken, fill, unattached } from "./page.js";

const STORE = "waiting";
const LAST_ACCOUNT = "outbox-account";

/**
 * @typedef {{ key: string, account: string, acting: string, url: string, body: Record<string, unknown>,
 *   kind: "json" | "form", title: string, at: number, refused?: string }} Waiting
 */

/** @returns {Promise<IDBDatabase>} */
function open() {
  return new Promise((done, fail) => {
    const asked = indexedDB.open("gongzhi-outbox", 1);
    asked.onupgradeneeded = () => asked.result.createObjectStore(STORE, { keyPath: "key" });
    asked.onsuccess = () => done(asked.result);
    asked.onerror = () => fail(asked.error);
  });
}

/**
 * @template T
 * @param {IDBTransactionMode} mode
 * @param {(store: IDBObjectStore) => IDBRequest<T>} work
 * @returns {Promise<T>}
 */
async function within(mode, work) {
  const base = await open();
  try {
    return await new Promise((done, fail) => {
      const change = base.transaction(STORE, mode);
      const asked = work(change.objectStore(STORE));
      change.oncomplete = () => done(asked.result);
      change.onerror = () => fail(change.error);
    });
  } finally {
    base.close();
  }
}

function account() {
  return document.body.dataset.account || "";
}

/** Whose a message is that was written on the offline page, which knows nobody. */
function writer() {
  return account() || localStorage.getItem(LAST_ACCOUNT) || "";
}

/** @returns {Promise<Waiting[]>} */
async function mine() {
  /** @type {Waiting[]} */
  const all = await within("readonly", (store) => store.getAll());
  return all.filter((one) => one.account === writer()).sort((one, other) => one.at - other.at);
}

/** @param {Waiting} one @returns {Promise<Response>} */
function deliver(one) {
  /** @type {Record<string, string>} */
  const headers = { Accept: "application/json", "X-CSRFToken": csrfToken(), "Idempotency-Key": one.key };
  if (one.kind === "json") headers["Content-Type"] = "application/json";
  const body = one.kind === "json"
    ? JSON.stringify(one.body)
    : new URLSearchParams(Object.entries(one.body).flatMap(([name, values]) =>
      /** @type {string[]} */ (values).map((value) => [name, value])));
  return fetch(one.url, { method: "POST", headers, body, credentials: "same-origin" });
}

/** Sends what waits, one tab at a time; what is refused stays to be read and thrown away. */
async function sendAll() {
  if (!account() || !navigator.onLine) return;
  let sent = 0;
  for (const one of await mine()) {
    if (one.refused || one.acting !== (document.body.dataset.acting ?? "")) continue;
    let answer;
    try {
      answer = await deliver(one);
    } catch {
      break; // no line after all
    }
    if (answer.ok) {
      await within("readwrite", (store) => store.delete(one.key));
      sent += 1;
    } else if (answer.status >= 500 || [401, 408, 429].includes(answer.status)) {
      break; // not now
    } else {
      const data = await answer.json().catch(() => ({}));
      await within("readwrite", (store) => store.put({ ...one, refused: data.detail || data.title || String(answer.status) }));
    }
  }
  await show(sent);
}

const once = () => (navigator.locks ? navigator.locks.request("gongzhi-outbox", sendAll) : sendAll());

/** @param {number} [sent] */
async function show(sent = 0) {
  const box = /** @type {HTMLElement | null} */ (document.querySelector("[data-outbox]"));
  if (!box) return;
  const waiting = await mine();
  const head = /** @type {HTMLElement} */ (box.querySelector("[data-outbox-head]"));
  const list = /** @type {HTMLElement} */ (box.querySelector("[data-outbox-list]"));
  box.hidden = waiting.length === 0 && sent === 0;
  head.textContent = waiting.length
    ? fill(box.dataset.textWaiting, { count: waiting.length })
    : fill(box.dataset.textSent, { count: sent });
  list.replaceChildren(...waiting.map((one) => {
    const item = document.createElement("li");
    const words = document.createElement("span");
    words.textContent = one.refused ? fill(box.dataset.textRefused, { title: one.title, why: one.refused }) : one.title;
    const drop = document.createElement("button");
    drop.type = "button";
    drop.className = "btn btn-quiet";
    drop.textContent = box.dataset.textDrop ?? "";
    drop.addEventListener("click", async () => {
      await within("readwrite", (store) => store.delete(one.key));
      await show();
    });
    item.append(words, drop);
    return item;
  }));
}

/** @param {HTMLFormElement} form */
async function keep(form) {
  const given = new FormData(form);
  const words = String(given.get("body") ?? "");
  const isDraft = form.dataset.offline === "draft";
  /** @type {Record<string, any>} */
  const body = {};
  if (isDraft) {
    for (const [name, value] of given) if (typeof value === "string" && name !== "csrf_token") (body[name] ??= []).push(value);
    if (!body.client_key?.[0]) body.client_key = [crypto.randomUUID()];
  } else {
    body.body = words;
    for (const name of ["stance", "parent"]) if (given.get(name)) body[name] = String(given.get(name));
  }
  await within("readwrite", (store) => store.put({
    key: crypto.randomUUID(),
    account: writer(),
    acting: document.body.dataset.acting ?? "",
    url: form.dataset.offlineUrl ?? "",
    body,
    kind: isDraft ? "form" : "json",
    title: (isDraft && String(given.get("title") ?? "")) || words.slice(0, 60),
    at: Date.now(),
  }));
  form.reset();
  // What is kept here is no draft of this form any more: put back later, it would be sent twice.
  localStorage.removeItem(`draft:${form.dataset.draft}`);
  await show();
  document.querySelector("[data-outbox]")?.scrollIntoView({ block: "nearest" });
}

/** Starts sending, now and whenever the line comes back. */
export function start() {
  if (!("indexedDB" in window) || !crypto.randomUUID) return;
  if (account()) localStorage.setItem(LAST_ACCOUNT, account());
  document.addEventListener("submit", (event) => {
    const form = /** @type {HTMLFormElement} */ (event.target);
    if (!form.matches("[data-offline]") || !writer()) return;
    if (navigator.onLine && !form.hasAttribute("data-offline-always")) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    keep(form);
  }, true);
  addEventListener("online", once);
  show().then(once);
}

/** @param {HTMLElement} root */
export function attach(root) {
  // The offline page offers to note something down only to whoever was signed in here.
  for (const part of unattached(root, "data-offline-only")) part.hidden = !writer();
}
