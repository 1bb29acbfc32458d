// Builds the page from its sources: a document that holds its styles, and its script. All files are under one address
// that contains a hash of their content, so browsers may cache them for ever.
import { readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { Asset, digestOf } from './asset.ts'
import { oneScript } from './one-script.ts'
import { policyWith } from './page-policy.ts'
import { withoutComments } from './without-comments.ts'
import { withoutTypes } from './without-types.ts'

const JAVASCRIPT = 'text/javascript; charset=utf-8'
const STYLES = [
  'tokens.css',
  'base.css',
  'parts.css',
  'controls.css',
  'chart.css',
  'video.css',
  'lists.css',
  'breakdown.css',
  'operations.css',
  'print.css', // after what it takes back
]
/** Runs before anything is painted: part of a document, or a file of its own. */
const THEME = 'theme.ts'
const UPLOT = dirname(createRequire(import.meta.url).resolve('uplot'))

export type PageFiles = {
  readonly html: Asset
  /** What the document may do. */
  readonly policy: string
  /** What the page loads, by name, under `/dashboard/<version>/`. */
  readonly files: ReadonlyMap<string, Asset>
  readonly version: string
  /** The embeddable counter: one module without imports. */
  readonly counter: Asset
}

/** Takes a few hundred milliseconds: build it once. */
export function buildPageFiles(): PageFiles {
  const modules = pageModules()
  const texts = new Map<string, string>()
  texts.set('page.js', oneScript(modules, new Map([['uplot', 'uplot.js']]), 'main.ts'))
  texts.set('uplot.js', uplot())
  const version = digestOf(Array.from(texts, ([name, text]) => `${name}\0${text}`).join('\0'))
  const files = new Map(Array.from(texts, ([name, text]) => [name, new Asset(mediaTypeOf(name), text)]))
  const [first, styles] = [firstScript(modules), styleSheet()]
  return {
    html: new Asset('text/html; charset=utf-8', htmlText(`dashboard/${version}/page.js`, first, styles)),
    policy: policyWith(first, styles),
    files,
    version,
    counter: new Asset(JAVASCRIPT, withoutTypes(read('counter/tally-count.ts'))),
  }
}

/** What pages of documentation load, by name: their look is that of this page. */
export function docsFiles(): ReadonlyMap<string, Asset> {
  const texts = {
    'theme.js': theme(),
    'docs.js': oneScript(pageModules(), new Map(), 'docs.ts'),
    'docs.css': styled(['tokens.css', 'base.css', 'docs.css']),
    'icon.svg': read('page/icon.svg'),
  }
  return new Map(Object.entries(texts).map(([name, text]) => [name, new Asset(mediaTypeOf(name), text)]))
}

function read(path: string): string {
  return readFileSync(new URL(`./${path}`, import.meta.url), 'utf8')
}

function pageModules(): ReadonlyMap<string, string> {
  const names = readdirSync(new URL('./page/', import.meta.url), { recursive: true }).map(String)
  const modules = names.filter((name) => /(?<!\.test)\.ts$/.test(name) && name !== THEME)
  return new Map(modules.map((name) => [name, read(`page/${name}`)]))
}

function theme(): string {
  return withoutComments(withoutTypes(read(`page/${THEME}`)))
}

/** In a block: its names are not those of the page. */
function firstScript(modules: ReadonlyMap<string, string>): string {
  return `${theme()}{\n${oneScript(modules, new Map(), 'first.ts')}}\n`
}

/** The package's minified form is half the size of its module; it declares one name. */
function uplot(): string {
  return `${readFileSync(join(UPLOT, 'uPlot.iife.min.js'), 'utf8')}\nexport default uPlot\n`
}

function styleSheet(): string {
  const uplot = `@layer uplot { ${readFileSync(join(UPLOT, 'uPlot.min.css'), 'utf8')} }` // ours takes precedence
  return `${uplot}\n${styled(STYLES)}`
}

function styled(names: readonly string[]): string {
  return withoutComments(names.map((name) => read(`styles/${name}`)).join('\n'))
}

function mediaTypeOf(name: string): string {
  if (name.endsWith('.css')) return 'text/css; charset=utf-8'
  return name.endsWith('.svg') ? 'image/svg+xml' : JAVASCRIPT
}

function htmlText(script: string, first: string, styles: string): string {
  const icon = `data:image/svg+xml,${encodeURIComponent(read('page/icon.svg').trim())}`
  return read('page/index.html')
    .replace('{{script}}', script)
    .replace('{{icon}}', icon)
    .replace('<!-- first script and styles -->', () => `<script>${first}</script><style>${styles}</style>`)
}
