// npm start: everything in one process. Prints one line, `ready http://…`, when it can take events.
import { SettingsError } from '../settings/settings-reader.ts'
import { readSettings } from './settings.ts'
import { type Standalone, startStandalone } from './standalone.ts'

const standalone = await start()
console.log(`ready ${standalone.url}`)

let stopping = false
for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.on(signal, () => {
    if (stopping) return
    stopping = true
    standalone.stop().then(
      () => process.exit(0),
      (error) => fail(error),
    )
  })
}

async function start(): Promise<Standalone> {
  try {
    return await startStandalone(readSettings(process.env))
  } catch (error) {
    return fail(error)
  }
}

/** What a person can mend is said in words; only the unexpected shows where it came from. */
function fail(error: unknown): never {
  const expected = error instanceof SettingsError || (error instanceof Error && 'code' in error)
  console.error(expected ? `tally: ${(error as Error).message}` : error)
  process.exit(1)
}
