"use strict";

// plotly reads some HTML in what it draws: text becomes that only through here.
const escaped = (text) =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");

// As statistics are printed: .68, -.12, 1.00.
const short = (value) => value.toFixed(2).replace(/^(-?)0\./, "$1.");

const LINE = 44;
const LINES = 8;

function cut(name, most) {
  const letters = [...name];
  return letters.length > most ? letters.slice(0, most - 1).join("") + "…" : name;
}

// A sentence over several lines, its target in bold, for a hover label.
function hoverText([before, form, after]) {
  const words = [];
  for (const [part, bold] of [[before, false], [form, true], [after, false]]) {
    for (const word of part.match(/\s+|\S{1,40}/g) ?? []) words.push([word, bold]);
  }
  const lines = [[]];
  let width = 0;
  let target = 0;
  for (const [word, bold] of words) {
    if (width + word.length > LINE && width > 0) {
      lines.push([]);
      width = 0;
    }
    if (width === 0 && !word.trim()) continue;
    if (bold) target = lines.length - 1;
    lines.at(-1).push(bold ? `<b>${escaped(word)}</b>` : escaped(word));
    width += word.length;
  }
  const first = Math.max(0, Math.min(target - LINES / 2, lines.length - LINES));
  const shown = lines.slice(first, first + LINES).map((line) => line.join(""));
  if (first > 0) shown.unshift("…");
  if (first + LINES < lines.length) shown.push("…");
  return shown.join("<br>");
}

// A sentence as nodes of the page, its target in bold.
function sentenceNodes([before, form, after]) {
  const whole = document.createElement("bdi");
  const target = document.createElement("b");
  target.textContent = form;
  whole.append(before, target, after);
  return whole;
}
