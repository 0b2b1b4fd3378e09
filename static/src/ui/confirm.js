// Native dialogs: data-dialog="id" opens one; data-confirm="id" on a submit button asks there
// first and sends what was filled in along with the button's own form.

/** @param {string | undefined} id @returns {HTMLDialogElement | null} */
function dialogOf(id) {
  const found = id ? document.getElementById(id) : null;
  return found instanceof HTMLDialogElement ? found : null;
}

/** @param {HTMLButtonElement} button @param {HTMLDialogElement} dialog */
function ask(button, dialog) {
  dialog.returnValue = "";
  dialog.addEventListener("close", () => {
    const form = button.form;
    if (dialog.returnValue !== "confirm" || !form) return;
    for (const field of dialog.querySelectorAll("input[name], textarea[name], select[name]")) {
      const { name, value } = /** @type {HTMLInputElement} */ (field);
      const carried = document.createElement("input");
      carried.type = "hidden";
      carried.name = name;
      carried.value = value;
      form.append(carried);
    }
    button.dataset.confirmed = "1";
    form.requestSubmit(button);
    delete button.dataset.confirmed;
  }, { once: true });
  dialog.showModal();
}

export function start() {
  document.addEventListener("click", (event) => {
    const target = /** @type {Element} */ (event.target);
    const button = /** @type {HTMLButtonElement | null} */ (target.closest("[data-confirm], [data-dialog]"));
    if (!button || button.dataset.confirmed) return;
    const dialog = dialogOf(button.dataset.confirm ?? button.dataset.dialog);
    if (!dialog) return;
    event.preventDefault();
    if (button.dataset.confirm) ask(button, dialog);
    else dialog.showModal();
  }, true);
}
