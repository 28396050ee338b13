"use strict";

// The page's own colors, light, dark or for print, as the style sheet gives them now.
function theme() {
  const styles = getComputedStyle(document.documentElement);
  const color = (name) => styles.getPropertyValue(`--${name}`).trim();
  return {
    paper: color("paper"), raised: color("raised"), ink: color("ink"), soft: color("soft"),
    line: color("line"), accent: color("accent"),
    sense: (k) => color(k === null ? "sense-none" : `sense-${k % 6}`),
    ramp: [[0, color("ramp-0")], [0.5, color("ramp-1")], [1, color("ramp-2")]],
  };
}

// The same seven shapes stand beside the senses in the page; 6 colors x 7 shapes tell 42 apart.
const SHAPES = ["circle", "square", "diamond", "triangle-up", "cross", "x", "star"];
const shape = (sense) => (sense === null ? "circle-open" : SHAPES[sense % SHAPES.length]);

const CONFIG = {
  responsive: true,
  displaylogo: false,
  modeBarButtons: [["toImage"]],
  toImageButtonOptions: { format: "svg", filename: "embcmp" },
};

function layout(colors, more) {
  const axis = { color: colors.soft, gridcolor: colors.line, zeroline: false, fixedrange: true };
  const { xaxis, yaxis, ...rest } = more;
  return {
    paper_bgcolor: colors.paper,
    plot_bgcolor: colors.paper,
    font: { color: colors.ink, family: "system-ui, sans-serif", size: 12 },
    hoverlabel: {
      bgcolor: colors.raised, bordercolor: colors.soft, align: "left",
      font: { color: colors.ink, size: 13 },
    },
    modebar: { bgcolor: "rgba(0,0,0,0)", color: colors.soft, activecolor: colors.ink },
    margin: { l: 40, r: 10, t: 10, b: 40 },
    dragmode: false,
    showlegend: false,
    ...rest,
    xaxis: { ...axis, ...xaxis },
    yaxis: { ...axis, ...yaxis },
  };
}

// Draw again when the colors change: by the system's setting, or for print.
function onTheme(draw) {
  for (const query of ["(prefers-color-scheme: dark)", "print"]) {
    matchMedia(query).addEventListener("change", draw);
  }
}

// On paper nothing can be opened, and figures keep the size that they were drawn in.
addEventListener("beforeprint", () => {
  for (const plot of document.querySelectorAll(".plot")) {
    const { width, height } = plot.getBoundingClientRect();
    plot.dataset.screen = plot.style.cssText;
    Object.assign(plot.style, { width: `${width}px`, height: `${height}px` });
  }
  for (const details of document.querySelectorAll("details:not([open])")) {
    details.open = true;
    details.dataset.printed = "";
  }
});
addEventListener("afterprint", () => {
  for (const plot of document.querySelectorAll(".plot")) plot.style.cssText = plot.dataset.screen;
  for (const details of document.querySelectorAll("details[data-printed]")) {
    details.open = false;
    delete details.dataset.printed;
  }
});

const DATA = JSON.parse(document.getElementById("data").textContent);
