// What the other scripts share. The page can be read without any of them.

/** A copy of what a template of the page holds. @param {string} id @returns {HTMLElement} */
function copyOf(id) {
  const template = /** @type {HTMLTemplateElement} */ (document.getElementById(id));
  return /** @type {HTMLElement} */ (template.content.firstElementChild.cloneNode(true));
}

/** Fills the slots of an element. @param {Element} element @param {Object<string, string|number>} values */
function fillSlots(element, values) {
  for (const [name, value] of Object.entries(values)) {
    element.querySelectorAll(`[data-slot="${name}"]`).forEach((slot) => { slot.textContent = String(value); });
  }
}

/** Adds a heading's button, or gives one that is there. @param {string} tag @param {string} text @returns {HTMLElement} */
function withText(tag, text) {
  const element = document.createElement(tag);
  element.textContent = text;
  return element;
}

/** Whether a text has every word of a search, in any case. @param {string} text @param {string} words */
function hasWords(text, words) {
  const inside = text.toLowerCase();
  return words.toLowerCase().split(/\s+/).every((word) => inside.includes(word));
}

/**
 * Orders by numbers where all have one, else by text; what is missing comes last.
 * @template T @param {T[]} items @param {(item: T) => {text: string, number: number}} key
 * @param {number} direction 1 for rising, -1 for falling @returns {T[]}
 */
function ordered(items, key, direction) {
  const keyed = items.map((item) => ({ item, ...key(item) }));
  const known = keyed.filter(({ text }) => text !== "" && text !== "–");
  const missing = keyed.filter(({ text }) => text === "" || text === "–");
  const numeric = known.every(({ number }) => !Number.isNaN(number));
  known.sort((a, b) => direction * (numeric ? a.number - b.number : a.text.localeCompare(b.text, undefined, { numeric: true })));
  return [...known, ...missing].map(({ item }) => item);
}

/** The next order of a column: rising, falling, as it was. @param {Element} head @returns {number} */
function nextOrder(head) {
  const next = { ascending: -1, descending: 0 }[head.getAttribute("aria-sort")] ?? 1;
  head.parentElement.querySelectorAll("th").forEach((other) => other.removeAttribute("aria-sort"));
  if (next) head.setAttribute("aria-sort", next > 0 ? "ascending" : "descending");
  return next;
}

/** Makes a head a button that sorts. @param {HTMLElement} head @param {() => void} sort */
function sortable(head, sort) {
  const button = copyOf("sort-button");
  button.append(...head.childNodes);
  head.append(button);
  button.addEventListener("click", sort);
}

/** Hands a text to the reader as a file. @param {string} name @param {string} text */
function saveFile(name, text) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type: "text/csv" }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}
