// The documents that a server shows, where each of them is, and the order in which readers find them: that of
// docs/README.md.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { posix } from 'node:path'

/** Of a link from a document: another document, a picture, or neither. */
type Target = { readonly path: string; readonly anchor: string } | null

export type Group = {
  readonly name: string
  readonly links: readonly { readonly label: string; readonly path: string }[]
}

export const HOME = 'docs'
export const PICTURES = 'docs/files'

const ROOT = new URL('../../', import.meta.url)
const README = 'docs/README.md'
/** Documents of other folders; an image of the product may be without them. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  'ARCHITECTURE.md': 'docs/architecture',
  'CHANGELOG.md': 'docs/changes',
  'CONTRIBUTING.md': 'docs/contributing',
  'SECURITY.md': 'docs/reporting',
  'examples/README.md': 'docs/examples',
  'load-tests/README.md': 'docs/load-tests',
  'sdk/README.md': 'docs/sdk',
}
const PICTURE = /\.(svg|png)$/
const GROUP = /^\*\*(.+)\*\*$/
const ITEM = /^- .*/
const LINK = /\[([^\]]+)\]\(([^)\s]+)\)/g

export class Manual {
  /** The address of each document, by its file; without a slash before it. */
  readonly paths: ReadonlyMap<string, string>
  /** Files by their names. */
  readonly pictures: ReadonlySet<string>

  constructor() {
    const files = readdirSync(new URL('docs/', ROOT), { recursive: true, encoding: 'utf8' })
      .map((file) => posix.join('docs', file.replaceAll('\\', '/')))
      .sort()
    const documents = files.filter((file) => file.endsWith('.md'))
    const others = Object.keys(ELSEWHERE).filter((file) => existsSync(new URL(file, ROOT)))
    this.paths = new Map([...documents, ...others].map((file) => [file, pathOf(file)]))
    this.pictures = new Set(files.filter((file) => PICTURE.test(file)).map((file) => posix.basename(file)))
  }

  text(file: string): string {
    return readFileSync(new URL(file, ROOT), 'utf8')
  }

  picture(name: string): Buffer {
    return readFileSync(new URL(`docs/${name}`, ROOT))
  }

  /** What a link of the document leads to. */
  target(file: string, href: string): Target {
    const [to = '', anchor = ''] = href.split('#')
    const found = to === '' ? file : posix.join(posix.dirname(file), decodeURIComponent(to))
    const path = this.paths.get(found)
    if (path !== undefined) return { path, anchor }
    const name = posix.basename(found)
    const isPicture = posix.dirname(found) === 'docs' && this.pictures.has(name)
    return isPicture ? { path: `${PICTURES}/${name}`, anchor: '' } : null
  }

  /** What readers look for, in groups by who they are. */
  groups(): readonly Group[] {
    const groups: { name: string; links: { label: string; path: string }[] }[] = []
    for (const line of this.text(README).split('\n')) {
      const [, name] = GROUP.exec(line) ?? []
      if (name !== undefined) groups.push({ name, links: [] })
      if (!ITEM.test(line)) continue
      for (const [, label = '', href = ''] of line.matchAll(LINK)) {
        const target = this.target(README, href)
        if (target !== null) groups.at(-1)?.links.push({ label: capital(label), path: target.path })
      }
    }
    return groups
  }
}

/** From one address to another, both without a slash before them, so that it holds below any prefix. */
export function relativeTo(from: string, to: string): string {
  const way = posix.relative(posix.dirname(from), to)
  return /(^|\/)\.\.$|^$/.test(way) ? posix.join(way, '..', posix.basename(to)) : way
}

function pathOf(file: string): string {
  const other = ELSEWHERE[file]
  if (other !== undefined) return other
  return file.replace(/\.md$/, '').replace(/\/README$/, '')
}

function capital(label: string): string {
  const text = label.replace(/\.md$/, '').replace(/^[A-Z]+$/, (name) => name.toLowerCase())
  return text.charAt(0).toUpperCase() + text.slice(1)
}
