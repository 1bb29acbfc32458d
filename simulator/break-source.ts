// Loads the modules of the product into Node with one law broken in their source.
import { registerHooks } from 'node:module'
import { fileURLToPath } from 'node:url'
import type { Edit, Mutant } from './mutants.ts'

const root = new URL('../', import.meta.url)

export function breakSource(mutants: readonly Mutant[], name: string | undefined): void {
  const mutant = mutants.find((one) => one.name === name)
  if (mutant === undefined) throw new Error(`no such mutant: ${name}`)
  registerHooks({
    load(url, context, nextLoad) {
      const loaded = nextLoad(url, context)
      const edits = mutant.edits.filter(({ file }) => new URL(file, root).href === url)
      if (edits.length === 0) return loaded
      return { ...loaded, source: edits.reduce(applied, String(loaded.source)) }
    },
  })

  function applied(source: string, { file, from, to }: Edit): string {
    const parts = source.split(from)
    if (parts.length === 2) return parts.join(to)
    const path = fileURLToPath(new URL(file, root))
    throw new Error(`mutant ${name}: its text stands ${parts.length - 1} times in ${path}, not once`)
  }
}
