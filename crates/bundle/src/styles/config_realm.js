// Runs a Tailwind configuration in a realm that has no Tailwind, and says what it is: plain data, or
// something that holds code. `pageloomSource` is the configuration as a CommonJS function body.
(() => {
  const PLUGINS = JSON.parse(globalThis.pageloomPlugins);
  const code = Symbol('code');
  const asked = [];
  const pluginOf = (name) => {
    const call = (...args) => ({ 'pageloom:plugin': name, arguments: args });
    call.pageloomPlugin = name;
    return call;
  };
  const known = {
    'tailwindcss/colors': JSON.parse(globalThis.pageloomColors),
    'tailwindcss/defaultTheme': JSON.parse(globalThis.pageloomTheme),
  };
  const holdsCode = () => { throw code; };
  const missing = (name) => new Proxy(() => {}, { get: holdsCode, apply: holdsCode, ownKeys: holdsCode });
  // A part of the default theme that is a function: using it makes the configuration one with code.
  const live = (value) => {
    if (value === null || typeof value !== 'object') return value;
    if ('pageloom:function' in value) return missing();
    for (const key of Object.keys(value)) {
      const part = value[key];
      if (part !== null && typeof part === 'object' && 'pageloom:function' in part) {
        Object.defineProperty(value, key, { get: holdsCode, enumerable: true });
      } else live(part);
    }
    return value;
  };
  live(known['tailwindcss/defaultTheme']);
  const require = (name) => {
    name = String(name).replace(/\.js$/, '');
    if (name in known) return known[name];
    if (PLUGINS.includes(name)) return pluginOf(name);
    asked.push(name);
    if (name === 'tailwindcss/plugin') throw code;
    throw new Error(`pageloom:unknown ${name}`);
  };
  const plain = (value) => {
    if (value === null || ['string', 'number', 'boolean'].includes(typeof value)) return value;
    if (value === undefined) return undefined;
    if (typeof value === 'function') {
      if (value.pageloomPlugin) return { 'pageloom:plugin': value.pageloomPlugin };
      throw code;
    }
    if (value instanceof RegExp) return { 'pageloom:regexp': [value.source, value.flags] };
    if (Array.isArray(value)) return value.map(plain);
    if (typeof value !== 'object') throw code;
    const own = {};
    for (const key of Object.keys(value)) {
      const item = plain(value[key]);
      if (item !== undefined) own[key] = item;
    }
    return own;
  };
  try {
    const module = { exports: {} };
    new Function('module', 'exports', 'require', '__dirname', '__filename', globalThis.pageloomSource)(
      module, module.exports, require, '/', '/tailwind.config.js');
    const config = module.exports && module.exports.default ? module.exports.default : module.exports;
    return JSON.stringify({ data: plain(config), asked });
  } catch (error) {
    if (error === code) return JSON.stringify({ code: true, asked });
    return JSON.stringify({ error: String(error && error.message ? error.message : error), asked });
  }
})()
