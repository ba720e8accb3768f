"use strict";

const table = document.getElementById("rules-table");
const body = table.tBodies[0];
const filters = document.getElementById("filters");
const shown = filters.querySelector("output");

function filter() {
  const { text, group } = filters.elements;
  const words = text.value.toLowerCase().split(/\s+/).filter(Boolean);
  const states = new Set([...filters.querySelectorAll("[name=coverage]:checked")].map((box) => box.value));
  let count = 0;
  for (const row of body.rows) {
    const content = row.textContent.toLowerCase();
    row.hidden =
      !states.has(row.dataset.coverage) ||
      (group.value && group.value !== row.dataset.group) ||
      !words.every((word) => content.includes(word));
    count += !row.hidden;
  }
  shown.textContent = `${count} of ${body.rows.length} rules`;
}

function sortBy(head, column) {
  const descending = head.getAttribute("aria-sort") === "ascending";
  const value = (row) => row.cells[column].dataset.value ?? row.cells[column].textContent;
  const compare = new Intl.Collator("en", { numeric: true }).compare;
  const rows = [...body.rows].sort((a, b) => compare(value(a), value(b)));
  body.append(...(descending ? rows.reverse() : rows));
  for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
  head.setAttribute("aria-sort", descending ? "descending" : "ascending");
}

[...table.tHead.rows[0].cells].forEach((head, column) => {
  const button = document.createElement("button");
  button.type = "button";
  button.append(...head.childNodes);
  button.addEventListener("click", () => sortBy(head, column));
  head.append(button);
});

filters.addEventListener("input", filter);
filters.addEventListener("submit", (event) => event.preventDefault());
filters.elements.details.addEventListener("click", ({ currentTarget: button }) => {
  const open = button.getAttribute("aria-pressed") !== "true";
  button.setAttribute("aria-pressed", open);
  for (const details of body.querySelectorAll("details")) details.open = open;
});

function openTarget() {
  const row = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (row?.parentElement === body) row.querySelector("details").open = true;
}

window.addEventListener("hashchange", openTarget);
filters.hidden = false;
filter();
openTarget();
