// What every form of the sketches that can be copied must do, as tests. A form opens itself empty.
import assert from 'node:assert/strict'
import { it } from 'node:test'
import { HyperLogLog } from '../../model/hyper-log-log.ts'
import type { StoredSketch, Uniques, UniquesScan } from './uniques.ts'

type Open = () => Promise<{ readonly uniques: Uniques & UniquesScan; close(): Promise<void> }>

/** 2023-11-13T00:00Z, in minutes. */
const DAY = 28_330_560

export function storedSketchesContract(name: string, open: Open): void {
  it(`${name} can be copied, period by period`, async () => {
    const { uniques, close } = await open()
    try {
      const names = { tenant: 't', videoId: 'v' }
      await uniques.merge([{ ...names, hour: DAY + 60, sketch: HyperLogLog.of(['a', 'b']) }])
      const found = await storedIn(uniques)
      assert.deepEqual(found.map(textOf), [
        `t v day ${DAY} ${textOfSketch(['a', 'b'])}`,
        `t v hour ${DAY + 60} ${textOfSketch(['a', 'b'])}`,
      ])
      const day: StoredSketch = { ...names, resolution: 'day', start: DAY, sketch: HyperLogLog.of(['c']) }
      for (let times = 0; times < 2; times++) await uniques.mergeStored([day])
      assert.deepEqual((await storedIn(uniques)).map(textOf), [
        `t v day ${DAY} ${textOfSketch(['a', 'b', 'c'])}`,
        `t v hour ${DAY + 60} ${textOfSketch(['a', 'b'])}`,
      ])
    } finally {
      await close()
    }
  })
}

async function storedIn(uniques: UniquesScan): Promise<readonly StoredSketch[]> {
  const all = (await Array.fromAsync(uniques.stored())).flat()
  return all.sort((a, b) => (textOf(a) < textOf(b) ? -1 : 1))
}

function textOf({ tenant, videoId, resolution, start, sketch }: StoredSketch): string {
  return [tenant, videoId, resolution, start, Buffer.from(sketch.encode()).toString('hex')].join(' ')
}

function textOfSketch(viewers: readonly string[]): string {
  return Buffer.from(HyperLogLog.of(viewers).encode()).toString('hex')
}
