// A whole replay: truth → server → run → report.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readTruth, type Truth } from './file-counts.ts'
import type { Screen } from './progress.ts'
import type { Options } from './replay-options.ts'
import { failed, type Outcome, reportLines } from './report.ts'
import { run } from './run-replay.ts'
import { ServerProcess } from './server-process.ts'

export type Surroundings = {
  /** How to start the tool's own server. */
  readonly serverCommand: readonly [string, ...string[]]
  readonly print: (line: string) => void
  readonly screen: Screen
}

/**
 * True when every answer is right. Fails with a Fault or a TallyError where it does not come to that,
 * or with the reason for which `ending` was aborted.
 */
export async function replay(
  options: Options,
  around: Surroundings,
  ending = new AbortController(),
): Promise<boolean> {
  const truth = await readTruth(options)
  try {
    if (options.url === null) return await replayOnOwnServer(options, truth, around, ending)
    const kill = () => Promise.reject(new Error('only a server of our own is killed'))
    return verdict(await run(options, truth, { url: options.url, kill }, around.screen, ending), around)
  } catch (error) {
    throw ending.signal.aborted ? ending.signal.reason : error
  }
}

async function replayOnOwnServer(
  options: Options,
  truth: Truth,
  around: Surroundings,
  ending: AbortController,
): Promise<boolean> {
  const dataDir = options.dataDir ?? (await mkdtemp(join(tmpdir(), 'tally-replay-')))
  const onCrash = (fault: Error) => ending.abort(fault)
  const server = new ServerProcess({ command: around.serverCommand, dataDir, onCrash })
  let agreed = false
  try {
    await server.start()
    const target = { url: server.url, kill: () => server.killAndRestart() }
    agreed = verdict(await run(options, truth, target, around.screen, ending), around)
    return agreed
  } finally {
    await server.stop()
    if (agreed && options.dataDir === null) await rm(dataDir, { recursive: true })
    else around.print(`the data of the server: ${dataDir}`)
  }
}

function verdict(outcome: Outcome, around: Surroundings): boolean {
  for (const line of reportLines(outcome)) around.print(line)
  return !failed(outcome)
}
