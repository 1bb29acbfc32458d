// The charts of the script's own metrics, available in runs of k6 as well as ours. Pure.

import { MS_PER_SECOND } from '../durations.ts'
import { slotNames, slotsOf } from '../slots.ts'
import { type Chart, type Line, type SummaryFile, statOf } from '../summary.ts'

export function courseOf(file: SummaryFile): Chart[] {
  const { slotMs, count } = slotsOf(file.test.durationMs)
  const line = (name: string, value: (slot: number) => number | null): Line => ({
    name,
    points: Array.from({ length: count }, (_, slot) => [(slot + 0.5) * slotMs, value(slot)] as const),
  })
  const perSecond = (slot: number, metric: 'offered' | 'acknowledged' | 'again') =>
    statOf(file, slotNames(slot)[metric]) / (slotMs / MS_PER_SECOND)
  const trend = (metric: 'acknowledgeMs' | 'freshnessMs', stat: string) => (slot: number) => {
    const name = slotNames(slot)[metric]
    return file.metrics[name] === undefined ? null : statOf(file, name, stat)
  }
  return [
    {
      title: 'Events',
      unit: 'per second',
      lines: [
        line('offered', (slot) => perSecond(slot, 'offered')),
        line('acknowledged', (slot) => perSecond(slot, 'acknowledged')),
      ],
    },
    {
      title: 'From sending to the 202',
      unit: 'ms',
      lines: [line('p99', trend('acknowledgeMs', 'p(99)')), line('p50', trend('acknowledgeMs', 'med'))],
    },
    {
      title: 'From the 202 until the event is in an answer',
      unit: 'ms',
      lines: [line('longest', trend('freshnessMs', 'max')), line('p50', trend('freshnessMs', 'med'))],
    },
    {
      title: 'Requests sent again',
      unit: 'per second',
      lines: [line('sent again', (slot) => perSecond(slot, 'again'))],
    },
  ]
}
