// Runs inside the engine, bundled with the Tailwind CSS and PostCSS of a dependency set. `run` takes
// a request and gives back the processed style sheets; nothing of one request stays for the next.
import postcss from 'postcss'
import processTailwindFeatures from 'tailwindcss/lib/processTailwindFeatures.js'
import resolveConfigModule from 'tailwindcss/lib/public/resolve-config.js'
import { validateConfig } from 'tailwindcss/lib/util/validateConfig.js'
import { createContext } from 'tailwindcss/lib/lib/setupContextUtils.js'
import { defaultExtractor } from 'tailwindcss/lib/lib/defaultExtractor.js'
import colors from 'tailwindcss/colors'
import defaultTheme from 'tailwindcss/defaultTheme'
import plugin from 'tailwindcss/plugin'
import plugins from 'pageloom:plugins'

const interop = (module) => (module && module.default ? module.default : module)
const features = interop(processTailwindFeatures)
const resolveConfig = interop(resolveConfigModule)

// What a configuration may ask for by name.
const modules = {
  'tailwindcss/colors': colors,
  'tailwindcss/colors.js': colors,
  'tailwindcss/defaultTheme': defaultTheme,
  'tailwindcss/defaultTheme.js': defaultTheme,
  'tailwindcss/plugin': plugin,
  'tailwindcss/plugin.js': plugin,
  ...plugins,
}
globalThis.pageloomModules = modules

// Restores what plain data cannot hold.
const revive = (value) => {
  if (Array.isArray(value)) return value.map(revive)
  if (value === null || typeof value !== 'object') return value
  if ('pageloom:regexp' in value) return new RegExp(...value['pageloom:regexp'])
  if ('pageloom:plugin' in value) {
    const name = value['pageloom:plugin']
    if (!Object.hasOwn(modules, name)) throw new Error(`Cannot find module '${name}'`)
    const found = modules[name]
    return 'arguments' in value ? interop(found)(...value.arguments.map(revive)) : interop(found)
  }
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, revive(item)]))
}

const FIELDS = ['applyClassCache', 'classCache', 'postCssNodeCache', 'candidateRuleMap', 'variantMap',
  'variantOptions', 'ruleCache']
const copy = (value) => (value instanceof Map ? new Map(value) : new Set(value))

// The most words that are remembered of one context.
const WORDS = 20000
// What a word means follows from the configuration alone. Not so for arbitrary values, which register
// variants as they come: they are worked out each time.
const lasting = (word) => !word.includes('[')

class Unknown extends Set {
  constructor(words, remembered) {
    super(words)
    this.remembered = remembered
  }
  has(word) {
    return super.has(word) || (this.remembered !== undefined && this.remembered.has(word))
  }
}

// Rules by class. One that is remembered enters the context when it is first asked for, as if it had
// been made then.
class Rules extends Map {
  constructor(entries, remembered, context) {
    super(entries)
    this.remembered = remembered
    this.context = context
  }
  has(word) {
    if (super.has(word)) return true
    const known = this.remembered !== undefined && this.remembered.get(word)
    if (!known) return false
    super.set(word, known.rules)
    this.context.classCache.set(word, known.matches)
    for (const entry of known.rules) this.context.ruleCache.add(entry)
    return true
  }
}

// A context holds what Tailwind has found out so far. Making one takes most of the time of a build,
// so it is kept with a memory of how it was when it was new, and of what words turned out to be.
const remember = (context, root) => {
  const { offsets } = context
  const fields = FIELDS.map((name) => [name, copy(context[name])])
  const counts = { ...offsets.offsets }
  const positions = { ...offsets.layerPositions }
  const bits = offsets.reservedVariantBits
  const variants = new Map(offsets.variantOffsets)
  const safelist = [...context.changedContent]
  const none = copy(context.notClassCache)
  const first = copy(context.candidateRuleCache)
  const invalid = context.markInvalidUtilityNode
  const unknown = new Set()
  const rules = new Map()
  // The sheet without the rules that became part of the context.
  const rest = root && root.clone()
  let sound = true
  context.markInvalidUtilityNode = (node) => {
    sound = false
    return invalid(node)
  }
  // One function for all sources, because lines are remembered by the function that read them.
  const { extract } = context.tailwindConfig.content
  extract.DEFAULT = extract.DEFAULT || defaultExtractor(context)
  const renew = (content, root) => {
    for (const [name, value] of fields) context[name] = copy(value)
    context.notClassCache = new Unknown(none, unknown)
    context.candidateRuleCache = new Rules(first, rules, context)
    offsets.offsets = { ...counts }
    offsets.layerPositions = { ...positions }
    offsets.reservedVariantBits = bits
    offsets.variantOffsets = new Map(variants)
    context.stylesheetCache = null
    context.changedContent = [...safelist, ...content]
    sound = true
    if (rest) {
      root.nodes = rest.clone().nodes
      for (const node of root.nodes) node.parent = root
    }
    return context
  }
  const learn = () => {
    if (!sound || !(context.candidateRuleCache instanceof Rules)) return
    if (unknown.size + rules.size > WORDS) {
      unknown.clear()
      rules.clear()
    }
    for (const word of context.notClassCache) if (lasting(word)) unknown.add(word)
    for (const [word, found] of context.candidateRuleCache) {
      if (lasting(word) && context.classCache.has(word)) {
        rules.set(word, { rules: found, matches: context.classCache.get(word) })
      }
    }
  }
  return { renew, learn }
}

const kept = new Map()
const KEPT = 8

const pick = (content) => {
  const { transform, extract } = content && typeof content === 'object' && !Array.isArray(content) ? content : {}
  return { ...(transform && { transform }), ...(extract && { extract }) }
}
const isEmpty = (value) => value && typeof value === 'object' && Object.keys(value).length === 0

// What of a configuration decides which rules there are. Where it looks for classes does not, and of
// what is empty many say that it is.
const essence = (text) => {
  const { content, ...config } = JSON.parse(text)
  if (isEmpty(config.plugins)) delete config.plugins
  if (config.theme && isEmpty(config.theme.extend)) delete config.theme.extend
  if (isEmpty(config.theme)) delete config.theme
  return JSON.stringify(config)
}

const resolve = (config, content) =>
  validateConfig(resolveConfig({ ...config, content: { files: [], ...pick(content) } }))

// The kept context for this request. A sheet that adds rules to Tailwind's layers has one of its own.
const contextFor = (request, sheet, root, learns) => {
  if (request.config === null) {
    const config = interop(globalThis.pageloomConfig)
    return createContext(resolve(config, config.content), [...request.content], root)
  }
  let layered = false
  root.walkAtRules('layer', () => { layered = true })
  const config = essence(request.config)
  const key = JSON.stringify([config, ...(layered ? [sheet.path, sheet.css] : [])])
  let found = kept.get(key)
  if (!found) {
    const resolved = resolve(revive(JSON.parse(config)))
    const context = createContext(resolved, [], layered ? root : postcss.root())
    found = remember(context, layered ? root : null)
    if (kept.size >= KEPT) kept.delete(kept.keys().next().value)
  }
  kept.delete(key)
  kept.set(key, found)
  learns.push(found.learn)
  return found.renew(request.content, root)
}

const failure = (error, path) => {
  const wrapped = new Error(String(error && error.message ? error.message : error))
  wrapped.detail = JSON.stringify({
    path,
    syntax: Boolean(error && error.name === 'CssSyntaxError' && !/class does not exist/.test(error.message)),
    reason: String((error && (error.reason || error.message)) || error),
    line: (error && error.line) || null,
  })
  return wrapped
}

globalThis.pageloomRun = async (text) => {
  const request = JSON.parse(text)
  const sheets = []
  for (const sheet of request.sheets) {
    const { path, css } = sheet
    const learns = []
    try {
      const root = postcss.parse(css, { from: path })
      if (request.tailwind) {
        const result = { opts: { from: path }, messages: [], root, warn() {} }
        await features(() => () => contextFor(request, sheet, root, learns))(root, result)
      }
      sheets.push(root.toString())
      for (const learn of learns) learn()
    } catch (error) {
      // What the engine throws when its memory is full says so by itself.
      if (!error || error.message === 'out of memory') throw error
      throw failure(error, path)
    }
  }
  return JSON.stringify(sheets)
}

// Words that most pages use, to be learned before there is a page.
globalThis.pageloomUsual = () => {
  const words = ('block flex grid hidden inline-flex relative absolute fixed sticky inset-0 z-10 z-50 container '
    + 'flex-col flex-row flex-wrap flex-1 items-center items-start justify-between justify-center min-h-screen '
    + 'w-full h-full mx-auto text-left text-center text-right uppercase italic underline truncate font-normal '
    + 'font-medium font-semibold font-bold leading-tight leading-relaxed tracking-tight tracking-wide rounded '
    + 'rounded-md rounded-lg rounded-xl rounded-2xl rounded-full border border-2 border-b border-t shadow shadow-sm '
    + 'shadow-md shadow-lg shadow-xl transition transition-all transition-colors duration-200 duration-300 '
    + 'overflow-hidden object-cover cursor-pointer list-disc divide-y focus:outline-none focus:ring-2 '
    + 'import from export default function return const let useState react className div h1 h2 h3 p span '
    + 'button section main header footer nav ul li a id key value onClick true false null map type interface '
    + 'string number title name label item items index App root').split(' ')
  for (const n of ['xs', 'sm', 'base', 'lg', 'xl', '2xl', '3xl', '4xl', '5xl', '6xl']) words.push(`text-${n}`)
  for (const n of ['sm', 'md', 'lg', 'xl', '2xl', '3xl', '4xl', '5xl', '6xl', '7xl']) words.push(`max-w-${n}`)
  for (const n of [0, 1, 2, 3, 4, 5, 6, 8, 10, 12, 16, 20, 24]) {
    for (const side of ['p', 'px', 'py', 'pt', 'pb', 'pl', 'm', 'mt', 'mb', 'my', 'ml', 'mr', 'gap', 'space-x',
      'space-y', 'w', 'h']) words.push(`${side}-${n}`)
  }
  for (const at of ['', 'sm:', 'md:', 'lg:']) for (const n of [1, 2, 3, 4]) words.push(`${at}grid-cols-${n}`)
  for (const hue of ['gray', 'slate', 'red', 'green', 'blue', 'indigo', 'purple', 'yellow', 'emerald', 'amber']) {
    for (const shade of [50, 100, 200, 300, 400, 500, 600, 700, 800, 900]) {
      for (const what of ['bg', 'text', 'border', 'hover:bg', 'hover:text']) words.push(`${what}-${hue}-${shade}`)
    }
  }
  for (const what of ['bg', 'text', 'border']) for (const hue of ['white', 'black']) words.push(`${what}-${hue}`)
  return words.join('\n')
}
