// Pairs that flicker and whose difference is amplified, films that go step by step.
(() => {
  const EVERY = 400; // milliseconds a picture of a flickering pair: 1.25 flashes a second, of 3 allowed

  /**
   * Shows one card, of those that the filters leave; entries of other networks are hidden.
   * @param {HTMLElement} viewer @param {() => void} changed
   */
  function turning(viewer, changed) {
    const cards = [...viewer.querySelectorAll(".card")];
    const [model, class_] = ["model", "class"].map((kind) => viewer.querySelector(`[data-filter=${kind}]`));
    let place = 0;
    const has = (card) => (class_.value === "" || card.dataset.class === class_.value)
      && [...card.querySelectorAll(".entry")].some((entry) => !entry.hidden);
    const update = () => {
      viewer.querySelectorAll(".entry").forEach((entry) => {
        entry.hidden = model.value !== "" && entry.dataset.model !== model.value;
      });
      const left = cards.filter(has);
      place = Math.max(0, Math.min(place, left.length - 1));
      cards.forEach((card) => { card.hidden = card !== left[place]; });
      fillSlots(viewer.querySelector(".count"), { place: left.length ? place + 1 : 0, shown: left.length });
      viewer.querySelector("[data-turn='-1']").disabled = place === 0;
      viewer.querySelector("[data-turn='1']").disabled = place + 1 >= left.length;
      changed();
    };
    [model, class_].forEach((select) => select.addEventListener("change", () => { place = 0; update(); }));
    viewer.querySelectorAll("[data-turn]").forEach((button) => button.addEventListener("click", () => {
      place += Number(button.dataset.turn);
      update();
    }));
    viewer.querySelector(".bar").hidden = false;
    viewer.classList.add("live");
    update();
  }

  /** The pixels of a picture. @param {HTMLImageElement} image @returns {Promise<ImageData>} */
  async function pixelsOf(image) {
    image.loading = "eager";
    await image.decode();
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [image.naturalWidth, image.naturalHeight];
    const context = canvas.getContext("2d", { willReadFrequently: true });
    context.drawImage(image, 0, 0);
    return context.getImageData(0, 0, canvas.width, canvas.height);
  }

  /** Draws mid-grey plus the amplified difference. @param {HTMLElement} entry @param {number} factor */
  async function amplify(entry, factor) {
    const canvas = entry.querySelector("canvas");
    const [plain, altered] = await Promise.all(
      [...entry.querySelectorAll("img")].map((image) => pixelsOf(image)),
    );
    const drawn = new ImageData(plain.width, plain.height);
    for (let i = 0; i < drawn.data.length; i += 1) {
      drawn.data[i] = i % 4 === 3 ? 255 : 127.5 + factor * (altered.data[i] - plain.data[i]);
    }
    [canvas.width, canvas.height] = [plain.width, plain.height];
    canvas.getContext("2d").putImageData(drawn, 0, 0);
    canvas.dataset.factor = String(factor);
  }

  function pairs(viewer) {
    const slider = viewer.querySelector("[name=amplification]");
    const button = viewer.querySelector(".flicker");
    let timer = 0;
    const redraw = () => {
      fillSlots(viewer, { factor: slider.value });
      viewer.querySelectorAll(".card:not([hidden]) .entry:not([hidden])").forEach((entry) => {
        amplify(entry, Number(slider.value));
      });
    };
    const flicker = (on) => {
      button.setAttribute("aria-pressed", String(on));
      window.clearInterval(timer);
      viewer.classList.remove("swapped");
      if (on) timer = window.setInterval(() => viewer.classList.toggle("swapped"), EVERY);
    };
    viewer.querySelectorAll(".difference").forEach((tile) => { tile.hidden = false; });
    viewer.querySelectorAll(".plain img").forEach((image) => {
      const twin = image.cloneNode();
      twin.alt = "";
      twin.className = "twin";
      image.closest(".entry").querySelector(".altered img").after(twin);
    });
    slider.addEventListener("input", redraw);
    button.addEventListener("click", () => flicker(button.getAttribute("aria-pressed") !== "true"));
    turning(viewer, redraw);
  }

  function films(viewer) {
    const slider = viewer.querySelector("[name=iteration]");
    const momentsOf = (card) => [...new Set([...card.querySelectorAll(".entry:not([hidden]) .frame")].map(
      (frame) => Number(frame.dataset.iteration),
    ))].sort((a, b) => a - b);
    const redraw = () => {
      const card = viewer.querySelector(".card:not([hidden])");
      if (!card) return;
      const moments = momentsOf(card);
      const moment = moments[Math.min(Number(slider.value), moments.length - 1)];
      viewer.querySelector(".iteration").textContent = String(moment);
      slider.setAttribute("aria-valuetext", String(moment));
      card.querySelectorAll(".entry").forEach((entry) => {
        const frames = [...entry.querySelectorAll(".frame")];
        const until = frames.filter((frame) => Number(frame.dataset.iteration) <= moment);
        frames.forEach((frame) => { frame.hidden = frame !== (until.at(-1) ?? frames[0]); });
      });
    };
    const fresh = () => {
      const card = viewer.querySelector(".card:not([hidden])");
      const last = card ? momentsOf(card).length - 1 : 0;
      const atEnd = slider.value === slider.max || !slider.dataset.moved;
      slider.max = String(last);
      if (atEnd) slider.value = slider.max;
      redraw();
    };
    slider.addEventListener("input", () => {
      slider.dataset.moved = "true";
      redraw();
    });
    turning(viewer, fresh);
  }

  const [pairViewer, filmViewer] = ["pairs", "films"].map((id) => document.getElementById(id));
  if (pairViewer) pairs(pairViewer);
  if (filmViewer) films(filmViewer);
})();
