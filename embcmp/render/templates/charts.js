"use strict";

const KINDS = {
  same: { name: "same sense", sense: 0, dash: "solid", pattern: "" },
  other: { name: "different senses", sense: 1, dash: "dash", pattern: "/" },
  all: { name: "all pairs", sense: 0, dash: "solid", pattern: "" },
};

// How the cosines of pairs spread: filled steps, told apart by color, dash and pattern.
function drawBins(target, bins, colors) {
  const { low, high, ...kinds } = bins;
  const traces = Object.entries(kinds).map(([kind, shares]) => {
    const { name, sense, dash, pattern } = KINDS[kind];
    const step = (high - low) / shares.length;
    const color = colors.sense(sense);
    return {
      type: "scatter", mode: "lines", name, x: shares.map((_, k) => low + (k + 0.5) * step),
      y: shares, fill: "tozeroy", line: { shape: "hvh", width: 2, color, dash },
      fillcolor: color + "33",
      fillpattern: pattern ? { shape: pattern, fgcolor: color, size: 6, solidity: 0.2 } : undefined,
      hovertemplate: `%{y:.1f} % of pairs near %{x:.2f}<extra>${name}</extra>`,
    };
  });
  return Plotly.react(target, traces, layout(colors, {
    showlegend: true,
    legend: { orientation: "h", x: 0, y: 1.02, yanchor: "bottom", itemclick: false, itemdoubleclick: false },
    margin: { l: 40, r: 10, t: 30, b: 40 },
    xaxis: { title: { text: "cosine" }, tickformat: ".2f", nticks: 5 },
    yaxis: { title: { text: "% of pairs" }, rangemode: "tozero" },
  }), CONFIG);
}

// The uses as points; each group has its color and its symbol.
// groups: [{ name, sense, symbol, uses: [use], note: (use) => text below its sentence }]
function drawMap(target, points, groups, colors) {
  const size = groups.reduce((sum, { uses }) => sum + uses.length, 0) > 200 ? 7 : 10;
  const traces = groups.map(({ name, sense, symbol, uses, note }) => {
    const own = uses.filter((use) => points[use] !== null);
    const hollow = symbol.endsWith("-open");
    return {
      type: "scatter", mode: "markers", name: escaped(name), customdata: own,
      x: own.map((use) => points[use][0]), y: own.map((use) => points[use][1]),
      text: own.map((use) => {
        const more = note(use);
        return hoverText(DATA.uses[use].parts) + (more ? `<br><i>${escaped(more)}</i>` : "");
      }),
      hoverinfo: "text",
      marker: {
        symbol, size, color: colors.sense(sense), opacity: 0.85,
        line: { color: colors.paper, width: hollow ? 1.5 : 0.75 },
      },
    };
  });
  const axis = { showticklabels: false, ticks: "", showgrid: true, zeroline: true, zerolinecolor: colors.line };
  return Plotly.react(target, traces, layout(colors, {
    hovermode: "closest", margin: { l: 8, r: 8, t: 8, b: 8 },
    xaxis: axis, yaxis: { ...axis, scaleanchor: "x" },
  }), CONFIG);
}

// Maps of the same uses: a circle is in all others around the use that is pointed at.
// maps: [{ target, points, groups }]
function drawMaps(maps, colors) {
  const ends = { x0: -11, x1: 11, y0: -11, y1: 11, xsizemode: "pixel", ysizemode: "pixel" };
  const circle = (use, from) => {
    for (const { target, points } of maps) {
      if (target === from) continue;
      const point = use === null ? null : points[use];
      const [x, y] = point ?? [];
      const ring = { type: "circle", ...ends, xanchor: x, yanchor: y, line: { color: colors.ink, width: 2 } };
      Plotly.relayout(target, { shapes: point ? [ring] : [] });
    }
  };
  for (const { target, points, groups } of maps) {
    drawMap(target, points, groups, colors);
    target.removeAllListeners("plotly_hover");
    target.removeAllListeners("plotly_unhover");
    target.on("plotly_hover", ({ points: [point] }) => circle(point.customdata, target));
    target.on("plotly_unhover", () => circle(null, target));
  }
}

// A measure by layer with its band; what has one layer is a level line.
// series: [{ name, layers: [label], values: [[value, low, high]] }]
function drawCurves(target, series, title, colors, across = "layer") {
  const layers = [...new Set(series.filter((s) => s.layers.length > 1).flatMap((s) => s.layers))];
  const names = layers.map(String);
  const traces = series.flatMap(({ name, layers: own, values }, k) => {
    const color = colors.sense(k);
    const level = own.length === 1;
    const x = level ? names : own.map(String);
    const rows = level ? names.map(() => values[0]) : values;
    const line = {
      type: "scatter", mode: level ? "lines" : "lines+markers", name: escaped(name), x,
      y: rows.map(([value]) => value), marker: { symbol: shape(k), size: 9 },
      line: { color, width: 2, dash: level ? ["dot", "dash", "dashdot", "longdash"][k % 4] : "solid" },
      hovertemplate: `%{y:.3f}<extra>${escaped(cut(name, 30)).replaceAll("%", "&#37;")}</extra>`,
    };
    const banded = !level && rows.some(([, low]) => low !== null);
    const edge = (place) => ({
      type: "scatter", mode: "lines", x, y: rows.map((row) => row[place]), line: { width: 0 },
      hoverinfo: "skip", showlegend: false, fillcolor: color + "26",
      fill: place === 2 ? "tonexty" : "none",
    });
    return banded ? [edge(1), edge(2), line] : [line];
  });
  return Plotly.react(target, traces, layout(colors, {
    showlegend: true,
    legend: { orientation: "h", x: 0, y: 1.02, yanchor: "bottom", itemclick: false, itemdoubleclick: false },
    margin: { l: 50, r: 10, t: 30, b: 45 },
    xaxis: { title: { text: across }, type: "category", showgrid: false },
    yaxis: { title: { text: escaped(title) } },
  }), CONFIG);
}
