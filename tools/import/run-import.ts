// One import after the other: read and check everything ▸ number equal rows ▸ send batches ▸ end; finally the recount
// that makes them visible.
import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { EqualRows } from '../../stores/archive/duckdb/equal-rows.ts'
import { STANDARD_INPUT } from '../replay/open-bytes.ts'
import { Progress, type Screen } from '../replay/progress.ts'
import { ImportFault } from './fault.ts'
import type { Options } from './import-options.ts'
import { lotsOf } from './lots.ts'
import { type Prepared, prepare, SHOWN_REASONS } from './prepare.ts'
import { ImportServer } from './server.ts'
import { UNIT_NAMES } from './time-unit.ts'

const POLL_MS = 500

type Print = (line: string) => void

/** Returns whether every row of every file was imported. Fails with an ImportFault or a ReplayFault. */
export async function run(options: Options, print: Print, screen: Screen): Promise<boolean> {
  const server = new ImportServer(options.url, options.key)
  for (const file of options.files) await checkThere(file)
  const scratch = await mkdtemp(join(tmpdir(), 'tally-import-'))
  const equalRows = await EqualRows.open(join(scratch, 'equal-rows'))
  let whole = true
  try {
    const prepared = await prepareAll(options, equalRows, scratch, print)
    for (const [index, one] of prepared.entries()) {
      whole = (await importFile(server, one, index, equalRows, options, print, screen)) && whole
    }
  } finally {
    await equalRows.close()
    await rm(scratch, { recursive: true, force: true })
  }
  if (options.wait) await waitForRecount(server, print)
  return whole
}

async function prepareAll(options: Options, equalRows: EqualRows, scratch: string, print: Print) {
  const prepared: Prepared[] = []
  for (const [index, file] of options.files.entries()) {
    const one = await prepare(file, options, equalRows, { index, scratch, before: prepared.at(-1)?.id ?? '' })
    if (one.unit !== null && options.timeUnit === null) {
      print(`${file}: times that are numbers are taken for ${UNIT_NAMES[one.unit]}`)
    }
    prepared.push(one)
  }
  const shared = await equalRows.compare(options.parts)
  if (shared > 0 && !options.parts) {
    print(
      `${shared} different rows without ids stand in several of these files: each counts as often as in the file`,
    )
    print(
      '  that holds it most. If the files are parts of one (--parts) or of different origins (--set), say so.',
    )
  }
  return prepared
}

async function importFile(
  server: ImportServer,
  prepared: Prepared,
  index: number,
  equalRows: EqualRows,
  { set, tenant }: Options,
  print: Print,
  screen: Screen,
): Promise<boolean> {
  const startMs = performance.now()
  const { file, id, events, unreadable } = prepared
  const before = await server.state(id)
  if (before.done) {
    print(`${file}: was imported before (${before.stored} events): nothing changes`)
    tellReasons(prepared.reasons, unreadable, print)
    return before.rejected === 0 && unreadable === 0
  }
  if (before.nextRow > 0) print(`${file}: goes on at row ${before.nextRow}`)
  const reasons = [...prepared.reasons]
  const progress = new Progress(screen, events)
  for await (const lot of lotsOf(prepared, index, equalRows, set, before.nextRow)) {
    const receipt = await server.sendLot(id, lot.from, tenant ?? '', lot.events)
    for (const { index: at, detail } of receipt.rejectedRows) {
      reasons.push(`line ${lot.lines[at - lot.from]}: ${detail}`)
    }
    progress.update(lot.from + lot.events.length)
  }
  progress.clear()
  const { stored, rejected } = await server.end(id)
  const seconds = (performance.now() - startMs) / 1_000
  print(`${file}: ${stored} events stored, ${rejected} refused, ${unreadable} rows unreadable`)
  print(`  ${seconds.toFixed(1)} s, ${Math.round((events - before.nextRow) / seconds)} events/s`)
  tellReasons(reasons, rejected + unreadable, print)
  return rejected === 0 && unreadable === 0
}

function tellReasons(reasons: readonly string[], count: number, print: Print): void {
  for (const reason of reasons.slice(0, SHOWN_REASONS)) print(`  ${reason}`)
  if (count > SHOWN_REASONS) print(`  … and ${count - SHOWN_REASONS} more`)
}

async function checkThere(file: string): Promise<void> {
  if (file === STANDARD_INPUT) return
  await stat(file).catch((error: Error) => {
    throw new ImportFault(`${file} cannot be read: ${error.message}`)
  })
}

async function waitForRecount(server: ImportServer, print: Print): Promise<void> {
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
