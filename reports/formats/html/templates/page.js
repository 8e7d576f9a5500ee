"use strict";
(() => {
  const controls = document.getElementById("controls");
  const reveal = () => {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!target) return;
    for (let each = target; each; each = each.parentElement) if (each.tagName === "DETAILS") each.open = true;
    target.hidden = false;
    target.scrollIntoView();
  };
  addEventListener("hashchange", reveal);
  if (location.hash) reveal();
  if (!controls) return;
  const rows = [...document.querySelectorAll(".req")];
  const sections = [...document.querySelectorAll(".section")];
  const texts = new Map(rows.map((row) => [row, row.textContent.toLowerCase()]));
  const search = document.getElementById("search");
  const shown = document.getElementById("shown");
  const filter = () => {
    const wanted = new Set([...controls.querySelectorAll("input[type=checkbox]")].filter((box) => box.checked).map((box) => box.value));
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    let count = 0;
    for (const row of rows) {
      const text = texts.get(row);
      row.hidden = !(wanted.has(row.dataset.verdict) && words.every((word) => text.includes(word)));
      count += row.hidden ? 0 : 1;
    }
    for (const section of sections) section.hidden = ![...section.querySelectorAll(".req")].some((row) => !row.hidden);
    shown.textContent = `${count} of ${rows.length} requirements shown`;
  };
  const open = (yes) => rows.forEach((row) => { if (!row.hidden) row.open = yes; });
  controls.hidden = false;
  controls.addEventListener("submit", (event) => event.preventDefault());
  controls.addEventListener("input", filter);
  document.getElementById("unfold").addEventListener("click", () => open(true));
  document.getElementById("fold").addEventListener("click", () => open(false));
  filter();
})();
