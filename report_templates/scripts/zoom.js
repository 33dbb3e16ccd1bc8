// Figures enlarged in a dialog: as wide as the window, or at full size.
(() => {
  const dialog = /** @type {HTMLDialogElement} */ (document.getElementById("zoom"));
  const [place, size] = [dialog.querySelector(".zoomed"), dialog.querySelector(".size")];

  /** @param {HTMLImageElement} image */
  function enlarge(image) {
    const copy = /** @type {HTMLImageElement} */ (image.cloneNode());
    copy.style.setProperty("--width", `${2 * image.width}px`);
    place.replaceChildren(copy);
    full(false);
    dialog.showModal();
  }

  /** @param {boolean} on */
  function full(on) {
    size.setAttribute("aria-pressed", String(on));
    place.classList.toggle("full", on);
  }

  document.querySelectorAll("figure[id] > img").forEach((image) => {
    const button = copyOf("enlarge-button");
    const figure = image.closest("figure");
    button.setAttribute("aria-label", `${button.textContent}: ${figure.querySelector("strong").textContent}`);
    image.after(button);
    [button, image].forEach((element) => element.addEventListener("click", () => enlarge(image)));
  });
  size.addEventListener("click", () => full(size.getAttribute("aria-pressed") !== "true"));
  dialog.querySelector(".close").addEventListener("click", () => dialog.close());
  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
})();
