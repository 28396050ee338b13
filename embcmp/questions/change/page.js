"use strict";

const part = (id) => document.getElementById(id);

// A word's figures can be drawn when its details are open; a page of one word has no details.
const words = DATA.words.map((word, w) => ({
  ...word, details: document.querySelector(`[data-word="${w}"]`), curve: part(`curve-${w}`),
  maps: word.maps.map((points, k) => ({ points, target: part(`map-${w}-${k}`) }))
    .filter(({ points }) => points !== null),
}));

function drawWord({ details, groups, maps, curves, curve }) {
  if (details !== null && !details.open) return;
  const colors = theme();
  const marked = groups.map(({ uses }, k) => (
    { name: groups[k].name, sense: k, symbol: shape(k), uses, note: (use) => cut(DATA.uses[use].note, 60) }));
  drawMaps(maps.map((map) => ({ ...map, groups: marked })), colors);
  if (curve === null) return;
  const layers = groups.slice(1).map(({ name }) => escaped(cut(name, 16)));
  drawCurves(curve, curves.map((series) => ({ ...series, layers })), "prt", colors, "group, against the one before");
}

function draw() {
  words.forEach(drawWord);
  document.body.dataset.drawn = String(Number(document.body.dataset.drawn ?? 0) + 1);
}

for (const word of words) word.details?.addEventListener("toggle", () => drawWord(word));
onTheme(draw);
draw();
