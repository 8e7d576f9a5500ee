"use strict";
(() => {
  const controls = document.getElementById("controls");
  if (!controls) return;
  const rows = [...document.querySelectorAll(".row")];
  const sections = [...document.querySelectorAll(".section")];
  const texts = new Map(rows.map((row) => [row, row.textContent.toLowerCase()]));
  const boxes = [...controls.querySelectorAll("input[name=kind]")];
  const search = document.getElementById("search");
  const differ = document.getElementById("differ");
  const shown = document.getElementById("shown");
  const filter = () => {
    const wanted = new Set(boxes.filter((box) => box.checked).map((box) => box.value));
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    let count = 0;
    for (const row of rows) {
      const text = texts.get(row);
      const kind = !boxes.length || (row.dataset.kinds || "").split(" ").some((one) => wanted.has(one));
      const apart = !differ || !differ.checked || "differs" in row.dataset;
      row.hidden = !(kind && apart && words.every((word) => text.includes(word)));
      count += row.hidden ? 0 : 1;
    }
    for (const section of sections) {
      const own = [...section.querySelectorAll(".row")];
      section.hidden = own.length > 0 && own.every((row) => row.hidden);
    }
    shown.textContent = `${count} of ${rows.length} ${shown.dataset.what} shown`;
  };
  controls.hidden = false;
  controls.addEventListener("submit", (event) => event.preventDefault());
  controls.addEventListener("input", filter);
  filter();
})();
