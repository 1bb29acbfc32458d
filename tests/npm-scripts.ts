// The npm scripts of this package, and the programs that they run.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './source-file.ts'

const product: { readonly scripts: Readonly<Record<string, string>> } = JSON.parse(
  readFileSync(join(root, 'package.json'), 'utf8'),
)

export const SCRIPTS = product.scripts

/** The path of our program that a script ends in; undefined where there is none. */
export function programOf(script: string): string | undefined {
  return /([\w./-]+\.ts)$/.exec(SCRIPTS[script] ?? '')?.[1]
}
