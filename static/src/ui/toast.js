// Passing messages at the edge of the page; they stay until closed or for eight seconds.
import { answer } from "./announce.js";
import { pageText } from "./page.js";

/** @param {string} text */
export function toast(text) {
  const place = document.querySelector("[data-toasts]");
  if (!place || !text) return;
  const note = document.createElement("div");
  note.className = "toast-note";
  const words = document.createElement("span");
  words.textContent = text;
  const close = document.createElement("button");
  close.type = "button";
  close.setAttribute("aria-label", pageText("close"));
  close.textContent = "×";
  close.addEventListener("click", () => note.remove());
  note.append(words, close);
  place.replaceChildren(note);
  answer(text);
  setTimeout(() => { if (!note.matches(":hover, :focus-within")) note.remove(); }, 8000);
}
