"use strict";

const THOUSAND = 1000;
const NAMED = 0.06; // a sense with at least this share of the uses has room for its name
const FEW = 12; // with up to this many uses, the cosines are written into the cells

// The square of cosines between the chosen uses, from the rows of a lower triangle.
function square(triangle, chosen) {
  return chosen.map((i) =>
    chosen.map((j) => {
      if (i === j) return null;
      const cosine = i > j ? triangle[i][j] : triangle[j][i];
      return cosine === null ? null : cosine / THOUSAND;
    })
  );
}

// Where each run of one sense starts and ends among the chosen uses.
function runs(uses, chosen) {
  const parts = [];
  chosen.forEach((use, place) => {
    const sense = uses[use].sense;
    if (parts.length && parts.at(-1).sense === sense) parts.at(-1).end = place;
    else parts.push({ sense, start: place, end: place });
  });
  return parts;
}

function scale(rows) {
  let low = Infinity;
  let high = -Infinity;
  for (const row of rows) {
    for (const cosine of row) {
      if (cosine === null) continue;
      low = Math.min(low, cosine);
      high = Math.max(high, cosine);
    }
  }
  if (low < high) return { zmin: low, zmax: high };
  return low === high ? { zmin: low - 1, zmax: low + 1, showscale: false } : { showscale: false };
}

// One scale for the matrices of all encoders: from their lowest cosine to 1.
function commonScale(triangles) {
  let low = Infinity;
  for (const triangle of triangles) {
    for (const row of triangle) {
      for (const cosine of row) if (cosine !== null) low = Math.min(low, cosine / THOUSAND);
    }
  }
  return { zmin: Math.min(low, 0.9), zmax: 1 };
}

// common: the scale of all encoders, or null for this encoder's own.
function drawMatrix(target, reading, triangle, chosen, colors, common) {
  const z = square(triangle, chosen);
  const parts = runs(DATA.uses, chosen);
  const border = { type: "line", line: { color: colors.sense(1), width: 1.5 } };
  const ends = [-0.5, chosen.length - 0.5];
  const shapes = parts.slice(1).flatMap(({ start }) => [
    { ...border, x0: start - 0.5, x1: start - 0.5, y0: ends[0], y1: ends[1] },
    { ...border, y0: start - 0.5, y1: start - 0.5, x0: ends[0], x1: ends[1] },
  ]);
  const named = parts.filter(({ start, end }) => end - start + 1 >= NAMED * chosen.length);
  const ticks = DATA.senses.length ? {
    tickvals: named.map(({ start, end }) => (start + end) / 2),
    ticktext: named.map(({ sense }) =>
      sense === null ? "no label" : escaped(cut(DATA.senses[sense], 14))),
    tickangle: -90,
  } : {
    tickvals: chosen.length > FEW ? [] : [...chosen.keys()],
    ticktext: chosen.map((use) => escaped(cut(DATA.uses[use].id, 8))),
  };
  const trace = {
    type: "heatmap", z, ...(common ?? scale(z)), colorscale: colors.ramp,
    texttemplate: chosen.length > FEW ? "" : "%{z:.2f}",
    hovertemplate: "%{z:.2f}<extra></extra>", hoverongaps: false,
    colorbar: { thickness: 8, len: 0.9, outlinewidth: 0, tickformat: ".2f", nticks: 4,
      tickfont: { color: colors.soft, size: 11 } },
  };
  Plotly.react(target, [trace], layout(colors, {
    shapes,
    margin: { l: 8, r: 0, t: 8, b: 8 },
    xaxis: { showticklabels: false, showgrid: false, ticks: "", range: ends },
    yaxis: { ...ticks, showgrid: false, ticks: "", range: [...ends].reverse(), automargin: true },
  }), CONFIG).then(() => {
    target.removeAllListeners("plotly_hover");
    target.on("plotly_hover", ({ points: [point] }) => {
      const [a, b] = [point.y, point.x].map((place) => DATA.uses[chosen[place]]);
      reading.replaceChildren(
        `${short(point.z)}  `, sentenceNodes(a.parts), " / ", sentenceNodes(b.parts));
    });
  });
}
