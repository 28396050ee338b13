"use strict";

const page = (id) => document.getElementById(id);
const choice = page("choice");

const layerOf = DATA.encoders.map((encoder) => encoder.layers.length - 1);
let mapKind = "pca";

function chosenSenses() {
  const boxes = [...choice.querySelectorAll("input[name=sense]")];
  if (!boxes.length) return null;
  return new Set(boxes.filter((box) => box.checked).map((box) => box.value));
}

const senseName = (use) => (use.sense === null ? "none" : String(use.sense));

function chosenUses(senses) {
  const all = [...DATA.uses.keys()];
  return senses === null ? all : all.filter((use) => senses.has(senseName(DATA.uses[use])));
}

function senseGroups(chosen) {
  return [...DATA.senses.keys(), null].map((sense) => ({
    name: sense === null ? "no label" : DATA.senses[sense], sense, symbol: shape(sense),
    uses: chosen.filter((use) => DATA.uses[use].sense === sense),
    note: () => (sense === null ? "" : cut(DATA.senses[sense], 40)),
  }));
}

function percent(share) {
  return `${Math.round(100 * share)} %`;
}

// The scale that all matrices share, unless the reader chose each encoder's own.
function sharedScale() {
  if (page("scale-choice").value === "own") return null;
  const triangles = DATA.encoders.map(({ layers }, k) => layers[layerOf[k]].view?.cosines ?? null);
  return commonScale(triangles.filter((triangle) => triangle !== null));
}

function drawEncoder(k, chosen, colors, common) {
  const encoder = DATA.encoders[k];
  const { name, metrics, view } = encoder.layers[layerOf[k]];
  for (const title of document.querySelectorAll(`[data-name="${k}"]`)) title.textContent = name;
  if (view === null) return;
  if (view.cosines !== null) drawMatrix(page(`matrix-${k}`), page(`reading-${k}`), view.cosines, chosen, colors, common);
  if (encoder.why_no_map !== null) return;
  if (view.bins !== null) drawBins(page(`bins-${k}`), view.bins, colors);
  const map = view.maps[mapKind] ?? view.maps.pca;
  drawMap(page(`map-${k}`), map.points, senseGroups(chosen), colors);
  page(`share-${k}`).textContent = map.explained
    ? `the axes show ${map.explained.map(percent).join(" and ")} of the variance`
    : map === view.maps.tsne ? "t-SNE" : "";
  const [within, between] = ["within", "between"].map((metric) => metrics[metric]?.[0] ?? null);
  page(`means-${k}`).textContent = within === null || between === null
    ? "" : `means ${short(within)} within, ${short(between)} between`;
}

function draw() {
  const colors = theme();
  const chosen = chosenUses(chosenSenses());
  const common = sharedScale();
  DATA.encoders.forEach((_, k) => drawEncoder(k, chosen, colors, common));
  const metric = page("curve-metric");
  if (metric) {
    const series = DATA.encoders.map(({ title, layers }) => ({
      name: title,
      layers: layers.map(({ layer }) => layer),
      values: layers.map(({ metrics }) => metrics[metric.value] ?? [null, null, null]),
    }));
    const valued = series.filter(({ values }) => values.some(([value]) => value !== null));
    drawCurves(page("curve"), valued, metric.value, colors);
  }
  document.body.dataset.drawn = String(Number(document.body.dataset.drawn ?? 0) + 1);
}

// Hide the sentences, pairs and receipts of senses that are not chosen.
function filter() {
  const senses = chosenSenses();
  if (senses === null) return;
  for (const item of document.querySelectorAll("[data-senses]")) {
    item.hidden = !item.dataset.senses.trim().split(" ").every((sense) => senses.has(sense));
  }
  const shown = chosenUses(senses).length;
  page("chosen").textContent =
    shown === DATA.uses.length ? "" : `${shown} of ${DATA.uses.length} uses shown`;
}

function mapChoice() {
  const label = document.createElement("label");
  const select = document.createElement("select");
  for (const [value, name] of [["pca", "PCA"], ["tsne", "t-SNE"]]) select.add(new Option(name, value));
  select.id = "map-choice";
  select.addEventListener("change", () => {
    mapKind = select.value;
    draw();
  });
  label.append("Map ", select);
  page("map-kind").append(" ", label);
}

choice.addEventListener("submit", (event) => event.preventDefault());
choice.addEventListener("click", ({ target }) => {
  if (target.dataset.tick === undefined) return;
  for (const box of choice.querySelectorAll("input[name=sense]")) box.checked = target.dataset.tick !== "";
  filter();
  draw();
});
choice.addEventListener("change", ({ target }) => {
  if (target.dataset.encoder !== undefined) layerOf[target.dataset.encoder] = Number(target.value);
  filter();
  draw();
});
page("scale-choice").addEventListener("change", draw);
page("curve-metric")?.addEventListener("change", draw);
if (DATA.encoders.some(({ layers }) => layers.some(({ view }) => view?.maps.tsne))) mapChoice();
onTheme(draw);
draw();
