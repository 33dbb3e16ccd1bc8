// The report's own tables: sorted by a column, searched, shown as cards on a narrow screen.
(() => {
  const SORTED_FROM = 3, SEARCHED_FROM = 8; // rows
  const PROSE_FROM = 80; // characters, from which on a card has the head above the cell's words

  /** What a cell is sorted by. @param {HTMLElement} cell */
  function keyOf(cell) {
    const text = cell.textContent.trim();
    const exact = cell.querySelector("[data-value]");
    if (exact?.dataset.value && text.startsWith(exact.textContent)) return { text, number: Number(exact.dataset.value) };
    const plain = text.replace(/[\s\u202f\u00a0]/g, "").replace("−", "-").replace(/^[<>]/, "");
    const power = plain.match(/^(-?[\d.]+)×10(⁻?)([⁰¹²³⁴⁵⁶⁷⁸⁹]+)$/);
    if (!power) return { text, number: Number.parseFloat(plain) };
    const digits = [...power[3]].map((digit) => "⁰¹²³⁴⁵⁶⁷⁸⁹".indexOf(digit)).join("");
    return { text, number: Number(`${power[1]}e${power[2] ? "-" : ""}${digits}`) };
  }

  /** Rows with a cell for each head, group by group. @param {HTMLTableElement} table @param {number} width */
  function groupsOf(table, width) {
    return [...table.tBodies].map((body) => ({
      body, rows: [...body.rows].filter((row) => row.cells.length === width),
    }));
  }

  /** Gives a cell its head, which a card shows beside it, or above long words. @param {HTMLElement} cell @param {Element} head */
  function label(cell, head) {
    const content = document.createElement("div");
    content.append(...cell.childNodes);
    cell.append(content);
    cell.dataset.label = head.textContent;
    cell.classList.toggle("prose", content.textContent.trim().length > PROSE_FROM);
  }

  /** @param {HTMLElement} box the table's box, with its name and the file of its rows */
  function control(box) {
    const table = box.querySelector("table");
    const heads = table.tHead ? [...table.tHead.rows[0].cells] : [];
    const groups = groupsOf(table, heads.length || 2);
    const all = groups.flatMap(({ rows }) => rows);
    for (const row of all) heads.forEach((head, place) => label(row.cells[place], head));
    if (groups.some(({ rows }) => rows.length >= SORTED_FROM)) {
      heads.forEach((head, place) => sortable(head, () => {
        const direction = nextOrder(head);
        for (const { body, rows } of groups) {
          body.append(...(direction ? ordered(rows, (row) => keyOf(row.cells[place]), direction) : rows));
        }
      }));
    }
    box.classList.add("cards");
    if (table.caption && !table.matches(".answers-table")) addBar(box, all);
  }

  /** The bar above a table: search and count where it is long, its rows where the page has them. */
  function addBar(box, rows) {
    const bar = copyOf("table-bar");
    const [label, count, toRows, download] = bar.children;
    const search = label.querySelector("input");
    if (rows.length < SEARCHED_FROM) {
      label.remove();
      count.remove();
    }
    if (box.dataset.rows) {
      toRows.addEventListener("click", () => showRows(box.dataset.rows, ""));
      download.addEventListener("click", () => saveRows(box.dataset.rows));
      toRows.setAttribute("aria-describedby", `caption-${box.id.slice("table-".length)}`);
      download.setAttribute("aria-describedby", toRows.getAttribute("aria-describedby"));
    } else {
      toRows.remove();
      download.remove();
    }
    if (!bar.children.length) return;
    const filter = () => {
      rows.forEach((row) => { row.hidden = !hasWords(row.textContent, search.value); });
      fillSlots(count, { shown: rows.filter((row) => !row.hidden).length, all: rows.length });
    };
    search.addEventListener("input", filter);
    filter();
    box.before(bar);
  }

  // A table's roles are said, since cards on a narrow screen are no longer laid out as one.
  document.querySelectorAll(".table:not(.sheet)").forEach((box) => {
    for (const [tag, role] of Object.entries({ table: "table", tr: "row", td: "cell", "thead th": "columnheader", "tbody th": "rowheader", "thead, tbody": "rowgroup" })) {
      box.querySelectorAll(tag).forEach((element) => element.setAttribute("role", role));
    }
    control(/** @type {HTMLElement} */ (box));
  });
})();
