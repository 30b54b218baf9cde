"use strict";
(() => {
  const table = document.getElementById("table");
  const body = table.tBodies[0];
  const rows = Array.from(body.rows);
  const heads = Array.from(table.tHead.rows[0].cells);
  const controls = document.getElementById("controls");
  const live = document.getElementById("live");
  const search = document.getElementById("q");
  const boxes = Array.from(controls.querySelectorAll("input[type=checkbox]"));

  // Sorting: a button in each head; the page without this script has plain heads.
  const valueOf = (row, place) => row.cells[place].dataset.v;

  function compare(a, b, kind) {
    return kind === "n" ? Number(a) - Number(b) : a.localeCompare(b, "en");
  }

  function sortBy(place, descending) {
    const kind = heads[place].dataset.sort;
    const sorted = rows.slice().sort((one, other) => {
      const a = valueOf(one, place);
      const b = valueOf(other, place);
      if (a === "" || b === "") {
        return (a === "") - (b === ""); // what nobody can tell stays below
      }
      return descending ? compare(b, a, kind) : compare(a, b, kind);
    });
    body.append(...sorted);
    heads.forEach((head, i) => {
      if (i === place) {
        head.setAttribute("aria-sort", descending ? "descending" : "ascending");
      } else {
        head.removeAttribute("aria-sort");
      }
    });
  }

  heads.forEach((head, place) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener("click", () => {
      const descending = head.getAttribute("aria-sort") === "ascending";
      sortBy(place, descending);
      live.textContent = `Sorted by ${button.textContent}, ${descending ? "descending" : "ascending"}.`;
    });
  });

  // Filter and search: rows that do not fit are hidden, and a sentence says how many are shown.
  const folded = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
  const texts = rows.map((row) => folded(row.dataset.q));

  function filter() {
    const wanted = folded(search.value).split(/\s+/).filter(Boolean);
    const chosen = new Set(boxes.filter((box) => box.checked).map((box) => box.value));
    let shown = 0;
    rows.forEach((row, i) => {
      const fits = chosen.has(row.dataset.status) && wanted.every((w) => texts[i].includes(w));
      row.hidden = !fits;
      shown += fits;
    });
    live.textContent = `${shown} of ${rows.length} coalitions shown.`;
  }

  search.addEventListener("input", filter);
  boxes.forEach((box) => box.addEventListener("change", filter));
  controls.addEventListener("submit", (event) => event.preventDefault());
  controls.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      search.value = "";
      boxes.forEach((box) => { box.checked = true; });
      filter();
    }
  });
  controls.hidden = false;
  filter(); // a browser that goes back to the page keeps what stood in the fields

  // Deep links: a keyboard goes on from the section that was opened.
  function arrive() {
    const name = decodeURIComponent(location.hash.slice(1));
    const target = name && document.getElementById(name);
    if (target && target.tagName === "ARTICLE") {
      target.tabIndex = -1;
      target.focus({ preventScroll: true });
      document.title = target.querySelector("h2").textContent + " · " + title;
    } else {
      document.title = title;
    }
  }
  const title = document.title;
  addEventListener("hashchange", arrive);
  arrive();
})();
