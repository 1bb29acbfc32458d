// Faults put into recount.py, each of which the contract must notice: what Spark then counts differs from the
// reference, or is refused.
import assert from 'node:assert/strict'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { storedIn } from '../../stores/archive/recount-contract.ts'
import { arbitraryArchive } from '../../testing/arbitrary-archive.ts'
import { archiveDirectory } from '../../testing/archive-directory.ts'
import { readRecount } from '../../testing/archive-fixture.ts'
import { temporaryDirectory } from '../../testing/temporary-directory.ts'
import { engineOf, QUESTION } from './spark-fixture.ts'

const PROGRAM = fileURLToPath(new URL('../../stores/archive/spark/recount.py', import.meta.url))
const SEED = 3
const EVENTS_PER_SOURCE = 400

type Mutant = { readonly fault: string; readonly from: string; readonly to: string; readonly code?: string }

const MUTANTS: readonly Mutant[] = [
  { fault: 'an event at the horizon is late', from: 'time_ms >= {oldest', to: 'time_ms > {oldest' },
  { fault: 'what came too far ahead counts', from: '      AND NOT (origin', to: '      AND (true OR origin' },
  { fault: 'a late copy wins', from: 'NOT on_time AS missed', to: 'on_time AS missed' },
  {
    fault: 'ids of two sources are one',
    from: 'SELECT *, origin IN',
    to: "SELECT * EXCEPT (event_source), '' AS event_source, origin IN",
  },
  {
    fault: 'copies on time are ordered by source',
    from: "if(on_time, '', source), log_offset",
    to: 'source, log_offset',
  },
  {
    fault: 'a file of the result is lost',
    from: '        return {"counted": written(spark, order["out"])}',
    to: `        counted = written(spark, order["out"])
        os.remove(order["out"].removeprefix("file://") + "/" + counted["files"][0])
        return {"counted": counted}`,
    code: 'spark_incomplete',
  },
  {
    fault: 'it ends without an answer',
    from: '    write_whole(order["answer"]',
    to: '    return\n    write_whole(order["answer"]',
    code: 'spark_incomplete',
  },
]

/** Each is mostly the start of a job. */
const IN_PARALLEL = 4

describe('faults of the program', { concurrency: IN_PARALLEL }, () => {
  for (const mutant of MUTANTS) it(`notices that ${mutant.fault}`, () => notice(mutant))
})

async function notice({ from, to, code }: Mutant): Promise<void> {
  await using programs = await temporaryDirectory()
  const program = join(programs.path, 'recount.py')
  const source = await readFile(PROGRAM, 'utf8')
  assert.equal(source.split(from).length, 2, 'the place of the fault')
  await writeFile(
    program,
    source.replace(from, () => to),
  )
  await using directory = await archiveDirectory({ engineOf: (path) => engineOf(path, { program }) })
  const reference = await storedIn(directory.archive, arbitraryArchive(SEED, EVENTS_PER_SOURCE))
  const counting = readRecount(directory.archive, QUESTION)
  if (code !== undefined) await assert.rejects(counting, { code })
  else assert.notDeepEqual(await counting, await readRecount(reference, QUESTION))
}
