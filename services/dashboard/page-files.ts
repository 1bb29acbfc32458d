// Builds the page from its sources: types stripped, uPlot as a module, one style sheet. All files are under one
// address that contains a hash of their content, so modules find one another and browsers may cache them for ever.
import { readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { Asset, digestOf } from './asset.ts'
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
  for (const name of readdirSync(new URL('./page/', import.meta.url)).sort()) {
    if (name.endsWith('.ts') && !name.endsWith('.test.ts')) texts.set(name, moduleText(`page/${name}`))
  }
  texts.set('uplot.js', uplotModule())
  texts.set('page.css', styleSheet())
  texts.set('icon.svg', read('page/icon.svg'))
  const version = digestOf(Array.from(texts, ([name, text]) => `${name}\0${text}`).join('\0'))
  const files = new Map(Array.from(texts, ([name, text]) => [name, new Asset(mediaTypeOf(name), text)]))
  return {
    html: new Asset('text/html; charset=utf-8', htmlText(version, [...texts.keys()])),
    files,
    version,
    counter: new Asset(JAVASCRIPT, moduleText('counter/tally-count.ts')),
  }
}

function read(path: string): string {
  return readFileSync(new URL(`./${path}`, import.meta.url), 'utf8')
}

function moduleText(path: string): string {
  return withoutTypes(read(path)).replaceAll("from 'uplot'", "from './uplot.js'")
}

/** The package's minified form is half the size of its module; it declares one name, and this exports it. */
function uplotModule(): string {
  return `${readFileSync(join(UPLOT, 'uPlot.iife.min.js'), 'utf8')}\nexport default uPlot\n`
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

function htmlText(version: string, names: readonly string[]): string {
  const base = `dashboard/${version}`
  const preloads = names
    .filter((name) => /\.[jt]s$/.test(name) && name !== 'theme.ts')
    .map((name) => `<link rel="modulepreload" href="${base}/${name}">`)
  return read('page/index.html').replaceAll('{{base}}', base).replace('{{preloads}}', preloads.join('\n    '))
}
