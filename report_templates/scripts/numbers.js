// Numbers tell their interval, n and digits on focus and under the pointer. One number of a table or
// a paragraph is in the order of focus; the arrows go to the others.
(() => {
  const tip = document.getElementById("tip");
  let leaving = 0;

  /** @param {HTMLElement} value */
  function show(value) {
    clearTimeout(leaving);
    document.querySelectorAll("[aria-describedby=tip]").forEach((other) => other.removeAttribute("aria-describedby"));
    const none = tip.querySelector("[data-slot=interval]");
    none.dataset.none ??= none.textContent;
    fillSlots(tip, {
      shown: value.textContent, n: value.dataset.n, exact: value.dataset.value || "–",
      interval: value.dataset.interval || none.dataset.none,
    });
    tip.querySelector(".to-rows").hidden = !rowsOf(value);
    value.setAttribute("aria-describedby", "tip");
    tip.hidden = false;
    const [at, size] = [value.getBoundingClientRect(), tip.getBoundingClientRect()];
    const below = at.bottom + size.height + 8 < window.innerHeight;
    const width = document.documentElement.clientWidth;
    tip.style.left = `${window.scrollX + Math.max(8, Math.min(at.left, width - size.width - 8))}px`;
    tip.style.top = `${window.scrollY + (below ? at.bottom + 6 : at.top - size.height - 6)}px`;
  }

  function hide() {
    tip.hidden = true;
  }

  /** Hides after a moment, in which the pointer may go to the tip itself. */
  function leave() {
    leaving = window.setTimeout(hide, 250);
  }

  /** The rows that a number is made of, by the name of their table. @param {HTMLElement} value */
  function rowsOf(value) {
    return value.closest(".table, section[data-rows]")?.dataset.rows;
  }

  /** The network in the head of a number's row, as the rows name it. @param {HTMLElement} value */
  function modelOf(value) {
    const name = value.closest("tr")?.querySelector("th .model")?.textContent;
    const options = document.querySelectorAll("#rows [data-filter=model] option");
    return [...options].find((option) => option.textContent === name)?.value ?? "";
  }

  /** The number that an arrow goes to. @param {HTMLElement[]} values @param {HTMLElement} from @param {string} key */
  function next(values, from, key) {
    const place = values.indexOf(from);
    if (key === "ArrowRight") return values[place + 1];
    if (key === "ArrowLeft") return values[place - 1];
    if (!from.closest("tr")) return undefined;
    const { left } = from.getBoundingClientRect();
    const row = from.closest("tr").rowIndex;
    const beyond = values.filter((value) => (key === "ArrowDown"
      ? value.closest("tr").rowIndex > row : value.closest("tr").rowIndex < row));
    const rows = beyond.map((value) => value.closest("tr").rowIndex);
    const nearest = key === "ArrowDown" ? Math.min(...rows) : Math.max(...rows);
    const distance = (value) => Math.abs(value.getBoundingClientRect().left - left);
    return beyond.filter((value) => value.closest("tr").rowIndex === nearest)
      .sort((a, b) => distance(a) - distance(b))[0];
  }

  const boxes = [...document.querySelectorAll(".value")]
    .map((value) => value.closest(".table, p, figcaption, li, dd") ?? value.parentElement);
  new Set(boxes).forEach((box) => {
    const values = () => [...box.querySelectorAll(".value")].filter((value) => !value.closest("tr[hidden]"));
    values().forEach((value, place) => { value.tabIndex = place ? -1 : 0; });
    box.addEventListener("keydown", (event) => {
      const value = event.target.closest(".value");
      if (!value) return;
      if (event.key === "Enter" && rowsOf(value)) {
        hide();
        showRows(rowsOf(value), modelOf(value));
      }
      const other = event.key.startsWith("Arrow") && next(values(), value, event.key);
      if (!other) return;
      event.preventDefault();
      [value.tabIndex, other.tabIndex] = [-1, 0];
      other.focus();
    });
    box.addEventListener("focusin", (event) => event.target.closest(".value") && show(event.target.closest(".value")));
    box.addEventListener("focusout", hide);
    box.addEventListener("mouseover", (event) => {
      const value = event.target.closest(".value");
      if (value) show(value);
      else if (!tip.hidden) leave();
    });
    box.addEventListener("mouseleave", leave);
  });
  tip.addEventListener("mouseenter", () => clearTimeout(leaving));
  tip.addEventListener("mouseleave", leave);
  document.addEventListener("keydown", (event) => event.key === "Escape" && hide());
})();
