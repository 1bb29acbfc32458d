// Memory after ten million events within ten minutes, when copies of all of them must still be recognised.

import { MIB } from '../lib/byte-units.ts'
import type { MemoryUse } from './memory-process.ts'
import { processAnswer } from './process-answer.ts'
import { print, type Row } from './report.ts'
import { scaleOf } from './scale.ts'

const FILE = new URL('./memory-process.ts', import.meta.url)
const FORMS = [
  ['core', 'decode + step'],
  ['strings', 'Sets and Maps of strings'],
] as const

const events = scaleOf(process.argv).quick ? 200_000 : 10_000_000
const rows: Row[] = []
for (const [form, name] of FORMS) {
  const use = await processAnswer<MemoryUse>(FILE, [form, events])
  rows.push({
    form: name,
    'RSS, MiB': Math.round(use.rssBytes / MIB),
    'RSS before, MiB': Math.round(use.emptyBytes / MIB),
    'ids remembered': use.entries,
    'RSS bytes/id': Math.round((use.rssBytes - use.emptyBytes) / use.entries),
    'table bytes/id': use.tableBytes === null ? '' : use.tableBytes / use.entries,
  })
}
print(`memory: after ${events.toLocaleString('en-US')} events`, rows)
