// Polite announcements for screen readers: at most one every ten seconds, the newest wins.

const PAUSE = 10_000;
let last = -Infinity;
let waiting = "";
/** @type {ReturnType<typeof setTimeout> | undefined} */
let timer;

/** @param {string} text */
function say(text) {
  const region = document.getElementById("announcer");
  if (!region) return;
  last = performance.now();
  region.textContent = "";
  requestAnimationFrame(() => { region.textContent = text; });
}

/**
 * Something changed by itself: said when ten quiet seconds have passed.
 * @param {string} text
 */
export function announce(text) {
  if (!text) return;
  const left = last + PAUSE - performance.now();
  if (left <= 0) {
    say(text);
    return;
  }
  waiting = text;
  timer ??= setTimeout(() => {
    timer = undefined;
    say(waiting);
  }, left);
}

/**
 * The answer to what the reader just did: said at once.
 * @param {string} text
 */
export function answer(text) {
  clearTimeout(timer);
  timer = undefined;
  say(text);
}
