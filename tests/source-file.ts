// The project's own sources as texts, and what can be seen in them line by line. It relies on the formatter: a block
// ends at the first line that closes at the indentation of the line that opened it.
import { globSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('../', import.meta.url))

const SOURCES =
  '{sdk,model,lib,schemas,stores,services,testing,simulator,benchmarks,load-tests,tools,infra,tests}/**/*.{ts,mjs}'
const DOCUMENTS = '{*,sdk/*,examples/**/*,docs/**/*,infra/**/*,load-tests/*,benchmarks/**/*}.md'
const IMPORT = /^(?:import|export)\b[^'"]*?\bfrom '([^']+)'|^import '([^']+)'|\bimport\('([^']+)'\)/gm
const OPENS_FUNCTION = /(?:\bfunction\b.*|=>|\)(?:: .+)?) \{$/
const OPENS_STATEMENT = /^\s*(?:\} )?(?:if|for|while|switch|catch|else|do|try)\b/

export type Import = { readonly line: number; readonly from: string }
export type Block = { readonly line: number; readonly lines: number }

export class SourceFile {
  /** From the root, with forward slashes. */
  readonly path: string
  readonly text: string
  readonly lines: readonly string[]

  constructor(path: string, text: string) {
    this.path = path
    this.text = text
    this.lines = text.split('\n')
  }

  /** What is imported: packages by name, files by their path from the root. */
  get imports(): Import[] {
    return Array.from(this.text.matchAll(IMPORT), (match) => {
      const from = (match[1] ?? match[2] ?? match[3])!
      const path = from.startsWith('.') ? normalize(join(dirname(this.path), from)) : from
      return { line: this.#lineAt(match.index), from: path }
    })
  }

  get functions(): Block[] {
    return this.lines.flatMap((line, i) => {
      if (!OPENS_FUNCTION.test(line) || OPENS_STATEMENT.test(line)) return []
      const closing = `${line.slice(0, line.search(/\S/))}}`
      const length = this.lines.slice(i).findIndex((other, k) => k > 0 && other.startsWith(closing))
      return length < 0 ? [] : [{ line: i + 1, lines: length + 1 }]
    })
  }

  /** The lines that match, as `path:line: what`. */
  findings(pattern: RegExp, what: string): string[] {
    return this.lines.flatMap((line, i) => (pattern.test(line) ? [this.at(i + 1, what)] : []))
  }

  at(line: number, what: string): string {
    return `${this.path}:${line}: ${what}`
  }

  #lineAt(index: number): number {
    return this.text.slice(0, index).split('\n').length
  }
}

/** The paths of all documents. */
export function documentPaths(): readonly string[] {
  return globSync(DOCUMENTS, { cwd: root, exclude: (path) => path.includes('node_modules') }).sort()
}

/** Every source of the project, but nothing that was installed or built. */
export function sourceFiles(): SourceFile[] {
  const isMade = (path: string) => path.includes('node_modules') || path === 'sdk/dist'
  const paths = globSync(SOURCES, { cwd: root, exclude: isMade })
  return paths.sort().map((path) => new SourceFile(path, readFileSync(join(root, path), 'utf8')))
}
