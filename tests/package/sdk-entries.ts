// The entries of the SDK, of which sdk/package.json has the table: one key of `exports` each.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../source-file.ts'

export type SdkEntry = {
  /** As it is imported: `@tally/sdk/read`. */
  readonly name: string
  /** From the root, with forward slashes. */
  readonly source: string
  /** That of the form for Node, where it has one of its own. */
  readonly nodeSource: string | undefined
  /** Conditions in their order, and the built file of each. */
  readonly targets: Readonly<Record<string, string>>
}

/** For Node alone: not for pages, and compiled with Node's types by a project of its own. */
export const NODE_ENTRIES: readonly string[] = ['@tally/sdk/node', '@tally/sdk/spool']

const MANIFEST = JSON.parse(readFileSync(join(root, 'sdk/package.json'), 'utf8'))

/** What can go over node:http is in Node's own form where Node runs it, and nowhere else. */
export const CONDITIONS = ['types', 'browser', 'default']
export const CONDITIONS_WITH_NODE = ['types', 'browser', 'workerd', 'deno', 'bun', 'node', 'default']

export const SDK_ENTRIES: readonly SdkEntry[] = Object.entries<SdkEntry['targets'] | string>(MANIFEST.exports)
  .filter(([subpath]) => subpath !== './package.json')
  .map(([subpath, targets]) => {
    if (typeof targets === 'string') throw new Error(`sdk/package.json: ${subpath} needs conditions`)
    const [source = '', nodeSource] = [targets.default, targets.node].map((built) =>
      built?.replace(/^\.\/dist\/(.+)\.js$/, 'sdk/src/$1.ts'),
    )
    return { name: MANIFEST.name + subpath.slice(1), source, nodeSource, targets }
  })
