// Runs in a world of our own once the virtual clock has stopped: brings the page to the state a
// picture is taken of, and says whether something still has to load.
(() => {
  // What an element of the page is named cannot stand in the way.
  const own = (name) => Reflect.get(Document.prototype, name, document);
  const all = (selector) => Reflect.apply(own('querySelectorAll'), document, [selector]);
  for (const animation of Reflect.apply(own('getAnimations'), document, [])) {
    try {
      const timing = animation.effect && animation.effect.getComputedTiming();
      if (timing && Number.isFinite(timing.endTime)) animation.finish();
      else animation.cancel();
    } catch { animation.cancel(); }
  }
  for (const media of all('video, audio')) {
    media.removeAttribute('autoplay');
    media.pause();
  }
  let waiting = own('readyState') !== 'complete' || own('fonts').status === 'loading';
  for (const lazy of all('img[loading="lazy"], iframe[loading="lazy"]')) {
    if (lazy.tagName === 'IFRAME' || !lazy.complete) {
      lazy.loading = 'eager';
      waiting = true;
    }
  }
  // Always, and not only where a field has the focus now: `autofocus` takes effect with the next
  // frame, which is the one of the picture.
  if (!globalThis.noCaret) {
    globalThis.noCaret = new CSSStyleSheet();
    globalThis.noCaret.replaceSync(':root, * { caret-color: transparent !important; }');
    Reflect.set(Document.prototype, 'adoptedStyleSheets', [...own('adoptedStyleSheets'), globalThis.noCaret], document);
  }
  window.scrollTo({ left: 0, top: 0, behavior: 'instant' });
  const element = own('documentElement');
  const root = own('scrollingElement') || element;
  return {
    waiting,
    nodes: Reflect.apply(own('getElementsByTagName'), document, ['*']).length,
    height: root ? Math.max(root.scrollHeight, element ? element.scrollHeight : 0) : 0,
    title: String(own('title')).slice(0, 300),
  };
})()
