// Compares expected with found counts and sums of values, by key and by minute. Describes every difference. Pure.
import { videoId } from '../../../load-tests/lib/names.ts'
import { MINUTE_MS } from '../../../model/bucket.ts'
import type { Expected, Sum } from './expected.ts'
import { type Found, keyText } from './found.ts'

const THOUSAND = 1_000
const NOTHING: Sum = { events: 0, thousandths: 0 }

/** Empty if everything is equal. */
export function differences({ run, byKey, byMinute, firstMinute }: Expected, found: Found): string[] {
  return [
    ...byKey.flatMap(({ key, sum }) => {
      const name = keyText(videoId(run, key.video), key.type)
      return difference(name, sum, found.byKey.get(name) ?? NOTHING)
    }),
    ...found.byMinute.flatMap((sum, minute) => {
      const at = new Date((firstMinute + minute) * MINUTE_MS)
        .toISOString()
        .slice(0, 'yyyy-mm-ddThh:mm'.length)
      return difference(`minute ${at}Z`, byMinute[minute] ?? NOTHING, sum)
    }),
  ]
}

function difference(name: string, expected: Sum, found: Sum): string[] {
  const lines: string[] = []
  if (expected.events !== found.events) {
    lines.push(`${name}: ${whole(expected.events)} acknowledged, ${whole(found.events)} counted`)
  }
  if (expected.thousandths !== found.thousandths) {
    lines.push(
      `${name}: values of ${decimal(expected.thousandths)} acknowledged, ${decimal(found.thousandths)} summed`,
    )
  }
  return lines
}

export function whole(number: number): string {
  return Math.round(number).toLocaleString('en')
}

function decimal(thousandths: number): string {
  return (thousandths / THOUSAND).toLocaleString('en', { minimumFractionDigits: 3 })
}
