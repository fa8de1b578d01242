// Runs before any script of a page in use, in a world of our own: hears every input event before the
// page does, knows whether the page still moves, and says where an element can be reached. What a form
// or a named element could shadow is read through the prototypes.
(() => {
  // What a page names is on the window too, in every world.
  const isOurs = (name) => Object.prototype.hasOwnProperty.call(globalThis, name);
  if (isOurs('hands')) return true;
  const getter = (proto, name) => {
    const get = Object.getOwnPropertyDescriptor(proto, name).get;
    return (it) => Reflect.apply(get, it, []);
  };
  const method = (proto, name) => {
    const call = proto[name];
    return (it, ...given) => Reflect.apply(call, it, given);
  };
  const dom = {
    getter,
    method,
    childNodes: getter(Node.prototype, 'childNodes'),
    firstChild: getter(Node.prototype, 'firstChild'),
    nextSibling: getter(Node.prototype, 'nextSibling'),
    parentNode: getter(Node.prototype, 'parentNode'),
    nodeType: getter(Node.prototype, 'nodeType'),
    nodeValue: getter(Node.prototype, 'nodeValue'),
    textContent: getter(Node.prototype, 'textContent'),
    isConnected: getter(Node.prototype, 'isConnected'),
    rootNode: method(Node.prototype, 'getRootNode'),
    contains: method(Node.prototype, 'contains'),
    attributes: getter(Element.prototype, 'attributes'),
    shadowRoot: getter(Element.prototype, 'shadowRoot'),
    localName: getter(Element.prototype, 'localName'),
    attribute: method(Element.prototype, 'getAttribute'),
    has: method(Element.prototype, 'hasAttribute'),
    matches: method(Element.prototype, 'matches'),
    closest: method(Element.prototype, 'closest'),
    queryAll: method(Element.prototype, 'querySelectorAll'),
    boxOf: method(Element.prototype, 'getBoundingClientRect'),
    boxesOf: method(Element.prototype, 'getClientRects'),
    isVisible: method(Element.prototype, 'checkVisibility'),
    intoView: method(Element.prototype, 'scrollIntoView'),
    scrollTop: getter(Element.prototype, 'scrollTop'),
    scrollLeft: getter(Element.prototype, 'scrollLeft'),
    rootOf: getter(Document.prototype, 'documentElement'),
    bodyOf: getter(Document.prototype, 'body'),
    focusOf: getter(Document.prototype, 'activeElement'),
    inputType: getter(HTMLInputElement.prototype, 'type'),
    inputValue: getter(HTMLInputElement.prototype, 'value'),
    areaValue: getter(HTMLTextAreaElement.prototype, 'value'),
    isEditable: getter(HTMLElement.prototype, 'isContentEditable'),
    focus: method(HTMLElement.prototype, 'focus'),
  };
  const pathOf = method(Event.prototype, 'composedPath');
  const at = method(Document.prototype, 'elementFromPoint');
  const atInside = method(ShadowRoot.prototype, 'elementFromPoint');
  const send = method(EventTarget.prototype, 'dispatchEvent');
  const animationsOf = method(Document.prototype, 'getAnimations');
  const fontsOf = getter(Document.prototype, 'fonts');
  const readyOf = getter(Document.prototype, 'readyState');
  const hostOf = getter(ShadowRoot.prototype, 'host');
  const {
    parentNode, nodeType, isConnected, shadowRoot, localName, attribute, matches, closest, boxOf, boxesOf,
    isVisible, intoView, rootOf, bodyOf, focusOf, inputType,
  } = dom;
  // Animations that take longer are not waited for.
  const LONGEST_ANIMATION = 2000;

  const isElement = (node) => nodeType(node) === 1;
  // The node above, out of shadow trees too.
  const above = (node) => parentNode(node) || (node instanceof ShadowRoot ? hostOf(node) : null);
  const within = (node, element) => {
    for (let one = node; one; one = above(one)) if (one === element) return true;
    return false;
  };
  const focused = () => {
    let focus = focusOf(document);
    while (focus && shadowRoot(focus)) {
      const inner = shadowRoot(focus).activeElement;
      if (!inner) break;
      focus = inner;
    }
    return focus;
  };
  const labelsOf = (element) => {
    const tag = localName(element);
    const known = { input: HTMLInputElement, select: HTMLSelectElement, textarea: HTMLTextAreaElement, button: HTMLButtonElement }[tag];
    return known && element instanceof known ? [...(getter(known.prototype, 'labels')(element) || [])] : [];
  };
  const controlOf = (label) => (label instanceof HTMLLabelElement ? getter(HTMLLabelElement.prototype, 'control')(label) : null);
  // An element in words, for people.
  const words = (element) => {
    if (!element) return 'nothing';
    const id = attribute(element, 'id');
    const kind = (attribute(element, 'class') || '').trim().split(/\s+/)[0];
    const text = (dom.textContent(element) || '').slice(0, 400).replace(/\s+/g, ' ').trim().slice(0, 40);
    return `<${localName(element)}${id ? ` id=${id.slice(0, 40)}` : kind ? ` class=${kind.slice(0, 40)}` : ''}>${text ? ` "${text}"` : ''}`;
  };

  // The elements of the last look, by their index.
  let held = [];
  const hold = (elements) => { held = elements; };
  const FIELD_TYPES = new Set(['text', 'search', 'email', 'url', 'tel', 'password', 'number', 'date', 'time', 'datetime-local', 'month', 'week']);
  // Fields that are set and not typed into.
  const PICKED = new Set(['range', 'color']);
  const isField = (element) => {
    const tag = localName(element);
    if (tag === 'textarea') return true;
    if (tag === 'input') return FIELD_TYPES.has(inputType(element));
    return element instanceof HTMLElement && dom.isEditable(element);
  };
  const valueOf = (element) => {
    if (!element) return null;
    const tag = localName(element);
    if (tag === 'input') return dom.inputValue(element);
    if (tag === 'textarea') return dom.areaValue(element);
    return dom.textContent(element);
  };

  // What is heard of input, and whether it came to what is expected.
  let expected = [];
  let heard = {};
  let quiet = false;
  const KINDS = [
    'pointerdown', 'mousedown', 'mouseup', 'click', 'dblclick', 'contextmenu', 'mousemove', 'mouseover', 'keydown',
    'keypress', 'keyup', 'beforeinput', 'input', 'change', 'wheel', 'dragstart', 'dragover', 'drop',
  ];
  const stop = method(Event.prototype, 'stopImmediatePropagation');
  const prevent = method(Event.prototype, 'preventDefault');
  const POPUPS = new Set(['color', 'date', 'time', 'datetime-local', 'month', 'week']);
  // The keys that were pressed, to see what became of them.
  let keys = [];
  const wereKeysLeft = () => keys.length > 0 && !keys.some((event) => event.defaultPrevented);
  const hear = (event) => {
    if (!event.isTrusted) return;
    const kind = event.type;
    // Keys that a visitor does not press are not for the page to hear of.
    if (quiet && kind.startsWith('key')) { stop(event); return; }
    if (kind === 'keydown' || kind === 'keypress') keys.push(event);
    const path = pathOf(event);
    const note = heard[kind] || (heard[kind] = { count: 0, hits: 0 });
    note.count += 1;
    if (expected.some((one) => path.includes(one))) note.hits += 1;
    const target = path[0];
    if (!(target instanceof Element)) return;
    // Lists and pickers open in a window of their own, which nobody gives its frames.
    if (kind === 'mousedown') {
      const select = closest(target, 'select');
      if (select && !select.multiple && !(select.size > 1)) { prevent(event); dom.focus(select, { preventScroll: true }); }
    } else if (kind === 'click' && localName(target) === 'input' && POPUPS.has(inputType(target))) prevent(event);
  };
  // A wheel is kept from scrolling by itself; `turn` (in `fields.js`) does where the page lets it.
  const wheel = { event: null, free: false };
  const rolls = (event) => {
    if (!event.isTrusted) return;
    if (event.eventPhase === Event.CAPTURING_PHASE || wheel.event !== event) { wheel.event = event; wheel.free = false; }
    if (event.eventPhase !== Event.CAPTURING_PHASE && !event.defaultPrevented) { wheel.free = true; prevent(event); }
  };
  const listen = () => {
    // Where a person has the hands, nothing is kept from them.
    if (isOurs('isWatched')) return;
    for (const kind of KINDS) window.addEventListener(kind, hear, { capture: true, passive: kind === 'wheel' });
    window.addEventListener('wheel', rolls, { capture: true, passive: false });
    window.addEventListener('wheel', rolls, { passive: false });
  };
  listen();
  // What comes now has to come to this element, to a part of it, or to its label.
  const expect = (index) => {
    // A document that was opened anew by its scripts has lost its listeners.
    listen();
    const element = held[index];
    expected = element ? [element, ...labelsOf(element)] : [];
    const control = element ? controlOf(element) : null;
    if (control) expected.push(control);
    heard = {};
    keys = [];
    mutations = 0;
    return true;
  };
  const report = (index) => {
    const element = held[index];
    return {
      heard,
      connected: Boolean(element) && isConnected(element),
      shown: Boolean(element) && isConnected(element) && isShown(element),
      disabled: Boolean(element) && isDisabled(element),
      focused: Boolean(element) && within(focused(), element),
    };
  };
  const be = (isQuiet) => { quiet = isQuiet; return true; };

  // A page that goes to another host is kept where it is before it asks: a request that is refused
  // while its time stands still would leave the clock stopped.
  let kept = 0;
  const keptHere = () => { const count = kept; kept = 0; return count; };
  const to = getter(NavigateEvent.prototype, 'destination');
  const url = getter(NavigationDestination.prototype, 'url');
  window.navigation.addEventListener('navigate', (event) => {
    let own = true;
    try { own = new URL(url(to(event))).origin === location.origin; } catch { own = false; }
    if (own || event.downloadRequest !== null || !event.cancelable) return;
    event.preventDefault();
    kept += 1;
  });

  // Whether the page moves.
  let mutations = 0;
  const observer = new MutationObserver((records) => { mutations += records.length; });
  observer.observe(document, { subtree: true, childList: true, attributes: true, characterData: true });
  document.addEventListener('scroll', () => { mutations += 1; }, { capture: true, passive: true });
  const isRunning = (animation) => {
    try {
      if (animation.playState !== 'running') return false;
      const timing = animation.effect && animation.effect.getComputedTiming();
      return Boolean(timing) && timing.progress !== null && Number.isFinite(timing.endTime)
        && timing.endTime - timing.delay <= LONGEST_ANIMATION && timing.localTime < timing.endTime;
    } catch { return false; }
  };
  // A caret that blinks is in one picture and not in the next.
  const adopted = Object.getOwnPropertyDescriptor(Document.prototype, 'adoptedStyleSheets');
  let noCaret = null;
  const hideCaret = () => {
    if (!noCaret) {
      noCaret = new CSSStyleSheet();
      noCaret.replaceSync(':root, * { caret-color: transparent !important; }');
    }
    const sheets = [...adopted.get.call(document)];
    if (!sheets.includes(noCaret)) adopted.set.call(document, [...sheets, noCaret]);
  };
  const moves = () => {
    hideCaret();
    mutations += observer.takeRecords().length;
    const changed = mutations > 0;
    mutations = 0;
    const due = new Event('pageloom-due', { cancelable: true });
    send(document, due);
    return changed || due.defaultPrevented || readyOf(document) !== 'complete'
      || fontsOf(document).status === 'loading' || animationsOf(document).some(isRunning);
  };
  // An action begins.
  const begin = () => { send(document, new Event('pageloom-act')); mutations = 0; return true; };

  const isShown = (element) => {
    const box = boxOf(element);
    return box.width > 0 && box.height > 0 && isVisible(element, { opacityProperty: true, visibilityProperty: true });
  };
  const isDisabled = (element) => matches(element, ':disabled');
  const hitAt = (x, y) => {
    let hit = at(document, x, y);
    while (hit && shadowRoot(hit)) {
      const inner = atInside(shadowRoot(hit), x, y);
      if (!inner || inner === hit) break;
      hit = inner;
    }
    return hit;
  };
  // Whether a press on `hit` is one on the element.
  const belongs = (hit, element) => {
    for (let node = hit; node; node = above(node)) {
      if (node === element) return true;
      if (node !== element && controlOf(node) === element) return true;
    }
    return false;
  };
  const SPOTS = [[0.5, 0.5], [0.25, 0.5], [0.75, 0.5], [0.5, 0.25], [0.5, 0.75], [0.1, 0.5], [0.9, 0.5], [0.1, 0.1], [0.9, 0.9]];
  // A place in the window where the pointer gets to the element; null when there is none.
  const reach = (element) => {
    const boxes = [boxOf(element), ...[...boxesOf(element)].slice(0, 3)];
    for (const box of boxes) {
      const left = Math.max(box.left, 0), right = Math.min(box.right, window.innerWidth);
      const top = Math.max(box.top, 0), bottom = Math.min(box.bottom, window.innerHeight);
      if (right - left < 1 || bottom - top < 1) continue;
      for (const [fx, fy] of SPOTS) {
        const x = Math.round((left + (right - left) * fx) * 10) / 10;
        const y = Math.round((top + (bottom - top) * fy) * 10) / 10;
        if (belongs(hitAt(x, y), element)) return { x, y };
      }
    }
    return null;
  };
  const isAllInWindow = (box) => box.left >= 0 && box.top >= 0 && box.right <= window.innerWidth && box.bottom <= window.innerHeight;
  const place = (state, by = '') => ({ state, by, x: 0, y: 0, box: [0, 0, 0, 0] });
  // Brings an element into the window. `state` is `ready`, `covered`, `hidden`, `disabled` or `gone`.
  const aim = (index, { still = false, even = false } = {}) => {
    const element = held[index];
    if (!element || !isConnected(element)) return place('gone');
    if (!even && isDisabled(element)) return place('disabled');
    let pressed = element;
    // A box that a style sheet hides is drawn by its label.
    if (!isShown(element)) pressed = labelsOf(element).find(isShown);
    if (!pressed) return place('hidden');
    let spot = isAllInWindow(boxOf(pressed)) || still ? reach(pressed) : null;
    for (const block of still ? [] : ['nearest', 'center', 'start', 'end']) {
      if (spot) break;
      intoView(pressed, { block, inline: 'nearest', behavior: 'instant' });
      spot = reach(pressed);
    }
    const box = boxOf(pressed);
    const round = (n) => Math.round(n * 10) / 10;
    const found = { box: [round(box.x), round(box.y), round(box.width), round(box.height)] };
    if (spot) return { state: 'ready', by: '', ...spot, ...found };
    const hit = hitAt(box.x + box.width / 2, box.y + box.height / 2);
    return { ...place('covered', words(hit)), ...found };
  };

  // What an element is to those who act on it.
  const kindOf = (index) => {
    const element = held[index];
    if (!element || !isConnected(element)) return { tag: '', label: '', field: false, gone: true };
    const tag = localName(element);
    const label = element instanceof HTMLOptionElement ? getter(HTMLOptionElement.prototype, 'label')(element) : '';
    return { tag, label, field: isField(element), gone: false };
  };
  // The field that a text for this element goes to: itself, that of its label, or the only one in it.
  const fieldOf = (index) => {
    const element = held[index];
    if (!element || !isConnected(element)) return -1;
    const control = controlOf(element);
    let field = isField(element) || (localName(element) === 'input' && PICKED.has(inputType(element))) ? element : control && isField(control) ? control : null;
    if (!field) {
      const inside = [...dom.queryAll(element, 'input, textarea, [contenteditable]')].filter((one) => isField(one) && isShown(one));
      if (inside.length === 1) [field] = inside;
    }
    if (!field) return -1;
    const known = held.indexOf(field);
    return known >= 0 ? known : held.push(field) - 1;
  };
  // The index of what has the focus, added where it is not known; -1 for the page itself.
  const focus = () => {
    const element = focused();
    if (!element || element === bodyOf(document) || element === rootOf(document)) return -1;
    const known = held.indexOf(element);
    return known >= 0 ? known : held.push(element) - 1;
  };
  const focusOn = (index) => {
    const element = held[index];
    if (!(element instanceof HTMLElement || element instanceof SVGElement) || !isConnected(element)) return false;
    if (within(focused(), element)) return true;
    intoView(element, { block: 'nearest', inline: 'nearest', behavior: 'instant' });
    method(element instanceof HTMLElement ? HTMLElement.prototype : SVGElement.prototype, 'focus')(element, { preventScroll: true });
    return within(focused(), element);
  };
  const value = (index) => { const element = held[index]; return element && isConnected(element) ? valueOf(element) : null; };
  const middleOf = (index) => {
    const element = held[index];
    if (!element || !isConnected(element)) return null;
    const box = boxOf(element);
    return [Math.round((box.x + box.width / 2) * 10) / 10, Math.round((box.y + box.height / 2) * 10) / 10];
  };
  globalThis.hands = {
    keptHere, wheel, wereKeysLeft, middleOf,
    dom, hold, isLost: (index) => !held[index] || !dom.isConnected(held[index]), expect, report, be, moves, begin, aim, kindOf, fieldOf, focus, focusOn, value, words, isShown, isField,
    isDisabled, pathOf, labelsOf, controlOf, focused, within, above, hitAt, isElement, at: (index) => held[index],
    add: (element) => { const known = held.indexOf(element); return known >= 0 ? known : held.push(element) - 1; },
  };
  return true;
})();
