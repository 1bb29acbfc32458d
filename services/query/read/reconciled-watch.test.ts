import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Rebuild } from '../../../stores/counts/rebuilds.ts'
import type { Reconciled } from '../../../stores/counts/rollups.ts'
import { ReconciledWatch } from './reconciled-watch.ts'

const AWAY = new Error('away')
const at = (version: number): Reconciled => ({ version, toMinute: 60 * version, exceptHours: [] })

/** A store that gives these answers one after the other, and a clock that aborts after this many sleeps. */
function setup(
  answers: readonly (Reconciled | null | Error)[],
  sleepsMax = Number.POSITIVE_INFINITY,
  readRebuild: (asked: number) => Rebuild | null = () => null,
) {
  const abort = new AbortController()
  const errors: unknown[] = []
  const seen: (number | undefined)[] = []
  let watch: ReconciledWatch | null = null
  let asked = 0
  let sleeps = 0
  const deps = {
    rollups: {
      readReconciled: async () => {
        const answer = answers[asked++]!
        if (answer instanceof Error) throw answer
        return answer
      },
    },
    rebuilds: { readRebuild: async () => readRebuild(asked) },
    journal: { latest: async () => [] },
    clock: {
      nowMs: () => 0,
      sleep: async () => {
        if (watch !== null) seen.push(watch.current?.version)
        if (++sleeps > sleepsMax) abort.abort()
      },
    },
    intervalMs: 1,
    onError: (error: unknown) => errors.push(error),
  }
  const begin = async () => {
    watch = await ReconciledWatch.begin(deps, abort.signal)
    return watch
  }
  return { begin, errors, seen, signal: abort.signal }
}

test('waits until the store has answered, also where nothing is recounted yet', async () => {
  const { begin, errors } = setup([AWAY, AWAY, null])
  assert.equal((await begin()).current, null)
  assert.deepEqual(errors, [AWAY, AWAY])
})

test('gives up when it is aborted', async () => {
  const { begin } = setup([AWAY, AWAY, AWAY], 1)
  await assert.rejects(begin(), { name: 'AbortError' })
})

test('follows what is recounted, and keeps what it knows while the store is away', async () => {
  const { begin, errors, seen, signal } = setup([null, at(1), AWAY, at(2)], 3)
  const watch = await begin()
  await watch.follow(signal)
  assert.deepEqual(seen, [undefined, 1, 1, 2])
  assert.deepEqual(errors, [AWAY])
})

test('reads first whether lost counts are counted again, and then what is recounted', async () => {
  const lost: Rebuild = {
    ...{ version: 1, begunMs: 0, fromMinute: 60, viewersTo: 0 },
    ...{ isPrepared: true, isDone: false },
  }
  const rebuilds = [lost, { ...lost, isDone: true }]
  const readsBefore: number[] = []
  const { begin, signal } = setup([null, at(1)], 1, (asked) => {
    readsBefore.push(asked)
    return rebuilds.shift()!
  })
  const watch = await begin()
  assert.deepEqual([watch.rebuild, watch.current], [lost, null])
  await watch.follow(signal)
  assert.deepEqual([watch.rebuild, watch.current], [{ ...lost, isDone: true }, at(1)])
  assert.deepEqual(readsBefore, [0, 1])
})
