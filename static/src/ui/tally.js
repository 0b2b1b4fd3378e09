// Votes answer within a frame: the count moves at once, is put right by the server's answer,
// and goes back with a reason if refused. Live tallies change the numbers in place.
import { announce, answer } from "./announce.js";
import { fill, number, post, unattached } from "./page.js";

/** @typedef {{support: number, oppose: number, neutral: number}} Counts */
/** @typedef {{version: number, chambers: Record<string, Counts>, total?: any, mine?: string | null}} Tally */

const CHOICES = /** @type {const} */ (["support", "neutral", "oppose"]);

/** The newest tally the server gave, by topic. @type {Map<string, Tally>} */
const known = new Map();
/** Topics with a vote on its way. @type {Set<string>} */
const underWay = new Set();

/** @param {string} topic @returns {HTMLElement[]} */
function metersOf(topic) {
  return /** @type {HTMLElement[]} */ ([...document.querySelectorAll(`[data-tally="${CSS.escape(topic)}"]`)]);
}

/** @param {string} topic @returns {HTMLFormElement[]} */
function formsOf(topic) {
  return /** @type {HTMLFormElement[]} */ ([...document.querySelectorAll(`form[data-vote="${CSS.escape(topic)}"]`)]);
}

/** @param {HTMLElement} meter @returns {Tally} */
function read(meter) {
  /** @type {Tally} */
  const tally = { version: Number(meter.dataset.version ?? 0), chambers: {} };
  for (const row of meter.querySelectorAll("[data-chamber]")) {
    const counts = { support: 0, oppose: 0, neutral: 0 };
    for (const choice of CHOICES) {
      const cell = row.querySelector(`[data-count="${choice}"]`);
      counts[choice] = Number((cell?.textContent ?? "0").replace(/[^\d]/g, ""));
    }
    tally.chambers[/** @type {HTMLElement} */ (row).dataset.chamber ?? ""] = counts;
  }
  return tally;
}

/** @param {Element} row @param {Counts} counts */
function drawRow(row, counts) {
  const all = counts.support + counts.neutral + counts.oppose;
  let x = 0;
  for (const choice of CHOICES) {
    const width = all ? (100 * counts[choice]) / all : 0;
    const bar = row.querySelector(`.bar-${choice}`);
    bar?.setAttribute("x", x.toFixed(2));
    bar?.setAttribute("width", width.toFixed(2));
    x += width;
    const cell = row.querySelector(`[data-count="${choice}"]`);
    const text = number(counts[choice]);
    if (!cell || cell.textContent === text) continue;
    cell.textContent = text;
    cell.classList.add("just-changed");
    setTimeout(() => cell.classList.remove("just-changed"), 1500);
  }
}

/** @param {string} topic @param {Tally} tally */
function draw(topic, tally) {
  for (const meter of metersOf(topic)) {
    meter.dataset.version = String(tally.version);
    for (const row of meter.querySelectorAll("[data-chamber]")) {
      const counts = tally.chambers[/** @type {HTMLElement} */ (row).dataset.chamber ?? ""];
      if (counts) drawRow(row, counts);
    }
  }
}

/** @param {string} topic @param {string | null} choice */
function press(topic, choice) {
  for (const form of formsOf(topic)) {
    for (const button of form.querySelectorAll("button[aria-pressed]")) {
      button.setAttribute("aria-pressed", String(/** @type {HTMLButtonElement} */ (button).value === choice));
    }
    for (const part of form.querySelectorAll("[data-vote-mine], [data-vote-retract]")) {
      /** @type {HTMLElement} */ (part).hidden = !choice;
    }
  }
}

/** @param {HTMLFormElement} form @returns {string | null} */
function pressed(form) {
  return /** @type {HTMLButtonElement | null} */ (form.querySelector('button[aria-pressed="true"]'))?.value ?? null;
}

/** @param {string} topic @param {string} text */
function explain(topic, text) {
  for (const form of formsOf(topic)) {
    const place = /** @type {HTMLElement | null} */ (form.querySelector("[data-vote-message]"));
    if (!place) continue;
    place.textContent = text;
    place.hidden = !text;
  }
}

/**
 * The tally as it will be when the server has counted this vote.
 * @param {Tally} tally @param {string} chamber @param {string | null} before @param {string | null} after
 */
function moved(tally, chamber, before, after) {
  const copy = structuredClone(tally);
  const counts = /** @type {any} */ (copy.chambers[chamber]);
  if (counts && before && before in counts) counts[before] = Math.max(0, counts[before] - 1);
  if (counts && after && after in counts) counts[after] += 1;
  return copy;
}

/** @param {string} topic @param {Tally} tally */
function learn(topic, tally) {
  const before = known.get(topic);
  if (before && tally.version < before.version) return false;
  known.set(topic, tally);
  return true;
}

/** @param {HTMLFormElement} form @param {HTMLButtonElement} button */
async function vote(form, button) {
  const topic = form.dataset.vote ?? "";
  const before = pressed(form);
  const after = button.value === "retract" ? null : button.value;
  if (underWay.has(topic) || before === after) return;
  const meter = metersOf(topic)[0];
  const base = known.get(topic) ?? (meter ? read(meter) : undefined);
  if (base) learn(topic, base);
  underWay.add(topic);
  explain(topic, "");
  press(topic, after);
  if (base) draw(topic, moved(base, form.dataset.voterChamber ?? "", before, after));
  const body = new FormData(form);
  body.set("choice", button.value);
  try {
    const tally = /** @type {Tally} */ (await post(form.action, body));
    learn(topic, tally);
    if (tally.mine !== undefined) press(topic, tally.mine === "retract" ? null : tally.mine);
    answer((after ? form.dataset.textVoted : form.dataset.textRetracted) ?? "");
  } catch (reason) {
    press(topic, before);
    const text = /** @type {Error} */ (reason).message || (form.dataset.textRefused ?? "");
    explain(topic, text);
    answer(text);
  } finally {
    underWay.delete(topic);
    const latest = known.get(topic);
    if (latest) draw(topic, latest);
  }
}

/** @param {HTMLElement} root */
export function attach(root) {
  for (const form of unattached(root, "data-vote")) {
    form.addEventListener("submit", (event) => {
      const button = /** @type {SubmitEvent} */ (event).submitter;
      if (!(button instanceof HTMLButtonElement) || button.name !== "choice") return;
      event.preventDefault();
      vote(/** @type {HTMLFormElement} */ (form), button);
    });
  }
  for (const meter of unattached(root, "data-tally")) {
    meter.addEventListener("live:tally", (event) => {
      const topic = meter.dataset.tally ?? "";
      const message = /** @type {CustomEvent} */ (event).detail;
      const tally = /** @type {Tally} */ ({ version: message.version, ...message.data });
      if (!learn(topic, tally) || underWay.has(topic)) return;
      draw(topic, tally);
      const sum = (/** @type {keyof Counts} */ choice) => Object.values(tally.chambers).reduce((all, counts) => all + counts[choice], 0);
      announce(fill(meter.dataset.textAnnounce, { support: number(sum("support")), neutral: number(sum("neutral")), oppose: number(sum("oppose")) }));
    });
  }
}
