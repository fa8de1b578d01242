// Runs once in a world of our own, in a page that stands still: finds what a visitor can use, says
// where to press, and compares the document before and after. The page's scripts share the document
// with this world and nothing else; what a form or a named element could shadow is read through the
// prototypes.
(() => {
  const getter = (proto, name) => {
    const get = Object.getOwnPropertyDescriptor(proto, name).get;
    return (it) => Reflect.apply(get, it, []);
  };
  const method = (proto, name) => {
    const call = proto[name];
    return (it, ...given) => Reflect.apply(call, it, given);
  };
  const childNodes = getter(Node.prototype, 'childNodes');
  const parentNode = getter(Node.prototype, 'parentNode');
  const nodeType = getter(Node.prototype, 'nodeType');
  const nodeValue = getter(Node.prototype, 'nodeValue');
  const textContent = getter(Node.prototype, 'textContent');
  const isConnected = getter(Node.prototype, 'isConnected');
  const attributes = getter(Element.prototype, 'attributes');
  const shadowRoot = getter(Element.prototype, 'shadowRoot');
  const localName = getter(Element.prototype, 'localName');
  const attribute = method(Element.prototype, 'getAttribute');
  const matches = method(Element.prototype, 'matches');
  const closest = method(Element.prototype, 'closest');
  const contains = method(Node.prototype, 'contains');
  const queryAll = method(Element.prototype, 'querySelectorAll');
  const boxOf = method(Element.prototype, 'getBoundingClientRect');
  const isVisible = method(Element.prototype, 'checkVisibility');
  const intoView = method(Element.prototype, 'scrollIntoView');
  const scrollTop = getter(Element.prototype, 'scrollTop');
  const scrollLeft = getter(Element.prototype, 'scrollLeft');
  const focusOf = getter(Document.prototype, 'activeElement');
  const rootOf = getter(Document.prototype, 'documentElement');
  const bodyOf = getter(Document.prototype, 'body');
  const headOf = getter(Document.prototype, 'head');
  const cookieOf = getter(Document.prototype, 'cookie');
  const sheetsOf = getter(Document.prototype, 'styleSheets');
  const adoptedOf = getter(Document.prototype, 'adoptedStyleSheets');
  const titleOf = getter(Document.prototype, 'title');
  const byId = method(Document.prototype, 'getElementById');
  const command = method(Document.prototype, 'execCommand');
  const at = method(Document.prototype, 'elementFromPoint');
  const atInside = method(ShadowRoot.prototype, 'elementFromPoint');
  const key = method(Storage.prototype, 'key');
  const item = method(Storage.prototype, 'getItem');
  const inputValue = getter(HTMLInputElement.prototype, 'value');
  const areaValue = getter(HTMLTextAreaElement.prototype, 'value');
  const selectIndex = getter(HTMLSelectElement.prototype, 'selectedIndex');
  const drawn = method(HTMLCanvasElement.prototype, 'toDataURL');

  const CONTROLS = 'button, a[href], summary, select, input[type=submit], input[type=button], '
    + 'input[type=reset], input[type=image], input[type=checkbox], input[type=radio], '
    + '[role=button], [role=link], [role=tab], [role=switch], [role=checkbox], [role=radio], '
    + '[role=menuitem]';
  const FIELDS = 'input:not([type]), input[type=text], input[type=search], input[type=email], '
    + 'input[type=url], input[type=tel], input[type=password], input[type=number], textarea, '
    + '[contenteditable=""], [contenteditable=true], [contenteditable=plaintext-only]';
  const SECTIONS = 'dialog, [role=dialog], [role=alertdialog], nav, [role=navigation], header, '
    + '[role=banner], aside, [role=complementary], footer, [role=contentinfo], main, [role=main]';
  const NAMES = { navigation: 'nav', banner: 'header', complementary: 'aside', contentinfo: 'footer', alertdialog: 'dialog' };
  const MOST = 400;
  // Characters; a page that has them shows something, and one that loses all of them broke.
  const WORTH_READING = 20;

  const isElement = (node) => nodeType(node) === 1;
  const walk = (start, visit) => {
    const waiting = [start];
    while (waiting.length > 0) {
      const node = waiting.pop();
      visit(node);
      const children = childNodes(node);
      for (let i = children.length - 1; i >= 0; i -= 1) waiting.push(children[i]);
      if (isElement(node)) {
        const inner = shadowRoot(node);
        if (inner) waiting.push(inner);
      }
    }
  };
  const hash = (text) => {
    let a = 0x811c9dc5, b = 0x1b873593;
    for (let i = 0; i < text.length; i += 1) {
      const c = text.charCodeAt(i);
      a = Math.imul(a ^ c, 0x01000193);
      b = Math.imul(b ^ c, 0x5bd1e995) ^ (b >>> 13);
    }
    return (a >>> 0).toString(16) + (b >>> 0).toString(16) + text.length.toString(16);
  };

  const shown = (element) => {
    const box = boxOf(element);
    return box.width >= 4 && box.height >= 4
      && isVisible(element, { opacityProperty: true, visibilityProperty: true });
  };
  // What is pressed for a control: a box that a style sheet hides is drawn by its label.
  const target = (element) => {
    if (shown(element)) return element;
    if (localName(element) !== 'input') return null;
    const labels = element.labels || [];
    for (const label of labels) if (shown(label)) return label;
    return null;
  };
  const enabled = (element) => !matches(element, ':disabled, [aria-disabled=true], [inert], [inert] *');
  const sectionOf = (element) => {
    const found = closest(element, SECTIONS);
    if (!found) return 'page';
    const role = attribute(found, 'role');
    return NAMES[role] || role || localName(found);
  };
  const clean = (text) => String(text || '').replace(/\s+/g, ' ').trim().slice(0, 120);
  const place = (element) => {
    const box = boxOf(element);
    const round = (n) => Math.round(n * 100) / 100;
    return { x: round(box.x + window.scrollX), y: round(box.y + window.scrollY), width: round(box.width), height: round(box.height) };
  };
  const all = (selector) => {
    const found = [];
    walk(rootOf(document), (node) => {
      if (found.length < MOST && isElement(node) && matches(node, selector)) found.push(node);
    });
    return found;
  };
  // `a.href` as it resolves: empty where it leads nowhere.
  const hrefOf = (element) => (element instanceof HTMLAnchorElement
    ? getter(HTMLAnchorElement.prototype, 'href')(element) : '');
  const labelOf = (element, tag) => {
    const labels = tag === 'input' || tag === 'select' || tag === 'textarea' ? element.labels : null;
    return clean(attribute(element, 'aria-label') || (tag === 'select' ? '' : textContent(element))
      || (labels && labels[0] && textContent(labels[0])) || attribute(element, 'placeholder')
      || attribute(element, 'value') || attribute(element, 'title') || attribute(element, 'name'));
  };
  // The same for what a page draws many times over: the days of a calendar, the rows of a list.
  const lookOf = (element, tag) => {
    const parent = parentNode(element);
    const around = parent && isElement(parent) ? attribute(parent, 'class') : '';
    const own = attribute(element, 'class') || `${labelOf(element, tag)}|${hrefOf(element)}`;
    return hash([tag, attribute(element, 'type'), own, around].join('|'));
  };
  const describe = (element) => {
    const tag = localName(element);
    return {
      tag,
      kind: attribute(element, 'type') || '',
      label: labelOf(element, tag),
      role: attribute(element, 'role') || '',
      section: sectionOf(element),
      href: hrefOf(element),
      rect: place(target(element) || element),
      look: lookOf(element, tag),
    };
  };

  const lists = { controls: [], fields: [], forms: [] };
  const usable = (element) => enabled(element) && target(element) !== null;
  const survey = () => {
    lists.controls = all(CONTROLS).filter(usable);
    lists.fields = all(FIELDS).filter((field) => usable(field) && !field.readOnly);
    lists.forms = all('form').filter(shown);
    return {
      controls: lists.controls.map(describe),
      fields: lists.fields.map(describe),
      forms: lists.forms.map(describe),
      words: outline(),
    };
  };

  // A place of the element where a press reaches it, in the window; null when there is none.
  const reach = (element) => {
    const box = boxOf(element);
    const spots = [[0.5, 0.5], [0.2, 0.5], [0.8, 0.5], [0.5, 0.25], [0.5, 0.75]];
    for (const [fx, fy] of spots) {
      const x = box.x + box.width * fx, y = box.y + box.height * fy;
      let hit = at(document, x, y);
      while (hit && shadowRoot(hit)) {
        const inner = atInside(shadowRoot(hit), x, y);
        if (!inner || inner === hit) break;
        hit = inner;
      }
      for (let node = hit; node; node = parentNode(node) || node.host) {
        if (node === element) return { x, y };
      }
    }
    return null;
  };
  // Brings an element into the window. `state` is `ready`, `covered`, or `gone`.
  const aim = (list, index) => {
    const element = lists[list][index];
    const pressed = element && isConnected(element) && enabled(element) ? target(element) : null;
    if (!pressed) return { state: 'gone', x: 0, y: 0 };
    let spot = reach(pressed);
    if (!spot) {
      intoView(pressed, { block: 'center', inline: 'center', behavior: 'instant' });
      spot = reach(pressed);
    }
    return spot ? { state: 'ready', ...spot } : { state: 'covered', x: 0, y: 0 };
  };

  // Every node's own state, to be compared with itself later.
  const numbers = new WeakMap();
  let lastNumber = 0;
  const numberOf = (node) => {
    let number = numbers.get(node);
    if (number === undefined) {
      lastNumber += 1;
      number = lastNumber;
      numbers.set(node, number);
    }
    return number;
  };
  // What is in the page and cannot be seen or heard of is all the same to a visitor. The head is not
  // laid out, but its style sheets are seen in the rest.
  const VISIBLE = { visibilityProperty: true, opacityProperty: true };
  let seen = new Map();
  const isSeen = (node) => {
    let known = seen.get(node);
    if (known === undefined) {
      const parent = parentNode(node);
      // A field that is made invisible is there for what stands in its place.
      if (isElement(node)) {
        known = node === rootOf(document) || node === headOf(document) || parent === headOf(document)
          || matches(node, 'input, select, textarea') || isVisible(node, VISIBLE);
      }
      else known = !parent || isSeen(parent);
      seen.set(node, known);
    }
    return known;
  };
  // Attributes for scripts alone, unless a style sheet asks for them.
  const namesIn = new WeakMap();
  let styled = null;
  const isStyled = (name) => {
    if (styled === null) {
      styled = new Set();
      for (const sheet of [...sheetsOf(document), ...adoptedOf(document)]) {
        let rules = [];
        try { rules = sheet.cssRules; } catch { /* of another host */ }
        let known = namesIn.get(sheet);
        if (known === undefined || known.count !== rules.length) {
          known = { count: rules.length, names: new Set() };
          for (const rule of rules) {
            for (const found of rule.cssText.match(/data-(?:[\w-]|[^\x00-\x7f])+/gi) || []) known.names.add(found.toLowerCase());
          }
          namesIn.set(sheet, known);
        }
        for (const one of known.names) styled.add(one);
      }
    }
    return styled.has(name);
  };
  const ownState = (node) => {
    if (!isSeen(node)) return 'unseen';
    if (nodeType(node) !== 1 && nodeType(node) !== 11) return nodeValue(node) || '';
    let text = '';
    for (const child of childNodes(node)) if (isSeen(child)) text += `${numberOf(child)},`;
    if (nodeType(node) === 11) return text;
    for (const { name, value } of attributes(node)) {
      if (!name.startsWith('data-') || isStyled(name)) text += `\n${name}=${value}`;
    }
    const tag = localName(node);
    if (tag === 'input') text += `\n${inputValue(node)}|${node.checked}|${node.indeterminate}`;
    else if (tag === 'textarea') text += `\n${areaValue(node)}`;
    else if (tag === 'select') text += `\n${selectIndex(node)}`;
    else if (tag === 'canvas' && node.width * node.height < 2e6) {
      try { text += hash(drawn(node)); } catch { text += 'tainted'; }
    } else if (tag === 'video' || tag === 'audio') text += `\n${node.paused}`;
    return text;
  };
  const states = () => {
    const found = new Map();
    seen = new Map();
    const root = rootOf(document);
    if (root) walk(root, (node) => found.set(node, ownState(node)));
    return found;
  };
  const storage = () => {
    let text = '';
    for (const name of ['localStorage', 'sessionStorage']) {
      try {
        const store = window[name];
        for (let i = 0; i < store.length; i += 1) text += `\n${key(store, i)}=${item(store, key(store, i))}`;
      } catch { text += '\nnone'; }
    }
    try { text += `\n${cookieOf(document)}`; } catch { text += '\nnone'; }
    return text;
  };
  const scrolls = (nodes) => {
    let text = `${window.scrollX},${window.scrollY}`;
    for (const node of nodes) {
      if (isElement(node) && (scrollTop(node) !== 0 || scrollLeft(node) !== 0)) {
        text += `;${numberOf(node)}:${scrollTop(node)},${scrollLeft(node)}`;
      }
    }
    return text;
  };
  // How much of the page can be read.
  const readable = (nodes) => {
    let count = 0;
    const body = bodyOf(document);
    for (const [node, state] of nodes) {
      if (nodeType(node) === 3 && state !== 'unseen' && body && contains(body, node)) count += state.trim().length;
    }
    return count;
  };
  // The document as text, whatever nodes it is made of.
  const content = (nodes) => {
    let text = '';
    for (const [node, state] of nodes) {
      const children = isElement(node) ? state.indexOf('\n') : 0;
      text += isElement(node) ? `<${localName(node)}${children < 0 ? '' : state.slice(children)}` : nodeType(node) === 3 ? state : '';
    }
    return hash(text);
  };
  const look = () => {
    const nodes = states();
    return {
      nodes,
      content: content(nodes),
      readable: readable(nodes),
      address: location.href,
      entries: history.length,
      storage: storage(),
      scroll: scrolls(nodes.keys()),
      focus: focusOf(document),
      title: titleOf(document),
    };
  };
  let before = null;
  let invalid = false;
  const restless = new WeakSet();
  let storageMoves = false;
  let scrollMoves = false;
  let addressMoves = false;
  // A page that goes to another host is kept where it is before it asks: a request that is refused
  // while its time stands still would leave the clock stopped.
  let left = false;
  const to = getter(NavigateEvent.prototype, 'destination');
  const url = getter(NavigationDestination.prototype, 'url');
  window.navigation.addEventListener('navigate', (event) => {
    let own = true;
    try { own = new URL(url(to(event))).origin === location.origin; } catch { own = false; }
    if (own || event.downloadRequest !== null || !event.cancelable) return;
    event.preventDefault();
    left = true;
  });
  window.addEventListener('invalid', () => { invalid = true; }, true);
  const mark = () => { styled = null; before = look(); invalid = false; left = false; return true; };
  // The page shows and holds what it did at `mark`.
  const isUnchanged = () => {
    const now = look();
    return ['content', 'address', 'entries', 'storage', 'scroll', 'focus', 'title'].every((one) => now[one] === before[one]);
  };
  // What changed between `mark` and now did so by itself.
  const rest = () => {
    const now = look();
    for (const [node, state] of now.nodes) {
      const old = before.nodes.get(node);
      if (old !== undefined && old !== state) restless.add(node);
    }
    storageMoves = storageMoves || now.storage !== before.storage;
    scrollMoves = scrollMoves || now.scroll !== before.scroll;
    addressMoves = addressMoves || now.address !== before.address || now.entries !== before.entries;
    return true;
  };
  // A place within the page counts when it exists; `#` alone is nowhere.
  const wentElsewhere = (now) => {
    if (now.address === before.address) return now.entries !== before.entries;
    const [path, hash = ''] = now.address.split('#');
    if (path !== before.address.split('#')[0] || /^!?\//.test(hash)) return true;
    if (hash === '') return false;
    let name = hash;
    try { name = decodeURIComponent(hash); } catch { /* as it is */ }
    return byId(document, name) !== null || hash.includes('/') || hash.includes('=');
  };
  const changes = (list, index) => {
    const now = look();
    const self = lists[list][index];
    let changed = now.nodes.size === 0;
    for (const [node, state] of now.nodes) {
      const old = before.nodes.get(node);
      if (old !== undefined && old !== state && !restless.has(node)) { changed = true; break; }
    }
    // Made anew with the same content, as a script does that draws everything on every event.
    changed = changed && now.content !== before.content;
    const focus = now.focus;
    const away = focus !== before.focus && focus !== self && focus !== bodyOf(document)
      && !(self && focus && (contains(self, focus) || contains(focus, self)));
    return {
      document: changed || now.title !== before.title,
      address: !addressMoves && wentElsewhere(now),
      storage: !storageMoves && now.storage !== before.storage,
      scroll: !scrollMoves && now.scroll !== before.scroll,
      focus: away,
      invalid,
      left,
      emptied: before.readable >= WORTH_READING && now.readable === 0,
    };
  };

  // Structure and text, without what is written in attributes.
  const outline = () => {
    let text = '';
    const root = rootOf(document);
    if (root) {
      walk(root, (node) => {
        if (isElement(node)) text += `<${localName(node)}>`;
        else if (nodeType(node) === 3) text += nodeValue(node).trim();
      });
    }
    return hash(text);
  };

  const valueOf = (list, index) => {
    const field = lists[list][index];
    if (!field || !isConnected(field)) return null;
    const tag = localName(field);
    return tag === 'input' ? inputValue(field) : tag === 'textarea' ? areaValue(field) : textContent(field);
  };
  const focusOn = (list, index) => {
    const element = lists[list][index];
    if (!element || !isConnected(element)) return false;
    method(HTMLElement.prototype, 'focus')(element, { preventScroll: true });
    return focusOf(document) === element;
  };
  // Marks what is in a field already, so that what is typed takes its place.
  const selectAll = (list, index) => {
    const field = lists[list][index];
    if (field && typeof field.select === 'function') field.select();
    else command(document, 'selectAll');
    return true;
  };
  // What a form wants filled in, as indices of `parts`.
  let parts = [];
  const partsOf = (index) => {
    const form = lists.forms[index];
    if (!form || !isConnected(form)) return [];
    parts = [...queryAll(form, 'input, textarea, select')].filter((part) => usable(part) && !part.readOnly);
    lists.parts = parts;
    return parts.map((part) => ({
      tag: localName(part),
      kind: attribute(part, 'type') || '',
      hint: clean(`${attribute(part, 'name') || ''} ${attribute(part, 'id') || ''} ${attribute(part, 'placeholder') || ''}`).toLowerCase(),
      required: part.required === true,
      filled: localName(part) === 'select' ? selectIndex(part) > 0 : Boolean(valueOf('parts', parts.indexOf(part))),
      checked: part.checked === true,
      min: attribute(part, 'min') || '',
      longest: part.maxLength > 0 ? part.maxLength : 0,
    }));
  };
  // Fields that no key can fill alike on every machine (dates, lists): set, and told of as if chosen.
  const choose = (index, value) => {
    const part = parts[index];
    if (!part) return false;
    if (localName(part) === 'select') {
      const option = [...part.options].findIndex((one, i) => i > 0 && !one.disabled);
      if (option > 0) part.selectedIndex = option;
    } else {
      Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value').set.call(part, value);
    }
    part.dispatchEvent(new Event('input', { bubbles: true }));
    part.dispatchEvent(new Event('change', { bubbles: true }));
    return true;
  };
  const submitterOf = (index) => {
    const form = lists.forms[index];
    if (!form) return -1;
    const buttons = [...queryAll(form, 'button, input[type=submit], input[type=image]')].filter(usable);
    const sends = buttons.filter((one) => (localName(one) === 'input' ? true : one.type === 'submit'));
    const found = sends[sends.length - 1] || buttons[buttons.length - 1];
    lists.submitters = found ? [found] : [];
    return found ? describe(found).label : null;
  };
  globalThis.pageloom = {
    survey, aim, mark, isUnchanged, rest, changes, outline, valueOf, focusOn, selectAll, partsOf, choose,
    submitterOf, list: (name) => lists[name],
  };
  return true;
})()
