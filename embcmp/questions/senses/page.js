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

function draw() {
  const colors = theme();
  drawMaps(drawn.map((map) => ({ ...map, groups: series(map) })), colors);
  document.body.dataset.drawn = String(Number(document.body.dataset.drawn ?? 0) + 1);
}

document.addEventListener("click", ({ target }) => {
  if (target.dataset.show === undefined) return;
  part("shown").value = target.dataset.show;
  part("search").value = "";
  filterUses();
  part("uses").scrollIntoView();
  part("shown").focus({ preventScroll: true });
});
onTheme(draw);
draw();
