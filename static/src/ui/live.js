// The live line: watches the topics that stand on the page (data-topic, data-version), passes
// each message on as a DOM event `live:<kind>` to the elements of its topic, and catches up by
// itself after a lost line. `live:stale` asks an element to fetch again.
import { io } from "socket.io-client";

const SILENCE = 60_000;

/** @typedef {{topic: string, version: number, at?: string, data?: any, prev?: number, limited?: boolean}} Message */
/** @typedef {{ok: boolean, refused?: string[], versions?: Record<string, number>}} Watched */
/** @typedef {{ok: boolean, version?: number, state?: Record<string, any>, events?: (Message & {kind: string})[], limited?: boolean}} Resynced */

const KINDS = ["tally", "comment", "status", "answer", "decision", "progress", "joined", "ballot", "notice"];

/** What the page shows of each topic, as a version. @type {Map<string, number>} */
const shown = new Map();
/** The newest message of each topic and kind. @type {Map<string, number>} */
const newest = new Map();
/** @type {Set<string>} */
const watched = new Set();
/** @type {import("socket.io-client").Socket | undefined} */
let socket;
let heard = 0;

/** @param {string} topic @returns {HTMLElement[]} */
function elementsOf(topic) {
  return [...document.querySelectorAll(`[data-topic="${CSS.escape(topic)}"]`)].map((e) => /** @type {HTMLElement} */ (e));
}

/** @returns {string[]} */
function topicsOnPage() {
  const topics = new Set();
  for (const element of document.querySelectorAll("[data-topic]")) {
    const { topic, version } = /** @type {HTMLElement} */ (element).dataset;
    if (!topic) continue;
    topics.add(topic);
    // The oldest part of the page decides what has to be caught up.
    const mine = Number(version ?? NaN);
    if (!watched.has(topic) && Number.isFinite(mine)) shown.set(topic, Math.min(mine, shown.get(topic) ?? mine));
  }
  return [...topics];
}

/**
 * @param {string} topic
 * @param {string} kind
 * @param {any} detail
 */
function tell(topic, kind, detail) {
  for (const element of elementsOf(topic)) {
    element.dispatchEvent(new CustomEvent(`live:${kind}`, { detail, bubbles: false }));
  }
  document.dispatchEvent(new CustomEvent("live", { detail: { topic, kind, ...detail } }));
}

/**
 * @param {string} kind
 * @param {Message} message
 */
function receive(kind, message) {
  heard = Date.now();
  const { topic, version } = message;
  const key = `${topic} ${kind}`;
  // Messages of one moment may bear one version; each says what now is, so twice does no harm.
  if (version < (newest.get(key) ?? -1)) return;
  newest.set(key, version);
  const before = shown.get(topic);
  if (message.limited || (message.prev !== undefined && before !== undefined && message.prev > before)) {
    resync(topic);
    return;
  }
  shown.set(topic, Math.max(version, before ?? version));
  tell(topic, kind, message);
}

/** @param {string} topic */
function resync(topic) {
  const version = shown.get(topic) ?? 0;
  socket?.timeout(8000).emit("resync", { topic, version }, (/** @type {unknown} */ lost, /** @type {Resynced} */ ack) => {
    if (lost || !ack?.ok) {
      tell(topic, "stale", { topic });
      return;
    }
    shown.set(topic, Math.max(ack.version ?? version, version));
    for (const event of ack.events ?? []) receive(event.kind, { ...event, prev: undefined });
    if (ack.state?.tally) receive("tally", { topic, version: ack.state.tally.version ?? ack.version ?? version, data: ack.state.tally });
    if (ack.state) tell(topic, "state", { topic, version: ack.version, data: ack.state });
    if (ack.limited || (!ack.events && !ack.state)) tell(topic, "stale", { topic });
  });
}

/** Watches all topics on the page and catches up where the server is ahead. */
function watch() {
  const topics = topicsOnPage();
  const gone = [...watched].filter((topic) => !topics.includes(topic));
  if (gone.length) {
    socket?.emit("unwatch", { topics: gone });
    for (const topic of gone) watched.delete(topic);
  }
  if (!topics.length || !socket?.connected) return;
  socket.timeout(8000).emit("watch", { topics }, (/** @type {unknown} */ lost, /** @type {Watched} */ ack) => {
    if (lost || !ack) return;
    heard = Date.now();
    for (const topic of topics) if (!ack.refused?.includes(topic)) watched.add(topic);
    for (const [topic, version] of Object.entries(ack.versions ?? {})) {
      const mine = shown.get(topic);
      if (mine === undefined) shown.set(topic, version);
      else if (version > mine) resync(topic);
    }
  });
}

/** @param {"connected" | "offline"} state */
function showState(state) {
  for (const element of document.querySelectorAll("[data-live-state]")) {
    const dot = /** @type {HTMLElement} */ (element);
    dot.hidden = false;
    dot.dataset.liveState = state;
    dot.textContent = (state === "connected" ? dot.dataset.textConnected : dot.dataset.textOffline) ?? "";
  }
}

function connect() {
  socket = io("/live", { transports: ["websocket"], reconnectionDelayMax: 15_000, randomizationFactor: 0.7 });
  socket.on("connect", () => {
    showState("connected");
    watched.clear();
    watch();
  });
  socket.on("disconnect", (why) => {
    showState("offline");
    // The server ended it (rights may have changed): come back as whoever we are now.
    if (why === "io server disconnect") setTimeout(() => socket?.connect(), 3000);
  });
  socket.on("connect_error", () => showState("offline"));
  for (const kind of KINDS) socket.on(kind, (message) => receive(kind, message));
  setInterval(() => { if (Date.now() - heard > SILENCE) watch(); }, SILENCE / 4);
  addEventListener("online", () => socket?.connect());
  addEventListener("pageshow", (event) => { if (event.persisted) { watched.clear(); watch(); } });
}

/** Called for the page and after each piece put into it. */
export function attach() {
  const topics = topicsOnPage();
  if (!socket && topics.length) connect();
  else if (topics.some((topic) => !watched.has(topic)) || [...watched].some((topic) => !topics.includes(topic))) watch();
}
