import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { seededRandom, zipf } from '../../benchmarks/random.ts'
import { MINUTE_MS } from '../../model/bucket.ts'
import { route } from '../../model/route.ts'
import { parseOptions } from './capacity-options.ts'
import { type Deployment, MINUTES, simulate } from './simulate.ts'
import { simulationLines } from './simulation-report.ts'

const DEPLOYMENT: Deployment = { partitions: 24, processes: 6, brokers: 3, cores: 3 }
const loadOf = (...args: readonly string[]) => parseOptions(['--rate', '100000', ...args]).load

describe('a simulated deployment', () => {
  test('is loaded as drawn events load it', () => {
    const [videos, events] = [2_000, 100_000]
    const draw = zipf(videos, seededRandom(3))
    const layout = { version: 1, fromMinute: 0, partitions: 24, splits: new Map(), dedicated: new Map() }
    const ratios = Array.from({ length: MINUTES }, (_, minute) => {
      const loads = new Array<number>(layout.partitions).fill(0)
      for (let i = 0; i < events; i++) {
        const event = { tenant: '', videoId: `video-9-${draw()}`, id: `${i}`, channelId: null }
        loads[route([layout], { ...event, timeMs: minute * MINUTE_MS })]!++
      }
      return (Math.max(...loads) * layout.partitions) / events
    })
    const { typical, worst } = simulate(loadOf('--videos', String(videos)), DEPLOYMENT, 9).unsplit.partitions
    const mean = ratios.reduce((sum, ratio) => sum + ratio, 0) / MINUTES
    assert.ok(Math.abs(typical - mean) < 0.03 * mean, `${typical} and ${mean}`)
    assert.ok(Math.abs(worst - Math.max(...ratios)) < 0.05 * worst, `${worst} and ${Math.max(...ratios)}`)
  })

  test('is the same for the same seed, and another for another', () => {
    const of = (seed: number) => simulate(loadOf('--videos', '1e5'), DEPLOYMENT, seed)
    assert.deepEqual(of(1), of(1))
    assert.notDeepEqual(of(1).unsplit, of(2).unsplit)
  })

  test('is hardly uneven where all videos are alike, and has nothing to split', () => {
    const { unsplit, splitVideos, split } = simulate(
      loadOf('--videos', '1e8', '--spread', 'uniform'),
      DEPLOYMENT,
      1,
    )
    assert.equal(splitVideos, 0)
    assert.ok(unsplit.partitions.worst < 1.01)
    assert.deepEqual(split, unsplit)
  })

  test('has a partition with all of the hottest video, unless that is split', () => {
    const { unsplit, split, splitVideos, partsMax } = simulate(loadOf('--videos', '1e4'), DEPLOYMENT, 1)
    assert.ok(unsplit.partitions.typical > 24 / 9.8, String(unsplit.partitions.typical))
    assert.ok(splitVideos > 1 && partsMax === 24)
    assert.ok(split.partitions.typical < 1.5 && split.partitions.worst < 2, String(split.partitions.worst))
  })

  test('gives the rest of its zones half as much again when one is lost', () => {
    const { processes, brokers, busiestCores, caughtUpS } = simulate(
      loadOf('--videos', '1e8', '--spread', 'uniform'),
      DEPLOYMENT,
      1,
    ).split
    assert.ok(Math.abs(busiestCores.before - 0.5) < 0.01 && Math.abs(busiestCores.after - 0.75) < 0.01)
    assert.ok(Math.abs(processes.after.worst - 1) < 0.01 && Math.abs(brokers.after.worst - 1) < 0.01)
    assert.equal(Math.round(caughtUpS!), 20) // ten seconds of a quarter of a core, with a quarter left
  })

  test('gives one of two processes everything when the other is lost', () => {
    const { busiestCores } = simulate(
      loadOf('--videos', '1e8', '--spread', 'uniform'),
      { ...DEPLOYMENT, processes: 2, cores: 0.8 },
      1,
    ).split
    assert.ok(Math.abs(busiestCores.before - 0.4) < 0.01 && Math.abs(busiestCores.after - 0.8) < 0.01)
  })

  test('never catches up where a process has more than its core can do', () => {
    const { caughtUpS, busiestCores } = simulate(loadOf(), { ...DEPLOYMENT, cores: 5 }, 1).split
    assert.ok(busiestCores.after > 1)
    assert.equal(caughtUpS, null)
  })

  test('is told with its assumptions', () => {
    const text = simulationLines(simulate(loadOf(), DEPLOYMENT, 1)).join('\n')
    assert.match(text, /24 partitions, 6 processors and 3 brokers\nin three zones, 10 minutes, seed 1/)
    assert.match(text, /a zone lost: \d\.\d\d, \d\.\d\d/)
    assert.match(text, /^Assumed:\n- /m)
    assert.doesNotMatch(text, /NaN|Infinity|undefined/)
  })
})
