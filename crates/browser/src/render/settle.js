// Runs in a world of our own once the virtual clock has stopped: brings the page to the state a
// picture is taken of, and says whether something still has to load.
(() => {
  for (const animation of document.getAnimations()) {
    try {
      const timing = animation.effect && animation.effect.getComputedTiming();
      if (timing && Number.isFinite(timing.endTime)) animation.finish();
      else animation.cancel();
    } catch { animation.cancel(); }
  }
  for (const media of document.querySelectorAll('video, audio')) {
    media.removeAttribute('autoplay');
    media.pause();
  }
  let waiting = document.readyState !== 'complete' || document.fonts.status === 'loading';
  for (const lazy of document.querySelectorAll('img[loading="lazy"], iframe[loading="lazy"]')) {
    if (lazy.tagName === 'IFRAME' || !lazy.complete) {
      lazy.loading = 'eager';
      waiting = true;
    }
  }
  // Always, and not only where a field has the focus now: `autofocus` takes effect with the next
  // frame, which is the one of the picture.
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(':root, * { caret-color: transparent !important; }');
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
  window.scrollTo({ left: 0, top: 0, behavior: 'instant' });
  const root = document.scrollingElement || document.documentElement;
  return {
    waiting,
    nodes: document.getElementsByTagName('*').length,
    height: root ? Math.max(root.scrollHeight, document.documentElement ? document.documentElement.scrollHeight : 0) : 0,
    title: String(document.title).slice(0, 300),
  };
})()
