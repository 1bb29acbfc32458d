// The size of each part, as esbuild bundles and minifies it and gzip packs it, against its budget.
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { gzipSync } from 'node:zlib'
import { minified } from './bundlers.ts'
import { installedSdk } from './installed-sdk.ts'
import { SDK_ENTRIES } from './sdk-entries.ts'
import { type Part, SIZE_BUDGETS, type SizeBudget } from './size-budgets.ts'

const GZIP = { level: 9 }
const { folder, toolbox } = installedSdk()

/** What of the part the package does not have; null if it has all. */
async function missingOf({ entry, names = [] }: Part): Promise<string | null> {
  const found = SDK_ENTRIES.find(({ name }) => name === entry)
  if (found === undefined) return entry
  const path = join(folder, 'node_modules/@tally/sdk', found.targets.browser!)
  const exported = names.length === 0 ? {} : await import(pathToFileURL(path).href)
  return names.find((name) => !(name in exported)) ?? null
}

/** Each part under a name of its own, so that two may export the same. */
async function bytesOf(...parts: readonly Part[]): Promise<number> {
  const program = parts.map(({ entry, names }, i) =>
    names === undefined
      ? `export * as part${i} from '${entry}'`
      : names.map((name) => `export { ${name} } from '${entry}'`).join('\n'),
  )
  return gzipSync(await minified(toolbox, folder, program.join('\n')), GZIP).byteLength
}

async function sizeOf({ part, beside }: SizeBudget): Promise<number> {
  return beside === undefined ? bytesOf(part) : (await bytesOf(beside, part)) - (await bytesOf(beside))
}

for (const budget of SIZE_BUDGETS) {
  const { what, part, beside, bytesMax } = budget
  test(`${what}: at most ${bytesMax} bytes`, async (t) => {
    const missing = (await missingOf(part)) ?? (beside ? await missingOf(beside) : null)
    if (missing !== null) return t.skip(`absent: the package has no ${missing} yet`)
    const bytes = await sizeOf(budget)
    t.diagnostic(`${what}: ${bytes} of ${bytesMax} bytes`)
    assert.ok(bytes <= bytesMax, `${what} has ${bytes} bytes, which are more than ${bytesMax}`)
  })
}

test('a page that takes one call pays for no more: bundlers drop the rest', async (t) => {
  const [reader, all] = [await bytesOf({ entry: '@tally/sdk/read' }), await bytesOf({ entry: '@tally/sdk' })]
  const errorAlone = await bytesOf({ entry: '@tally/sdk', names: ['TallyError'] })
  t.diagnostic(`all that "." exports: ${all} bytes; TallyError alone: ${errorAlone}`)
  assert.ok(errorAlone < reader / 2 && reader < all)
})
