"use strict";
(() => {
  const rest = JSON.parse(document.getElementById("rest").textContent);
  const texts = rest.texts;
  const form = document.getElementById("filters");
  const names = ["pillar", "severity", "status", "text"];
  const PAGE = 100;

  const element = (tag, text, ...parts) => {
    const made = document.createElement(tag);
    if (text) made.textContent = text;
    made.append(...parts);
    return made;
  };

  // What a link names may lie inside something closed.
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
    if (target.closest("[hidden]") && form) {
      form.reset();
      apply();
    }
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
    const evidence = element("td");
    for (const [of, operation, time, ...pairs] of reads) {
      const line = element("div", texts[of] && texts[of] + ": ");
      for (let at = 0; at < pairs.length; at += 2) {
        line.append(element("code", texts[pairs[at]] + " = " + texts[pairs[at + 1]]), " ");
      }
      line.append(element("small", [texts[operation], texts[time]].filter(Boolean).join(" \u00b7 ")));
      evidence.append(line);
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

  const remember = () => {
    const kept = new URLSearchParams();
    for (const name of names) if (form.elements[name].value.trim()) kept.set(name, form.elements[name].value.trim());
    const hash = kept.toString();
    history.replaceState(null, "", hash ? "#" + hash : location.pathname + location.search);
  };

  const recall = () => {
    if (!form || !location.hash.includes("=")) return false;
    const kept = new URLSearchParams(location.hash.slice(1));
    for (const name of names) form.elements[name].value = kept.get(name) || "";
    return true;
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
    const changed = () => {
      for (const group of groups) group.limit = 0;
      apply();
      remember();
    };
    form.addEventListener("input", () => {
      clearTimeout(waiting);
      waiting = setTimeout(changed, 120);
    });
    form.addEventListener("submit", (event) => event.preventDefault());
    form.addEventListener("reset", () => setTimeout(changed));
    const found = recall();
    apply();
    if (found) document.getElementById("findings").scrollIntoView();
  }
  window.addEventListener("hashchange", () => {
    if (recall()) apply();
    else reveal();
  });
  window.addEventListener("beforeprint", () => {
    for (const closed of document.querySelectorAll("details")) closed.open = true;
  });
  if (!location.hash.includes("=")) reveal();
})();
