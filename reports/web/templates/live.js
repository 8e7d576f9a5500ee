"use strict";
// Keeps a page up to date.  All it writes is text: nothing that comes from a mail becomes markup.
(() => {
  const wanted = document.body.dataset.stream;
  const status = document.getElementById("live");
  if (wanted === undefined || !status) return;
  const at = (value, path) => path.split(".").reduce((of, name) => (of === null || of === undefined ? of : of[name]), value);
  const text = (value) => (Array.isArray(value) ? value.join(", ") : value === null || value === undefined ? "" : String(value));
  const fill = (node, item) => {
    for (const each of node.querySelectorAll("[data-text]")) {
      const path = each.dataset.text;
      const value = path === "." ? item : at(item, path);
      each.textContent = (value === 0 && each.dataset.zero !== undefined ? each.dataset.zero : text(value)) || each.dataset.else || "";
    }
    for (const each of node.querySelectorAll("[data-link]")) each.setAttribute("href", each.dataset.link + Number(item.id));
    for (const each of node.querySelectorAll("[data-clock]")) {
      each.setAttribute("datetime", text(item.time));
      each.textContent = text(item.time).slice(11, 19);
    }
    return node;
  };
  const made = (place, item) => fill(place.querySelector("template").content.cloneNode(true), item);
  const marks = new Map();
  const mark = (row) => {
    const known = marks.get(row.dataset.mail);
    const word = row.querySelector(".mark .word");
    if (!known || !word) return;
    word.className = `word ${known.kind}`;
    word.textContent = known.word;
  };
  let last = new URLSearchParams(wanted).get("after");
  const arrived = (kind, item) => {
    const place = document.querySelector(`[data-live="${kind}"]`);
    if (!place) return;
    const node = made(place, item).firstElementChild;
    if (node.dataset.mail !== undefined) node.dataset.mail = String(Number(item.id));
    node.classList.add("new");
    place.querySelector("template").after(node);
    mark(node);
    while (place.children.length - 1 > Number(place.dataset.most)) place.lastElementChild.remove();
    for (const none of document.querySelectorAll(".none")) none.hidden = true;
  };
  const show = (state) => {
    if (!state.live) say("over: nothing more comes", "off");
    for (const each of document.querySelectorAll("[data-figure]")) {
      const now = text(at(state, each.dataset.figure));
      if (each.textContent !== now) each.textContent = now;
    }
    for (const each of document.querySelectorAll("[data-count]")) {
      const count = (at(state, each.dataset.count) || []).length;
      each.textContent = String(count);
      each.parentElement.classList.toggle("nothing", count === 0);
    }
    for (const each of document.querySelectorAll("[data-progress]")) {
      const plays = at(state, each.dataset.progress);
      each.max = plays.total || 1;
      each.value = plays.done;
    }
    for (const place of document.querySelectorAll("[data-each]")) {
      while (place.children.length > 1) place.lastElementChild.remove();
      const items = at(state, place.dataset.each) || [];
      for (const item of items.slice(0, Number(place.dataset.most || items.length))) place.append(made(place, item));
    }
  };
  const say = (word, kind) => {
    if (status.textContent !== word) status.textContent = word;
    status.className = kind;
  };
  let source = null;
  let again = 0;
  const listen = () => {
    const query = new URLSearchParams(wanted);
    query.set("after", last);
    source = new EventSource(`/api/events?${query}`);
    source.addEventListener("open", () => say("live", "on"));
    source.addEventListener("error", () => {
      say("no connection; trying again", "off");
      if (source.readyState === EventSource.CLOSED) again = setTimeout(listen, 3000);  // a browser gives up at a 503
    });
    source.addEventListener("mail", (event) => {
      last = event.lastEventId;
      arrived("mail", JSON.parse(event.data));
    });
    source.addEventListener("session", (event) => arrived("session", JSON.parse(event.data)));
    source.addEventListener("state", (event) => show(JSON.parse(event.data)));
    source.addEventListener("mark", (event) => {
      const known = JSON.parse(event.data);
      marks.set(String(known.mail), known);
      const row = document.querySelector(`[data-mail="${Number(known.mail)}"]`);
      if (row) mark(row);
    });
    source.addEventListener("over", () => {
      source.close();
      say("over: nothing more comes", "off");
    });
  };
  const rest = () => {
    clearTimeout(again);
    if (source) source.close();
    source = null;
  };
  // A browser has six connections to a host: tabs that nobody sees give theirs up.
  if (document.body.dataset.stays === undefined) {
    document.addEventListener("visibilitychange", () => (document.hidden ? rest() : source || listen()));
  }
  if (!document.hidden || document.body.dataset.stays !== undefined) listen();
})();
