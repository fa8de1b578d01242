const GOODS = [
  { id: "mug", name: "Speckled mug", price: 1800 },
  { id: "bowl", name: "Olive bowl", price: 2450 },
  { id: "vase", name: "Plum vase", price: 5600 },
  { id: "teapot", name: "Fjord teapot", price: 7200 },
  { id: "plate", name: "Ember plate", price: 3100 },
  { id: "candle", name: "Coal candlestick", price: 2700 },
];
const TAX = 0.08;
const $ = selector => document.querySelector(selector);
const bag = new Map();
let discount = 0;

const money = cents => (cents < 0 ? "−" : "") + "$" + (Math.abs(cents) / 100).toFixed(2);

$(".goods").innerHTML = GOODS.map(item => `
  <li><img src="img/${item.id}.svg" alt="${item.name}" width="240" height="158">
  <h3>${item.name}</h3><div class="meta"><span class="price">${money(item.price)}</span><div class="btn add" data-id="${item.id}">Add to bag</div></div></li>`).join("");

function render() {
  const lines = GOODS.filter(item => bag.has(item.id));
  const count = lines.reduce((sum, item) => sum + bag.get(item.id), 0);
  const goods = lines.reduce((sum, item) => sum + item.price * bag.get(item.id), 0);
  const off = Math.round(goods * discount);
  const tax = Math.round((goods - off) * TAX);
  const delivery = Number($(".ship select").value);
  $(".bag").textContent = `Bag: ${count} ${count === 1 ? "item" : "items"}`;
  $(".empty").hidden = count > 0;
  $(".sums").hidden = count === 0;
  $(".lines").innerHTML = lines.map(item => `
    <li><span>${item.name}</span><span class="qty"><button data-less="${item.id}" aria-label="One ${item.name} less">−</button><span>${bag.get(item.id)}</span><button data-more="${item.id}" aria-label="One ${item.name} more">+</button></span>
    <span class="amount">${money(item.price * bag.get(item.id))}</span><button class="drop" data-drop="${item.id}" aria-label="Remove ${item.name}">✕</button></li>`).join("");
  const rows = [["Goods", money(goods)]];
  if (off) rows.push(["Voucher", money(-off)]);
  rows.push(["Tax 8%", money(tax)], ["Delivery", delivery ? money(delivery) : "Free"]);
  $("dl").innerHTML = rows.map(([name, value]) => `<dt>${name}</dt><dd>${value}</dd>`).join("")
    + `<dt class="total">Total</dt><dd class="total">${money(goods - off + tax + delivery)}</dd>`;
}
$(".goods").addEventListener("click", event => {
  const id = event.target.dataset.id;
  if (!id) return;
  bag.set(id, (bag.get(id) || 0) + 1);
  render();
});
$(".lines").addEventListener("click", event => {
  const { more, less, drop } = event.target.dataset;
  if (more) bag.set(more, bag.get(more) + 1);
  if (less) bag.get(less) > 1 ? bag.set(less, bag.get(less) - 1) : bag.delete(less);
  if (drop) bag.delete(drop);
  render();
});
$(".apply").addEventListener("click", () => {
  const known = $(".code input").value.trim().toUpperCase() === "CLAY10";
  discount = known ? 0.1 : 0;
  $(".note").textContent = known ? "10% off with CLAY10" : "This voucher is not known";
  render();
});
$(".ship select").addEventListener("change", render);
$(".pay").addEventListener("click", () => {
  $("dialog p").textContent = `We pack it tomorrow. Paid: ${document.querySelector("dd.total").textContent}`;
  $("dialog").showModal();
});
$(".close").addEventListener("click", () => {
  bag.clear();
  $("dialog").close();
  render();
});
render();
