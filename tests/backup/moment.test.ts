// A copy of a working process is one that it can go on from; and the rules of stores/backup/moment.ts are needed for
// that: without one of them, some copy is not.
import assert from 'node:assert/strict'
import { registerHooks } from 'node:module'
import { describe, test } from 'node:test'
import type * as moments from '../../stores/backup/moment.ts'
import { takeMoment } from '../../stores/backup/moment.ts'
import { runWorld } from './moment-world.ts'

const SEEDS = 60
const MUTANT_SEEDS_MAX = 300
const NOWHERE = 'no/such/directory'

const MOMENT = new URL('../../stores/backup/moment.ts', import.meta.url).href
/** What it lists the archive with. */
const LISTING = new URL('../../stores/archive/duckdb/copy.ts', import.meta.url).href
const COUNTS = '    const counts = held.use(parts.counts.copy())\n'
const ARCHIVE = '    const archive = await listForCopy(archived)\n'
const LOG = '    const log = parts.log.copy()\n    held.use(log.entries)\n'
const CHECKPOINTS = '  const checkpoints = await readCheckpoints(objects)\n'
const FILES = '  const files = await listFiles(objects)\n'

type Edits = readonly (readonly [from: string, to: string])[]
type Mutant = { readonly rule: string; readonly file: string; readonly edits: Edits }

const MUTANTS: readonly Mutant[] = [
  {
    rule: 'counts are taken before the log',
    file: MOMENT,
    edits: [
      [LOG, ''],
      [COUNTS, LOG],
      [ARCHIVE, ARCHIVE + COUNTS],
    ],
  },
  {
    rule: 'the archive is taken before the log',
    file: MOMENT,
    edits: [
      [LOG, ''],
      [ARCHIVE, LOG + ARCHIVE],
    ],
  },
  {
    rule: 'counts are taken before the archive',
    file: MOMENT,
    edits: [
      [COUNTS, ''],
      [ARCHIVE, ARCHIVE + COUNTS],
    ],
  },
  {
    rule: 'no record leaves the log meanwhile',
    file: MOMENT,
    edits: [
      ['parts.log.whileKept(async () => {', '(async () => {'],
      ['    }\n  })\n}', '    }\n  })()\n}'],
    ],
  },
  {
    rule: 'checkpoints of the archive are read before its files',
    file: LISTING,
    edits: [
      [CHECKPOINTS, ''],
      [FILES, FILES + CHECKPOINTS],
    ],
  },
  {
    rule: 'the manifest of the archive is read before its files',
    file: LISTING,
    edits: [['[MANIFEST_PREFIX, RAW_PREFIX, ', '[RAW_PREFIX, MANIFEST_PREFIX, ']],
  },
]

registerHooks({
  resolve(specifier, context, nextResolve) {
    const found = nextResolve(specifier, context)
    const mutant = mutantOf(context.parentURL ?? MOMENT)
    return mutant === null || found.url !== LISTING ? found : { ...found, url: `${LISTING}?mutant=${mutant}` }
  },
  load(url, context, nextLoad) {
    const loaded = nextLoad(url, context)
    const mutant = MUTANTS[Number(mutantOf(url) ?? Number.NaN)]
    if (mutant === undefined || !url.startsWith(`${mutant.file}?`)) return loaded
    return { ...loaded, source: mutant.edits.reduce(applied, String(loaded.source)) }
  },
})

function mutantOf(url: string): string | null {
  return new URL(url).searchParams.get('mutant')
}

function applied(source: string, [from, to]: Edits[number]): string {
  const parts = source.split(from)
  assert.equal(parts.length, 2, `the text of a mutant stands ${parts.length - 1} times in its file: ${from}`)
  return parts.join(to)
}

describe('a copy of a working process', () => {
  test('loses nothing and counts nothing twice, whenever it is taken', async () => {
    for (let seed = 1; seed <= SEEDS; seed++) {
      await runWorld(seed, NOWHERE, takeMoment).catch((error) => {
        throw new Error(`seed ${seed}`, { cause: error })
      })
    }
  })

  for (const [number, { rule }] of MUTANTS.entries()) {
    test(`needs the rule that ${rule}`, async () => {
      const mutated: typeof moments = await import(`${MOMENT}?mutant=${number}`)
      for (let seed = 1; seed <= MUTANT_SEEDS_MAX; seed++) {
        const error = await runWorld(seed, NOWHERE, mutated.takeMoment).then(
          () => null,
          (error: unknown) => error,
        )
        if (error !== null) return
      }
      assert.fail(`no copy was wrong without the rule, in ${MUTANT_SEEDS_MAX} worlds`)
    })
  }
})
