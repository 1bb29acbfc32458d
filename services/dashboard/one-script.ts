// Joins modules into one script, so that a browser asks for one file instead of thirty. Each module becomes a function
// that runs once, after those that it imports: names of different modules do not meet. Pure.
import { posix } from 'node:path'
import { withoutComments } from './without-comments.ts'
import { withoutTypes } from './without-types.ts'

export type Modules = ReadonlyMap<string, string>

const IMPORT = /^import\s+([^'"]*?)\s*from\s*'([^']+)';?$/gm
/** Of a library, when it is needed. */
const LATER = /\bimport\('([^'.][^']*)'\)/g
const EXPORT = /^export (?=(?:const|let|class|(?:async )?function\*?)\s+(\w+))/gm
const UNKNOWN_EXPORT = /^export\b.*/m

/**
 * `texts` are TypeScript modules by their paths. `libraries` are those that are imported when they are needed, each by
 * the name of its file, which is beside the script. Fails if a module imports what is not there or, by others, itself.
 */
export function oneScript(texts: Modules, libraries: Modules, main: string): string {
  const parts: string[] = []
  const variables = new Map<string, string>()
  const open = new Set<string>()

  const variableOf = (name: string): string => {
    const held = variables.get(name)
    if (held !== undefined) return held
    if (open.has(name)) throw new Error(`${name} imports itself by way of others: ${[...open].join(' → ')}`)
    open.add(name)
    const code = moduleCode(name, variableOf)
    const variable = `module${variables.size}`
    variables.set(name, variable)
    parts.push(`const ${variable} = ${code}`)
    open.delete(name)
    return variable
  }

  const moduleCode = (name: string, importedBy: (imported: string) => string): string => {
    const text = texts.get(name)
    if (text === undefined) throw new Error(`there is no module ${name}`)
    const exported: string[] = []
    const body = withoutComments(withoutTypes(text))
      .replaceAll(IMPORT, (_, names: string, from: string) => {
        return `const ${patternOf(names)} = ${importedBy(posix.join(posix.dirname(name), from))}`
      })
      .replaceAll(LATER, (_, library: string) => {
        const file = libraries.get(library)
        if (file === undefined) throw new Error(`${name} imports ${library}, which is not there`)
        return `import(${JSON.stringify(`./${file}`)})`
      })
      .replaceAll(EXPORT, (_, one: string) => {
        exported.push(one)
        return ''
      })
    const [unknown] = UNKNOWN_EXPORT.exec(body) ?? []
    if (unknown !== undefined) throw new Error(`${name} exports in a way that is not understood: ${unknown}`)
    return `(() => {\n${body}\nreturn { ${exported.join(', ')} }\n})()`
  }

  variableOf(main)
  return `${parts.join('\n')}\n`
}

/** What `import a, { b as c } from` binds, as the pattern of a declaration. */
function patternOf(names: string): string {
  const [, single, braced] = /^(\w+)?\s*,?\s*(?:\{([^}]*)\})?$/.exec(names.trim()) ?? []
  const several = (braced ?? '')
    .split(',')
    .map((one) => one.trim().replace(/\s+as\s+/, ': '))
    .filter((one) => one !== '')
  return `{ ${[...(single === undefined ? [] : [`default: ${single}`]), ...several].join(', ')} }`
}
