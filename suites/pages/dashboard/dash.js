// Draws the chart and fills the table from fixed figures.
const deep = [-22.1, -22.3, -22.4, -22.2, -22.0, -21.6, -20.4, -19.7, -20.3, -21.1, -21.5, -21.8, -21.2, -20.2, -19.9, -20.8, -21.4];
const chill = [2.2, 2.0, 1.9, 2.1, 2.4, 3.0, 3.9, 4.4, 4.0, 3.3, 3.0, 2.7, 3.1, 3.8, 4.1, 3.4, 2.9];
const left = 38, right = 632, upper = 12, lower = 240;
const xOf = (i) => left + ((right - left) * i) / (deep.length - 1);
const yOf = (t) => upper + ((lower - upper) * (6 - t)) / 32;
const path = (values) => values.map((t, i) => `${i ? "L" : "M"}${xOf(i).toFixed(1)} ${yOf(t).toFixed(1)}`).join("");
document.getElementById("deep").setAttribute("d", path(deep));
document.getElementById("chill").setAttribute("d", path(chill));
document.getElementById("area").setAttribute("d", `${path(deep)}L${right} ${lower}L${left} ${lower}Z`);
document.getElementById("target").setAttribute("d", `M${left} ${yOf(-21)}H${right}`);
const svg = "http://www.w3.org/2000/svg";
const axis = document.getElementById("axis");
const label = (x, y, text, anchor) => {
  const node = document.createElementNS(svg, "text");
  node.setAttribute("x", x);
  node.setAttribute("y", y);
  node.setAttribute("text-anchor", anchor);
  node.textContent = text;
  axis.append(node);
};
for (const t of [5, 0, -5, -10, -15, -20, -25]) {
  const line = document.createElementNS(svg, "path");
  line.setAttribute("d", `M${left} ${yOf(t)}H${right}`);
  line.setAttribute("stroke", "#e3eaf2");
  axis.append(line);
  label(left - 8, yOf(t) + 4, String(t).replace("-", "−"), "end");
}
for (let hour = 0; hour < deep.length; hour += 2) label(xOf(hour), 260, `${String(hour).padStart(2, "0")}:00`, hour === 16 ? "end" : "middle");

const rooms = [
  ["A1", "Herring, cod", "−22.8", "−22.0", "71 %", 93, "412.6", "steady"],
  ["A2", "Shrimp", "−21.9", "−22.0", "69 %", 88, "398.1", "steady"],
  ["A3", "Fish fillet", "−18.3", "−22.0", "78 %", 97, "467.9", "warm"],
  ["B1", "Peas, spinach", "−21.2", "−21.0", "66 %", 74, "351.4", "steady"],
  ["B2", "Berries", "−20.6", "−21.0", "64 %", 81, "344.0", "defrost"],
  ["C1", "Bread dough", "−18.2", "−18.0", "59 %", 62, "276.7", "steady"],
  ["D1", "Vaccines", "3.1", "3.0", "48 %", 55, "118.3", "steady"],
  ["D2", "Insulin", "4.9", "3.0", "51 %", 47, "131.5", "warm"],
];
const body = document.getElementById("rooms");
for (const [room, product, temp, target, humidity, fill, energy, state] of rooms) {
  const row = body.insertRow();
  for (const [text, kind] of [[room], [product], [temp, "n"], [target, "n"], [humidity, "n"]]) {
    const cell = row.insertCell();
    cell.textContent = text;
    if (kind) cell.className = kind;
  }
  row.insertCell().innerHTML = `<span class="meter"><b style="width:${fill}%"></b></span>`;
  const used = row.insertCell();
  used.className = "n";
  used.textContent = energy;
  row.insertCell().innerHTML = `<span class="state ${state}">${state}</span>`;
}
