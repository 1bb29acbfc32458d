// One import after the other: read and check everything ▸ number equal rows ▸ send batches ▸ end; finally the recount
// that makes them visible.
import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Fault } from '../../lib/fault.ts'
import { EqualRows } from '../../stores/archive/duckdb/equal-rows.ts'
import { STANDARD_INPUT } from '../replay/open-bytes.ts'
import { Progress, type Screen } from '../replay/progress.ts'
import type { Options } from './import-options.ts'
import { lotsOf } from './lots.ts'
import { type Prepared, prepare } from './prepare.ts'
import { ImportServer, type Recount } from './server.ts'
import { type Imported, isWhole, type Print, tellCounted, tellFile, tellReasons } from './tell.ts'
import { UNIT_NAMES } from './time-unit.ts'

const POLL_MS = 500
/** Of a file without a row that could be sent: its import never begins. */
const NOTHING = { nextRow: 0, stored: 0, rejected: 0, firstRejected: [], done: true }

/** Returns whether every row of every file was taken. Fails with a Fault. */
export async function run(options: Options, print: Print, screen: Screen): Promise<boolean> {
  const server = new ImportServer(options.url, options.key)
  for (const file of options.files) await checkThere(file)
  await server.checkThere()
  const scratch = await mkdtemp(join(tmpdir(), 'tally-import-'))
  const equalRows = await EqualRows.open(join(scratch, 'equal-rows'))
  try {
    const files: Imported[] = []
    for (const [index, one] of (await prepareAll(options, equalRows, scratch, print)).entries()) {
      files.push(await importFile(server, one, index, equalRows, options, print, screen))
    }
    if (files.some(({ stored }) => stored > 0)) await tellCounts(server, files, options.wait, print)
    return files.every(isWhole)
  } finally {
    await equalRows.close()
    await rm(scratch, { recursive: true, force: true })
  }
}

async function tellCounts(
  server: ImportServer,
  files: readonly Imported[],
  wait: boolean,
  print: Print,
): Promise<void> {
  if (!wait) {
    print('not waited for: each event is counted by the first recount after its minute is closed')
    return
  }
  const startMs = performance.now()
  const latest = await recounted(server)
  await tellCounted(files, latest, (performance.now() - startMs) / 1_000, print)
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
  options: Options,
  print: Print,
  screen: Screen,
): Promise<Imported> {
  const startMs = performance.now()
  const { id, events } = prepared
  const before = events === 0 ? NOTHING : await server.state(id)
  if (before.nextRow > 0 && !before.done) print(`${prepared.file}: goes on at row ${before.nextRow}`)
  if (!before.done) {
    const progress = new Progress(screen, events)
    for await (const lot of lotsOf(prepared, index, equalRows, options.set, before.nextRow)) {
      await server.sendLot(id, lot.from, options.tenant ?? '', lot.events)
      progress.update(lot.from + lot.events.length)
    }
    progress.clear()
  }
  const imported = { prepared, ...(before.done ? before : await server.end(id)) }
  tellFile(imported, before.done, print)
  if (!before.done && imported.stored > 0) {
    const seconds = (performance.now() - startMs) / 1_000
    print(`  ${seconds.toFixed(1)} s, ${Math.round((events - before.nextRow) / seconds)} events/s`)
  }
  await tellReasons(imported, print)
  return imported
}

async function checkThere(file: string): Promise<void> {
  if (file === STANDARD_INPUT) return
  await stat(file).catch((error: Error) => {
    throw new Fault(`${file} cannot be read: ${error.message}`)
  })
}

/** The newest run that has seen everything that was sent. */
async function recounted(server: ImportServer): Promise<Recount> {
  const wanted = await server.requestRecount()
  for (;;) {
    const { ended, latest } = await server.recount()
    if (ended >= wanted && latest !== null) return latest
    await sleep(POLL_MS)
  }
}
