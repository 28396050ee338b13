"use strict";

const part = (id) => document.getElementById(id);

// Means with their intervals, the highest on top.
function drawLeaders(target, rows, colors) {
  const others = new Set(DATA.others);
  const valued = rows.filter(([name, mean]) => mean !== null && !others.has(name)).reverse();
  target.style.height = `${Math.max(10, 5 + 1.75 * valued.length)}rem`;
  const trace = {
    type: "scatter", mode: "markers", x: valued.map(([, mean]) => mean),
    y: valued.map(([name]) => escaped(cut(name, 28))),
    marker: { color: colors.accent, size: 9 },
    error_x: {
      type: "data", symmetric: false, color: colors.accent, thickness: 1.5, width: 0,
      array: valued.map(([, mean, , high]) => (high === null ? 0 : high - mean)),
      arrayminus: valued.map(([, mean, low]) => (low === null ? 0 : mean - low)),
    },
    hovertemplate: "%{x:.3f}<extra></extra>",
  };
  return Plotly.react(target, [trace], layout(colors, {
    margin: { l: 10, r: 10, t: 10, b: 30 },
    yaxis: { automargin: true, showgrid: false, type: "category" },
  }), CONFIG);
}

function curves(metric) {
  const of = new Map(DATA.standings[metric].map(([name, ...numbers]) => [name, numbers]));
  const layered = Object.entries(DATA.layers).map(([name, results]) => ({
    name, layers: results.map(([, layer]) => layer),
    values: results.map(([result]) => of.get(result) ?? [null, null, null]),
  }));
  const within = new Set(Object.values(DATA.layers).flat().map(([result]) => result));
  const level = DATA.encoders.filter((name) => !within.has(name) && of.has(name)).map((name) => ({
    name, layers: [null], values: [of.get(name)],
  }));
  return [...level, ...layered].filter(({ values }) => values.some(([mean]) => mean !== null));
}

function draw() {
  const metric = part("metric")?.value;
  if (metric) {
    const colors = theme();
    for (const block of document.querySelectorAll("[data-metric]")) {
      block.hidden = block.dataset.metric !== metric;
    }
    drawLeaders(part("leaders-plot"), DATA.standings[metric], colors);
    if (part("curve")) drawCurves(part("curve"), curves(metric), metric, colors);
  }
  document.body.dataset.drawn = String(Number(document.body.dataset.drawn ?? 0) + 1);
}

part("filter").addEventListener("input", ({ target }) => {
  const rows = [...part("rows").rows];
  const shown = filterRows(rows, target.value); // by the word and its senses
  part("found").textContent = target.value.trim() ? `${shown} of ${rows.length} words` : "";
});

part("metric")?.addEventListener("change", draw);
onTheme(draw);
draw();
