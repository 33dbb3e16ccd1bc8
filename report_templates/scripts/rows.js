// The rows of the files in data/ that the page carries: filtered, searched, sorted, saved again.

/** @typedef {{raw: string, fields: string[], number: number}} Row a line of a file */
/** @typedef {{text: string, head: Row, rows: Row[]}} Sheet a whole file */

const sheets = {
  /** @type {Map<string, Promise<Sheet>>} */ read: new Map(),

  /** A file by its table's name, unpacked once. @param {string} name @returns {Promise<Sheet>} */
  of(name) {
    if (!this.read.has(name)) this.read.set(name, this.unpacked(name));
    return this.read.get(name);
  },

  /** @param {string} name @returns {Promise<Sheet>} */
  async unpacked(name) {
    const packed = document.querySelector(`[data-packed][data-table="${name}"]`).dataset.packed;
    const bytes = Uint8Array.from(atob(packed), (letter) => letter.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
    const text = await new Response(stream).text();
    const [head, ...rows] = this.lines(text);
    return { text, head, rows };
  },

  /** The lines of a CSV file; a quoted field may hold commas, quotes and ends of lines. @param {string} text */
  lines(text) {
    const found = [];
    const field = /("(?:[^"]|"")*"|[^,\n]*)(,|\n|$)/y;
    let fields = [], start = 0;
    while (field.lastIndex < text.length) {
      const [, value, end] = field.exec(text);
      fields.push(value.startsWith('"') ? value.slice(1, -1).replaceAll('""', '"') : value);
      if (end === ",") continue;
      found.push({ raw: text.slice(start, field.lastIndex), fields, number: found.length });
      fields = [];
      start = field.lastIndex;
    }
    return found;
  },
};

/** Saves a whole file, byte by byte as it is in data/. @param {string} name */
async function saveRows(name) {
  saveFile(`${name}.csv`, (await sheets.of(name)).text);
}

/** Goes to the rows of a table, and of a network, where it is named. @param {string} name @param {string} model */
function showRows(name, model) {
  const viewer = document.getElementById("rows");
  viewer.querySelector("[name=table]").value = name;
  viewer.querySelector("[data-filter=model]").value = model;
  viewer.querySelector("[data-filter=class]").value = "";
  viewer.querySelector("[name=words]").value = "";
  viewer.dispatchEvent(new Event("change"));
  viewer.scrollIntoView();
  viewer.querySelector(".sheet").focus({ preventScroll: true });
}

(() => {
  const viewer = document.getElementById("rows");
  if (!viewer) return;
  const PAGE = 20;
  const MODELS = ["model", "source_model"], CLASSES = ["label", "class_index"];
  const [tables, words] = ["table", "words"].map((name) => viewer.querySelector(`[name=${name}]`));
  const [model, class_] = ["model", "class"].map((kind) => viewer.querySelector(`[data-filter=${kind}]`));
  const table = viewer.querySelector("table");
  let first = 0;
  /** @type {{column: number, direction: number}} */
  let order = { column: 0, direction: 0 };
  /** @type {Row[]} */
  let shown = [];

  /** Whether one of these columns has the value, where one is chosen and the file has such a column. */
  function fits(row, columns, value) {
    return value === "" || !columns.length || columns.some((column) => row.fields[column] === value);
  }

  /** @param {Sheet} sheet @param {string[]} names @returns {number[]} */
  const columnsOf = (sheet, names) => names.map((name) => sheet.head.fields.indexOf(name)).filter((i) => i >= 0);

  /** @param {Sheet} sheet */
  function choose(sheet) {
    const [models, classes] = [columnsOf(sheet, MODELS), columnsOf(sheet, CLASSES)];
    model.disabled = !models.length;
    class_.disabled = !classes.length;
    shown = sheet.rows.filter((row) => fits(row, models, model.value)
      && fits(row, classes, class_.value) && hasWords(row.raw, words.value));
    const { column, direction } = order;
    if (direction) {
      const key = (row) => ({ text: row.fields[column], number: row.fields[column] === "" ? NaN : Number(row.fields[column]) });
      shown = ordered(shown, key, direction);
    }
  }

  /** @param {Sheet} sheet */
  function drawHead(sheet) {
    const row = document.createElement("tr");
    sheet.head.fields.forEach((name, column) => {
      const head = withText("th", name);
      head.scope = "col";
      row.append(head);
      sortable(head, () => {
        order = { column, direction: nextOrder(head) };
        update();
      });
    });
    table.replaceChildren(document.createElement("thead"), document.createElement("tbody"));
    table.tHead.append(row);
  }

  /** @param {Sheet} sheet */
  function draw(sheet) {
    const page = shown.slice(first, first + PAGE).map((found) => {
      const row = document.createElement("tr");
      row.append(...found.fields.map((value) => withText("td", value)));
      return row;
    });
    table.tBodies[0].replaceChildren(...page);
    fillSlots(viewer.querySelector(".count"), {
      first: shown.length ? first + 1 : 0, last: first + page.length, shown: shown.length, all: sheet.rows.length,
    });
    viewer.querySelector("[data-turn='-1']").disabled = first === 0;
    viewer.querySelector("[data-turn='1']").disabled = first + PAGE >= shown.length;
  }

  async function update() {
    const name = tables.value;
    const sheet = await sheets.of(name);
    if (name !== tables.value) return; // another table was chosen meanwhile
    if (table.dataset.table !== name) {
      table.dataset.table = name;
      order = { column: 0, direction: 0 };
      drawHead(sheet);
    }
    choose(sheet);
    first = 0;
    draw(sheet);
  }

  viewer.querySelectorAll("[data-turn]").forEach((button) => button.addEventListener("click", async () => {
    first += PAGE * Number(button.dataset.turn);
    draw(await sheets.of(tables.value));
  }));
  viewer.querySelector(".download").addEventListener("click", async () => {
    const { text, head, rows } = await sheets.of(tables.value);
    const whole = shown.length === rows.length && !order.direction;
    saveFile(`${tables.value}.csv`, whole ? text : [head, ...shown].map((row) => row.raw).join(""));
  });
  words.addEventListener("input", update);
  viewer.addEventListener("change", update);
  viewer.hidden = false;
  new IntersectionObserver((entries, observer) => {
    if (!entries.some((entry) => entry.isIntersecting)) return;
    observer.disconnect();
    if (!table.dataset.table) update();
  }, { rootMargin: "400px" }).observe(viewer);
})();
