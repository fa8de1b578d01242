// Runs in a world of our own: how far the page can be scrolled sideways, what makes it so wide, and
// whether it shows anything.
(() => {
  const own = (name) => Reflect.get(Document.prototype, name, document);
  const root = own('documentElement');
  const body = own('body');
  if (!root) return { width: 0, widest: '', shows: false };
  const textOf = Object.getOwnPropertyDescriptor(HTMLElement.prototype, 'innerText').get;
  const shows = Boolean(body) && (Reflect.apply(textOf, body, []).trim() !== ''
    || [...Document.prototype.querySelectorAll.call(document, 'img, svg, canvas, video, iframe, input')]
      .some((element) => Element.prototype.checkVisibility.call(element)));
  const clipped = [root, body].some((element) => element
    && ['hidden', 'clip'].includes(getComputedStyle(element).overflowX));
  const width = clipped ? 0 : Math.max(root.scrollWidth, own('scrollingElement') ? own('scrollingElement').scrollWidth : 0);
  if (width <= root.clientWidth + 1) return { width, widest: '', shows };
  let widest = null, right = 0;
  for (const element of Document.prototype.querySelectorAll.call(document, 'body *')) {
    const box = Element.prototype.getBoundingClientRect.call(element);
    if (box.width > 0 && box.right > right + 0.5) { right = box.right; widest = element; }
  }
  if (!widest) return { width, widest: '', shows };
  const name = (text) => Element.prototype.getAttribute.call(widest, text) || '';
  const classes = name('class').trim().split(/\s+/).filter(Boolean).map((one) => `.${one}`).join('');
  return { width, widest: `${widest.localName}${name('id') ? `#${name('id')}` : ''}${classes}`.slice(0, 120), shows };
})()
