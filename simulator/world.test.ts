import assert from 'node:assert/strict'
import { test } from 'node:test'
import { loadSchemas } from '../schemas/schema-set.ts'
import { runSeeds } from './run-seeds.ts'
import { runWorld } from './run-world.ts'

const SEEDS = 25
const MUTANT_SEEDS = 50

const schemas = loadSchemas()

async function traceOf(seed: number): Promise<string[]> {
  const lines: string[] = []
  const report = await runWorld(seed, schemas, (line) => lines.push(line))
  return [...lines, JSON.stringify(report)]
}

test('a seed decides everything: the same one gives the same trace, another one another', async () => {
  const trace = await traceOf(3)
  assert.ok(trace.length > 5)
  assert.deepEqual(await traceOf(3), trace)
  assert.notDeepEqual(await traceOf(4), trace)
})

test(`${SEEDS} worlds end with exact counts, and not for want of events and misfortunes`, async () => {
  let counted = 0
  let copies = 0
  let faults = 0
  for (let seed = 1; seed <= SEEDS; seed++) {
    const report = await runWorld(seed, schemas)
    assert.equal(report.violation, null, `seed ${seed}: ${report.violation}`)
    counted += report.counted
    copies += report.copies
    faults += report.faults
  }
  assert.ok(counted > 1_000 && copies > 100 && faults > 100, `${counted} ${copies} ${faults}`)
})

test('a broken law is caught', async () => {
  const reports = await runSeeds({
    from: 1,
    to: 1 + MUTANT_SEEDS,
    jobs: 1,
    mutant: 'checkpoint-before-write',
  })
  const { seed, violation } = reports.at(-1)!
  assert.match(String(violation), /durable/, `seed ${seed}`)
})

test('a mutant that does not exist is an error', async () => {
  await assert.rejects(runSeeds({ from: 1, to: 2, jobs: 1, mutant: 'none' }))
})
