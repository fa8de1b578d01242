// Runs in a world of our own: the links of the page as they resolve, in document order, and how
// far the page reaches sideways.
(() => {
  const href = Object.getOwnPropertyDescriptor(HTMLAnchorElement.prototype, 'href').get;
  const all = Document.prototype.querySelectorAll;
  const links = [];
  for (const link of Reflect.apply(all, document, ['a[href]'])) {
    if (links.length >= 500) break;
    if (!Element.prototype.checkVisibility.call(link)) continue;
    try { links.push(String(Reflect.apply(href, link, [])).slice(0, 500)); } catch { /* an SVG link */ }
  }
  return links;
})()
