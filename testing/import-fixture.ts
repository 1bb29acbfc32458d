// For tests: imports files into a new server, whose days are closed.
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { MINUTE_MS, MINUTES_PER_DAY } from '../model/bucket.ts'
import { parseOptions } from '../tools/import/import-options.ts'
import { run } from '../tools/import/run-import.ts'
import { AdminWorld } from './admin-fixture.ts'
import { DAY } from './archive-fixture.ts'
import { temporaryDirectory } from './temporary-directory.ts'

export const SCREEN = { isTTY: false, write: () => true }

/** Gives a server, which recounts when it is asked to, and a directory for files. */
export async function withWorld(
  work: (world: AdminWorld, directory: string) => Promise<void>,
): Promise<void> {
  await using directory = await temporaryDirectory()
  const world = new AdminWorld((DAY + 3 * MINUTES_PER_DAY) * MINUTE_MS, join(directory.path, 'scratch'))
  world.app.addHook('onResponse', async ({ method, url }) => {
    if (method === 'POST' && url === '/v1/admin/recount') await world.layer.reconciler.runOnce()
  })
  await work(world, directory.path).finally(() => world.app.close())
}

/** Runs the command; returns its output, and whether every row was imported. */
export async function imported(world: AdminWorld, ...args: string[]) {
  const lines: string[] = []
  const options = parseOptions([...args, '--url', await world.url(), '--no-wait'], undefined)
  const whole = await run(options, (line) => lines.push(line), SCREEN)
  return { whole, lines }
}

/** The same, waiting until what can be counted is. */
export async function importedAndCounted(world: AdminWorld, ...args: string[]) {
  const lines: string[] = []
  const options = parseOptions([...args, '--url', await world.url()], undefined)
  const whole = await run(options, (line) => lines.push(line), SCREEN)
  return { whole, lines }
}

/** The views of v1 in the hour after importing these files, each by a separate command. */
export async function countsAfter(
  world: AdminWorld,
  directory: string,
  files: Readonly<Record<string, string | Buffer>>,
  ...flags: string[]
): Promise<number[]> {
  const counts: number[] = []
  for (const [name, content] of Object.entries(files)) {
    await writeFile(join(directory, name), content)
    await imported(world, join(directory, name), ...flags)
    counts.push(await viewsCounted(world))
  }
  return counts
}

export async function viewsCounted(world: AdminWorld): Promise<number> {
  const { buckets } = await world.archive.recount({
    ...{ hours: [DAY], beforeMinute: DAY + 60, horizonMs: 0, aheadMs: 0 },
  })
  let count = 0
  for await (const lot of buckets) for (const { all } of lot) count += all.count
  return count
}
