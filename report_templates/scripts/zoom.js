// Figures enlarged in a dialog: as wide as the window, or at full size. Long formulas in a box.
(() => {
  const LONG_FROM = 18; // em of a formula, from which on a narrow screen scrolls it

  const dialog = /** @type {HTMLDialogElement} */ (document.getElementById("zoom"));
  const [place, size] = [dialog.querySelector(".zoomed"), dialog.querySelector(".size")];

  /** @param {HTMLImageElement} image */
  function enlarge(image) {
    const copy = /** @type {HTMLImageElement} */ (image.cloneNode());
    copy.style.setProperty("--width", `${2 * Number(image.getAttribute("width"))}px`);
    place.replaceChildren(copy);
    full(false);
    dialog.showModal();
  }

  /** @param {boolean} on */
  function full(on) {
    size.setAttribute("aria-pressed", String(on));
    place.classList.toggle("full", on);
  }

  // What is wider than a narrow screen scrolls in its box, which then has a place in the order of focus.
  const scrolling = new ResizeObserver((boxes) => boxes.forEach(({ target }) => {
    if (target.scrollWidth > target.clientWidth) target.tabIndex = 0;
    else target.removeAttribute("tabindex");
  }));

  document.querySelectorAll("figure[id] > img").forEach((image) => {
    const [button, box] = [copyOf("enlarge-button"), document.createElement("div")];
    const caption = image.parentElement.querySelector("figcaption");
    const number = caption.querySelector("strong").textContent;
    button.setAttribute("aria-label", `${button.textContent}: ${number}`);
    box.className = "drawn";
    box.setAttribute("role", "group");
    box.setAttribute("aria-label", number);
    image.replaceWith(box);
    box.append(image);
    caption.prepend(button);
    scrolling.observe(box);
    [button, image].forEach((element) => element.addEventListener("click", () => enlarge(image)));
  });
  // In a line of text a long formula has a box of its own, which scrolls where the screen is narrow.
  document.querySelectorAll(":not(.display) > .formula").forEach((image) => {
    if (Number.parseFloat(image.style.width) < LONG_FROM) return;
    const box = document.createElement("span");
    box.className = "scrolls";
    image.replaceWith(box);
    box.append(image);
    scrolling.observe(box);
  });
  document.querySelectorAll(".display").forEach((box) => scrolling.observe(box));
  size.addEventListener("click", () => full(size.getAttribute("aria-pressed") !== "true"));
  dialog.querySelector(".close").addEventListener("click", () => dialog.close());
  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
})();
