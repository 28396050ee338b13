"use strict";

const part = (id) => document.getElementById(id);

const maps = DATA.encoders.map((encoder, k) => ({ ...encoder, target: part(`map-${k}`) }));
const drawn = maps.filter(({ target }) => target !== null);

// The uses of each group in two series: those that are sure, and those between groups.
function series({ groups, places }) {
  return groups.flatMap(({ name, mark }, group) =>
    [false, true].map((between) => ({
      name, sense: mark,
      symbol: mark === null ? "asterisk-open" : shape(mark) + (between ? "-open" : ""),
      uses: [...places.keys()].filter(
        (use) => places[use][0] === group && places[use][2] === between),
      note: (use) => note(name, places[use], DATA.uses[use].label),
    })));
}

function note(name, [, confidence, between], label) {
  const sure = confidence === null ? "" : `, confidence ${short(confidence)}`;
  const given = label === null ? "" : `, label ${cut(label, 30)}`;
  return `${cut(name, 40)}${sure}${between ? ", between groups" : ""}${given}`;
}

// A circle around the same use in every other map.
function circle(use, from, colors) {
  for (const { target, points } of drawn) {
    if (target === from) continue;
    const point = use === null ? null : points[use];
    const [x, y] = point ?? [];
    const ends = { x0: -11, x1: 11, y0: -11, y1: 11, xsizemode: "pixel", ysizemode: "pixel" };
    const ring = { type: "circle", ...ends, xanchor: x, yanchor: y, line: { color: colors.ink, width: 2 } };
    Plotly.relayout(target, { shapes: point ? [ring] : [] });
  }
}

function draw() {
  const colors = theme();
  for (const map of drawn) {
    drawMap(map.target, map.points, series(map), colors);
    map.target.removeAllListeners("plotly_hover");
    map.target.removeAllListeners("plotly_unhover");
    map.target.on("plotly_hover", ({ points: [point] }) => circle(point.customdata, map.target, colors));
    map.target.on("plotly_unhover", () => circle(null, map.target, colors));
  }
  document.body.dataset.drawn = String(Number(document.body.dataset.drawn ?? 0) + 1);
}

function filter() {
  const rows = [...part("rows").rows];
  const group = part("shown").value;
  const text = part("search").value;
  const shown = filterRows(rows, text, (row) => !group || row.dataset.in.split(" ").includes(group));
  part("found").textContent = group || text.trim() ? `${shown} of ${rows.length} uses` : "";
}

document.addEventListener("click", ({ target }) => {
  if (target.dataset.show === undefined) return;
  part("shown").value = target.dataset.show;
  part("search").value = "";
  filter();
  part("uses").scrollIntoView();
  part("shown").focus({ preventScroll: true });
});
part("search").addEventListener("input", filter);
part("shown").addEventListener("change", filter);
onTheme(draw);
draw();
