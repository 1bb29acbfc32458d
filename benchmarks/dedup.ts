// The memory per remembered id, and the longest pause of adding one.
import type { Filling } from './dedup-process.ts'
import { figure } from './notes.ts'
import { processAnswer } from './process-answer.ts'
import { print, type Row } from './report.ts'
import { scaleOf } from './scale.ts'

const FILE = new URL('./dedup-process.ts', import.meta.url)
const FORMS = [
  ['fingerprints', 'FingerprintSet'],
  ['set', 'Set<string>'],
  ['map', 'Map<string, object>'],
] as const

const { quick } = scaleOf(process.argv)
const sizes = quick ? [1_000, 100_000] : [1_000, 10_000, 100_000, 1_000_000, 5_000_000]

const rows: Row[] = []
const bytesAnId: number[] = []
for (const size of sizes) {
  for (const [form, name] of FORMS) {
    const { rssBytes, tableBytes, longestAddMs } = await processAnswer<Filling>(FILE, [form, size])
    if (form === 'fingerprints') bytesAnId.push(tableBytes! / size)
    rows.push({
      entries: size,
      form: name,
      'table bytes/entry': tableBytes === null ? '' : tableBytes / size,
      'RSS bytes/entry': size < 100_000 ? '' : Math.round(rssBytes / size),
      'longest add, ms': longestAddMs,
    })
  }
}
print('dedup: memory of an id', rows)
figure('id.bytes', 'bytes an id', bytesAnId)
