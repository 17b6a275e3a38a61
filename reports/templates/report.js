"use strict";
(() => {
  const rest = JSON.parse(document.getElementById("rest").textContent);
  const texts = rest.texts;
  const form = document.getElementById("filters");
  const names = ["pillar", "severity", "status", "text"];
  const PAGE = 100;
  const OPENED = 5;

  const element = (tag, text, ...parts) => {
    const made = document.createElement(tag);
    if (text) made.textContent = text;
    made.append(...parts);
    return made;
  };

  // What a link names may lie inside something closed, or be filtered away.
  const reveal = () => {
    let id = "";
    try {
      id = decodeURIComponent(location.hash.slice(1));
    } catch {
      return;
    }
    const target = id && document.getElementById(id);
    if (!target) return;
    for (let at = target; at; at = at.parentElement) if (at.tagName === "DETAILS") at.open = true;
    if (target.closest("[hidden]")) set(new URLSearchParams());
    target.scrollIntoView();
  };

  const groups = [...document.querySelectorAll(".group")].map((box) => ({
    box,
    table: box.querySelector(".rows"),
    head: (box.querySelector("h3").textContent + " " + box.id).toLowerCase(),
    standing: [...box.querySelectorAll("tbody tr")].map((row) => ({
      row,
      status: row.dataset.status,
      text: row.textContent.toLowerCase(),
    })),
    rest: rest.rows[box.id] || [],
    searched: [],
    more: box.querySelector(".more"),
    body: null,
    button: null,
    limit: 0,
  }));

  const searched = (group, at) => {
    if (group.searched[at] === undefined) {
      const [, name, region, account, message, reads] = group.rest[at];
      const numbers = [name, region, account, message, ...reads.flat()];
      group.searched[at] = numbers.map((n) => texts[n]).join(" ").toLowerCase();
    }
    return group.searched[at];
  };

  const made = ([status, name, region, account, message, reads]) => {
    const where = element("td", texts[name]);
    const place = (rest.accounts ? [region, account] : [region]).map((n) => texts[n]).filter(Boolean);
    if (place.length) where.append(element("small", place.join(" \u00b7 ")));
    const what = element("td");
    if (texts[status] !== "fail") what.append(element("b", texts[status]), " ");
    what.append(texts[message]);
    const lines = reads.map(([of, operation, time, ...pairs]) => {
      const line = element("div", texts[of] && texts[of] + ": ");
      for (let at = 0; at < pairs.length; at += 2) {
        line.append(element("code", texts[pairs[at]] + " = " + texts[pairs[at + 1]]), " ");
      }
      line.append(element("small", [texts[operation], texts[time]].filter(Boolean).join(" \u00b7 ")));
      return line;
    });
    const evidence = element("td");
    if (lines.length <= rest.reads + 1) evidence.append(...lines);
    else {
      const more = element("details", "", element("summary", `${lines.length - rest.reads} more reads`));
      more.className = "reads";
      more.append(...lines.slice(rest.reads));
      evidence.append(...lines.slice(0, rest.reads), more);
    }
    return element("tr", "", where, what, evidence);
  };

  const show = (group, wanted, filtering) => {
    let seen = 0;
    const whole = !wanted.text || group.head.includes(wanted.text);
    const possible =
      (!wanted.pillar || group.box.dataset.pillars.split(" ").includes(wanted.pillar)) &&
      (!wanted.severity || group.box.dataset.severity === wanted.severity);
    const standing = group.standing.filter((item) => {
      const fits =
        possible && (!wanted.status || item.status === wanted.status) && (whole || item.text.includes(wanted.text));
      item.row.hidden = !fits;
      return fits;
    }).length;
    const fitting = [];
    if (possible) {
      group.rest.forEach((row, at) => {
        if (wanted.status && texts[row[0]] !== wanted.status) return;
        if (whole || searched(group, at).includes(wanted.text)) fitting.push(row);
      });
    }
    if (group.rest.length) {
      const length = Math.min(fitting.length, Math.max(group.limit, filtering ? 25 - standing : 0));
      group.body.replaceChildren(...fitting.slice(0, length).map(made));
      const left = fitting.length - length;
      group.button.hidden = !left;
      group.button.textContent = `Show ${Math.min(PAGE, left)} more of ${left.toLocaleString("en")}`;
      group.shown = length;
      group.table.hidden = standing + length === 0;
    }
    seen = standing + fitting.length;
    group.box.hidden = filtering && seen === 0;
    return seen;
  };

  const wishes = () => {
    const wanted = {};
    for (const name of names) wanted[name] = form.elements[name].value.trim();
    wanted.text = wanted.text.toLowerCase();
    return wanted;
  };

  const total = groups.reduce((sum, group) => sum + group.standing.length + group.rest.length, 0);

  function apply() {
    const wanted = wishes();
    const filtering = names.some((name) => wanted[name]);
    let rows = 0;
    let rules = 0;
    for (const group of groups) {
      const seen = show(group, wanted, filtering);
      rows += seen;
      rules += seen > 0;
    }
    const said = (count, noun) => `${count.toLocaleString("en")} ${noun}${count === 1 ? "" : "s"}`;
    document.getElementById("count").textContent = filtering
      ? `${rows.toLocaleString("en")} of ${said(total, "row")} in ${rules} of ${said(groups.length, "rule")}`
      : `${said(total, "row")} in ${said(groups.length, "rule")} that fail or are unknown`;
  }

  const every = document.getElementById("every");
  const closed = () => groups.filter(({ box }) => !box.hidden && !box.open);
  const offer = () => {
    every.textContent = closed().length ? "Open all" : "Close all";
  };

  const filtered = () => location.hash.includes("=");

  // Back undoes a filter; what is typed is one step, not one for each letter.
  const remember = (typed) => {
    const kept = new URLSearchParams();
    for (const name of names) if (form.elements[name].value.trim()) kept.set(name, form.elements[name].value.trim());
    const hash = kept.toString();
    const step = typed && filtered() ? "replaceState" : "pushState";
    if (hash !== location.hash.slice(1)) history[step](null, "", hash ? "#" + hash : location.pathname + location.search);
  };

  // With few rules left their rows are what was looked for.
  const narrowed = () => {
    for (const group of groups) group.limit = 0;
    apply();
    const left = groups.filter((group) => !group.box.hidden);
    if (left.length <= OPENED) for (const group of left) group.box.open = true;
    offer();
  };

  const set = (kept) => {
    for (const name of names) {
      const field = form.elements[name];
      field.value = kept.get(name) || "";
      if (field.selectedIndex === -1) field.selectedIndex = 0;
    }
    narrowed();
  };

  const arrive = () => {
    if (form && (filtered() || !location.hash)) set(new URLSearchParams(location.hash.slice(1)));
    if (filtered() && form) document.getElementById("findings").scrollIntoView();
    else reveal();
  };

  if (form) {
    form.hidden = false;
    for (const group of groups) {
      if (!group.rest.length) continue;
      group.body = group.table.appendChild(document.createElement("tbody"));
      group.button = document.createElement("button");
      group.button.type = "button";
      group.button.addEventListener("click", () => {
        group.limit = group.shown + PAGE;
        apply();
      });
      group.more.replaceChildren(group.button);
    }
    let waiting = 0;
    const changed = (typed) => {
      clearTimeout(waiting);
      narrowed();
      remember(typed);
    };
    form.addEventListener("input", (event) => {
      clearTimeout(waiting);
      if (event.target.name === "text") waiting = setTimeout(changed, 120, true);
      else changed(false);
    });
    form.addEventListener("submit", (event) => event.preventDefault());
    form.addEventListener("reset", () => setTimeout(changed, 0, false));
    every.addEventListener("click", () => {
      const open = closed().length > 0;
      for (const { box } of groups) if (!box.hidden) box.open = open;
    });
    for (const { box } of groups) box.addEventListener("toggle", offer);
    apply();
  }

  // A drawing may be wider than the screen: its resource comes first.
  const middle = (box) => {
    const across = box.querySelector(".across");
    const start = across && across.querySelector(".start");
    if (!start || across.scrollWidth <= across.clientWidth) return;
    const [of, by] = [start, across].map((at) => at.getBoundingClientRect());
    across.scrollLeft += of.left + of.width / 2 - by.left - by.width / 2;
  };
  for (const box of document.querySelectorAll(".resource")) {
    box.addEventListener("toggle", () => middle(box));
    middle(box);
  }

  window.addEventListener("hashchange", arrive);
  document.addEventListener("click", (event) => {
    const link = event.target.closest('a[href^="#"]');
    if (link && link.hash === location.hash) reveal(); // which is no change of it
  });
  let unfolded = [];
  window.addEventListener("beforeprint", () => {
    unfolded = [...document.querySelectorAll("details:not([open])")];
    for (const box of unfolded) box.open = true;
  });
  window.addEventListener("afterprint", () => {
    for (const box of unfolded) box.open = false;
  });
  if (location.hash) arrive();
})();
