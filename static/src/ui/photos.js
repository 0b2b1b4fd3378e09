// Photos before they are sent: previews, removal, and reduction of what a phone's camera gives.
import { fill, unattached } from "./page.js";

const LONGEST = 2048;

/** @param {File} file @returns {Promise<File>} */
async function reduced(file) {
  if (!/^image\/(jpeg|png|webp)$/.test(file.type)) return file;
  try {
    const image = await createImageBitmap(file);
    const scale = LONGEST / Math.max(image.width, image.height);
    if (scale >= 1 && file.size < 1_500_000) return file;
    const canvas = document.createElement("canvas");
    canvas.width = Math.round(image.width * Math.min(1, scale));
    canvas.height = Math.round(image.height * Math.min(1, scale));
    canvas.getContext("2d")?.drawImage(image, 0, 0, canvas.width, canvas.height);
    const blob = await new Promise((/** @type {(made: Blob | null) => void} */ done) => { canvas.toBlob(done, "image/jpeg", 0.86); });
    if (!blob || blob.size >= file.size) return file;
    return new File([blob], file.name.replace(/\.\w+$/, "") + ".jpg", { type: "image/jpeg" });
  } catch {
    return file; // not a picture this browser reads: the server will say so
  }
}

/** @param {HTMLElement} box */
function manage(box) {
  const input = /** @type {HTMLInputElement} */ (box.querySelector('input[type="file"]'));
  const list = /** @type {HTMLElement} */ (box.querySelector("[data-photos-list]"));
  const message = /** @type {HTMLElement} */ (box.querySelector("[data-photos-message]"));
  const most = Number(box.dataset.max ?? 6);
  const texts = /** @type {HTMLTextAreaElement | null} */ (document.getElementById(box.dataset.texts ?? ""));
  /** @type {File[]} */
  let files = [];
  /** What each of the files shows. @type {string[]} */
  let shows = [];
  // An input beside each photo takes the place of the lines, which are sent.
  const lines = /** @type {HTMLElement | null} */ (texts?.closest("[data-photo-texts]") ?? null);
  if (lines) lines.hidden = true;
  box.classList.add("is-enhanced");

  const put = () => {
    const transfer = new DataTransfer();
    for (const file of files) transfer.items.add(file);
    input.files = transfer.files;
    if (texts) texts.value = shows.join("\n");
  };
  const show = () => {
    for (const image of list.querySelectorAll("img")) URL.revokeObjectURL(image.src);
    list.replaceChildren(...files.map((file, index) => {
      const item = document.createElement("li");
      item.className = "photo";
      const image = document.createElement("img");
      image.src = URL.createObjectURL(file);
      image.alt = file.name;
      const remove = document.createElement("button");
      remove.type = "button";
      remove.className = "photo-remove";
      remove.textContent = "×";
      remove.setAttribute("aria-label", fill(box.dataset.textRemove, { name: file.name }));
      remove.addEventListener("click", () => {
        files.splice(index, 1);
        shows.splice(index, 1);
        put();
        show();
        input.focus();
      });
      item.append(image, remove);
      if (texts) {
        const words = document.createElement("input");
        words.type = "text";
        words.className = "form-control";
        words.maxLength = 200;
        words.value = shows[index];
        words.placeholder = box.dataset.textShowsShort ?? "";
        words.setAttribute("aria-label", fill(box.dataset.textShows, { name: file.name }));
        words.addEventListener("input", () => {
          shows[index] = words.value;
          texts.value = shows.join("\n");
        });
        item.append(words);
      }
      return item;
    }));
    list.hidden = files.length === 0;
  };
  const add = async (/** @type {File[]} */ chosen) => {
    const room = Math.max(0, most - files.length);
    message.hidden = chosen.length <= room;
    message.textContent = message.hidden ? "" : fill(box.dataset.textMany, { max: most });
    files = files.concat(await Promise.all(chosen.slice(0, room).map(reduced)));
    while (shows.length < files.length) shows.push("");
    put();
    show();
  };
  input.addEventListener("change", () => add([...(input.files ?? [])]));
  box.addEventListener("dragover", (event) => { event.preventDefault(); box.classList.add("is-over"); });
  box.addEventListener("dragleave", () => box.classList.remove("is-over"));
  box.addEventListener("drop", (event) => {
    event.preventDefault();
    box.classList.remove("is-over");
    add([...(event.dataTransfer?.files ?? [])]);
  });
}

/** @param {HTMLElement} root */
export function attach(root) {
  for (const box of unattached(root, "data-photos")) manage(box);
}
