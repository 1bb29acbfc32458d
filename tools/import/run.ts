// One import after the other: digest ▸ lots ▸ send ▸ end, and at last the recount that makes them visible.
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { Progress, type Screen } from '../replay/progress.ts'
import { ImportFault } from './fault.ts'
import { lotsOf } from './lots.ts'
import type { Format, Options } from './options.ts'
import { ImportServer } from './server.ts'

const SHOWN_REASONS = 10
const POLL_MS = 500
const ID_CHARS = 32
const NAME_CHARS = 12

/** Returns whether every row of every file was taken. Fails with an ImportFault or a ReplayFault. */
export async function run(options: Options, print: (line: string) => void, screen: Screen): Promise<boolean> {
  const server = new ImportServer(options.url, options.key)
  let whole = true
  for (const file of options.files) whole = (await importFile(server, file, options, print, screen)) && whole
  if (options.wait) await waitForRecount(server, print)
  return whole
}

async function importFile(
  server: ImportServer,
  file: string,
  options: Options,
  print: (line: string) => void,
  screen: Screen,
): Promise<boolean> {
  const startMs = performance.now()
  const { size } = await stat(file).catch((error: Error) => {
    throw new ImportFault(`${file} cannot be read: ${error.message}`)
  })
  const id = await idOf(file, options)
  const before = await server.state(id)
  if (before.done) {
    print(`${file}: was imported before (${before.stored} events): nothing changes`)
    return before.rejected === 0
  }
  if (before.nextRow > 0) print(`${file}: goes on at row ${before.nextRow}`)
  const reasons: string[] = []
  const progress = new Progress(screen, 0)
  let row = 0
  let unreadable = 0
  for await (const lot of lotsOf(file, formatOf(file, options.format), options, id.slice(0, NAME_CHARS))) {
    const next = row + lot.lines.length
    unreadable += lot.unreadable.length
    reasons.push(...lot.unreadable.slice(0, SHOWN_REASONS))
    if (next > before.nextRow) {
      const receipt = await server.sendLot(id, row, options.tenant, lot.lines)
      reasons.push(...receipt.rejectedRows.map(({ index, detail }) => `event ${index + 1}: ${detail}`))
    }
    row = next
    progress.update(row)
  }
  progress.clear()
  const { stored, rejected } = await server.end(id)
  const seconds = (performance.now() - startMs) / 1_000
  print(`${file}: ${stored} events stored, ${rejected} refused, ${unreadable} rows unreadable`)
  print(`  ${seconds.toFixed(1)} s, ${Math.round(row / seconds)} events/s, ${perSecond(size, seconds)}`)
  for (const reason of reasons.slice(0, SHOWN_REASONS)) print(`  ${reason}`)
  if (reasons.length > SHOWN_REASONS) print(`  … and ${rejected + unreadable - SHOWN_REASONS} more`)
  return rejected === 0 && unreadable === 0
}

/** Names the file by what is in it and by how it is read: the same again is the same import. */
async function idOf(file: string, { columns, preset, format, tenant }: Options): Promise<string> {
  const digest = createHash('sha256').update(JSON.stringify({ columns, preset, format, tenant }))
  for await (const piece of createReadStream(file)) digest.update(piece as Buffer)
  return digest.digest('hex').slice(0, ID_CHARS)
}

async function waitForRecount(server: ImportServer, print: (line: string) => void): Promise<void> {
  const startMs = performance.now()
  const wanted = await server.requestRecount()
  for (;;) {
    const { ended, latest } = await server.recount()
    if (ended >= wanted && latest !== null) {
      const seconds = ((performance.now() - startMs) / 1_000).toFixed(1)
      print(`counted: ${latest.buckets} buckets in ${latest.hours} hours, ${seconds} s`)
      return
    }
    await sleep(POLL_MS)
  }
}

function formatOf(file: string, format: Format | null): Format {
  if (format !== null) return format
  if (/\.parquet$/i.test(file)) return 'parquet'
  return /\.csv(\.gz)?$/i.test(file) ? 'csv' : 'ndjson'
}

function perSecond(bytes: number, seconds: number): string {
  return `${(bytes / 1e6 / seconds).toFixed(2)} MB/s of the file as it is`
}
