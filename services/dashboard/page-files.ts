// Builds the page from its sources: one script, one style sheet. All files are under one address that contains a hash
// of their content, so browsers may cache them for ever.
import { readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { Asset, digestOf } from './asset.ts'
import { oneScript } from './one-script.ts'
import { withoutTypes } from './without-types.ts'

const JAVASCRIPT = 'text/javascript; charset=utf-8'
const STYLES = [
  'tokens.css',
  'base.css',
  'parts.css',
  'chart.css',
  'video.css',
  'breakdown.css',
  'operations.css',
]
/** Runs before anything is painted, so it is a file of its own. */
const THEME = 'theme.ts'
const UPLOT = dirname(createRequire(import.meta.url).resolve('uplot'))

export type PageFiles = {
  readonly html: Asset
  /** What the page loads, by name, under `/dashboard/<version>/`. */
  readonly files: ReadonlyMap<string, Asset>
  readonly version: string
  /** The embeddable counter: one module without imports. */
  readonly counter: Asset
}

/** Takes a few hundred milliseconds: build it once. */
export function buildPageFiles(): PageFiles {
  const texts = new Map<string, string>()
  texts.set('theme.js', withoutTypes(read(`page/${THEME}`)))
  texts.set('page.js', oneScript(pageModules(), new Map([['uplot', uplot()]]), 'main.ts'))
  texts.set('page.css', styleSheet())
  texts.set('icon.svg', read('page/icon.svg'))
  const version = digestOf(Array.from(texts, ([name, text]) => `${name}\0${text}`).join('\0'))
  const files = new Map(Array.from(texts, ([name, text]) => [name, new Asset(mediaTypeOf(name), text)]))
  return {
    html: new Asset('text/html; charset=utf-8', htmlText(version)),
    files,
    version,
    counter: new Asset(JAVASCRIPT, withoutTypes(read('counter/tally-count.ts'))),
  }
}

function read(path: string): string {
  return readFileSync(new URL(`./${path}`, import.meta.url), 'utf8')
}

function pageModules(): ReadonlyMap<string, string> {
  const names = readdirSync(new URL('./page/', import.meta.url))
  const modules = names.filter((name) => /(?<!\.test)\.ts$/.test(name) && name !== THEME)
  return new Map(modules.map((name) => [name, read(`page/${name}`)]))
}

/** The package's minified form is half the size of its module; it declares one name. */
function uplot(): string {
  return `(() => {\n${readFileSync(join(UPLOT, 'uPlot.iife.min.js'), 'utf8')}\nreturn uPlot\n})()`
}

function styleSheet(): string {
  const own = STYLES.map((name) => read(`styles/${name}`))
  const uplot = `@layer uplot { ${readFileSync(join(UPLOT, 'uPlot.min.css'), 'utf8')} }` // ours takes precedence
  return [uplot, ...own].join('\n')
}

function mediaTypeOf(name: string): string {
  if (name.endsWith('.css')) return 'text/css; charset=utf-8'
  return name.endsWith('.svg') ? 'image/svg+xml' : JAVASCRIPT
}

function htmlText(version: string): string {
  return read('page/index.html').replaceAll('{{base}}', `dashboard/${version}`)
}
