// Laws of the batch layer, broken on purpose: see mutants.ts.
import type { Mutant } from './mutants.ts'

const RECOUNT = 'services/reconciler/recount'

export const BATCH_MUTANTS: readonly Mutant[] = [
  {
    name: 'hour-noted-with-a-share-missing',
    law: '9: an hour is called recounted when some of its shares are',
    edits: [
      {
        file: `${RECOUNT}/carry-out.ts`,
        from: 'plan.shares.every((_, i) => noted.has(i))',
        to: 'plan.shares.some((_, i) => noted.has(i))',
      },
      {
        file: `${RECOUNT}/carry-out.ts`,
        from: 'results.size === plan.shares.length) return plan.shares.map((_, i) => parseResult(results.get(i)))',
        to: 'true) return plan.shares.map((_, i) => parseResult(results.get(i) ?? []))',
      },
    ],
  },
  {
    name: 'ranges-with-a-gap',
    law: '9: the first video of a range is in no share',
    edits: [
      {
        file: 'model/series-range.ts',
        from: 'compareVideos(video, from) >= 0',
        to: 'compareVideos(video, from) > 0',
      },
    ],
  },
  {
    name: 'ranges-that-overlap',
    law: '9: the first video of a range is in two shares',
    edits: [
      {
        file: 'model/series-range.ts',
        from: 'compareVideos(video, to) < 0',
        to: 'compareVideos(video, to) <= 0',
      },
    ],
  },
  {
    name: 'day-of-an-earlier-hour-wins',
    law: '2: a row with less in it has the higher version',
    edits: [
      {
        file: `${RECOUNT}/recount-plan.ts`,
        from: 'return version + hours.findIndex((one) => one.hour === hour)',
        to: 'return version + hours.length - 1 - hours.findIndex((one) => one.hour === hour)',
      },
    ],
  },
  {
    name: 'hours-noted-before-they-are-recounted',
    law: '6: a recount that is killed is taken for done',
    edits: [
      {
        file: `${RECOUNT}/reconcile.ts`,
        from: 'const results = await carryOut(ports, settings, plan, signal)',
        to: `const tally = { buckets: 0, equal: 0, differing: 0, difference: 0, lateApplied: 0 }
          const all = { ...tally, unexplained: 0, unexplainedDifference: 0 }
          const none = { tally: all, missing: [], lost: 0, sites: [] }
          const nothing = plan.shares.map(({ hours }) => hours.map((hour) => ({ hour, ...none })))
          await noteAudits(ports, plan, nothing)
          const results = await carryOut(ports, settings, plan, signal)`,
      },
    ],
  },
  {
    name: 'audit-from-one-side',
    law: '9: a total that only the stream holds is never compared',
    edits: [
      {
        file: `${RECOUNT}/counted-alone.ts`,
        from: 'found.push({ ...next, buckets: [] })',
        to: '',
      },
    ],
  },
  {
    name: 'audit-of-archived-hours-alone',
    law: '9: an hour of which there are no raw events is never compared',
    edits: [
      {
        file: `${RECOUNT}/reconcile.ts`,
        from: 'if (!held.has(hour)) countedAlone',
        to: 'if (false) countedAlone',
      },
    ],
  },
  {
    name: 'events-in-the-first-quarter-of-their-hour',
    law: '9: hours are rolled up right, and cut wrong',
    edits: [
      {
        file: 'model/quarters.ts',
        from: 'const place = Math.floor((minute - hourOf(minute)) / MINUTES_PER_QUARTER)',
        to: 'const place = 0 * hourOf(minute) * MINUTES_PER_QUARTER',
      },
    ],
  },
  {
    name: 'longer-horizon-opens-minutes',
    law: '9: minutes that were closed are counted again when the horizon becomes longer',
    edits: [
      {
        file: 'model/horizons.ts',
        from: 'if (earlierHorizons === undefined) return oldestMs',
        to: 'if (oldestMs < Infinity) return oldestMs',
      },
    ],
  },
]
