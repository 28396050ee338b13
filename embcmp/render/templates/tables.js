"use strict";

const byName = new Intl.Collator(undefined, { numeric: true });

// Sort a table by a column; what has no value stays at the end, whichever the direction.
function sortRows(table, column, descending) {
  const body = table.tBodies[0];
  const key = (row) => {
    const cell = row.cells[column];
    return cell.dataset.value ?? cell.textContent.trim();
  };
  const compare = (a, b) =>
    a !== "" && b !== "" && !isNaN(a) && !isNaN(b)
      ? Number(a) - Number(b)
      : byName.compare(a, b);
  const rows = [...body.rows].map((row) => [key(row), row]);
  rows.sort(([a], [b]) => {
    if (a === "" || b === "") return (a === "") - (b === "");
    return descending ? compare(b, a) : compare(a, b);
  });
  body.append(...rows.map(([, row]) => row));
}

// A column of numbers starts with the highest, one of names with the first.
function startsDescending(table, column) {
  const cells = [...table.tBodies[0].rows].map((row) => row.cells[column]);
  return cells.some((cell) => cell.dataset.value) && column > 0;
}

const plain = (text) => text.normalize("NFKC").toLowerCase();

// Show the rows that have the text in their first cell or in a cell of text; how many these are.
function filterRows(rows, text, kept = () => true) {
  const wanted = plain(text.trim());
  for (const row of rows) {
    const searched = [row.cells[0], ...row.querySelectorAll("td.text")];
    row.hidden = !kept(row) || !searched.some((cell) => plain(cell.textContent).includes(wanted));
  }
  return rows.filter((row) => !row.hidden).length;
}

// Show the uses that have the text and are in the group that are chosen above their table.
function filterUses() {
  const at = (id) => document.getElementById(id);
  const rows = [...at("rows").rows];
  const group = at("shown").value;
  const text = at("search").value;
  const shown = filterRows(rows, text, (row) => !group || row.dataset.in.split(" ").includes(group));
  at("found").textContent = group || text.trim() ? `${shown} of ${rows.length} uses` : "";
}

document.querySelector("#uses #search")?.addEventListener("input", filterUses);
document.querySelector("#uses #shown")?.addEventListener("change", filterUses);

for (const table of document.querySelectorAll("table.sortable")) {
  const heads = [...table.tHead.rows[0].cells];
  heads.forEach((head, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener("click", () => {
      const sorted = head.getAttribute("aria-sort");
      const descending = sorted ? sorted === "ascending" : startsDescending(table, column);
      for (const other of heads) other.removeAttribute("aria-sort");
      head.setAttribute("aria-sort", descending ? "descending" : "ascending");
      sortRows(table, column, descending);
    });
  });
}
