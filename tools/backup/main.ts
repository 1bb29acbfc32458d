// npm run backup: exit code 0 if the backup is whole, 1 if there is none, 2 if the command was used wrongly.
import { helpIfAsked, parsedBy } from '../../lib/command-line.ts'
import { systemClock } from '../../lib/system-clock.ts'
import { readSettings } from '../../services/reconciler/settings.ts'
import { tellFailure } from '../tell-failure.ts'
import { type ClusterOptions, COMMAND, parseOptions } from './backup-options.ts'
import { bytesText } from './byte-progress.ts'
import { openCluster } from './cluster/open-cluster.ts'
import { backUpCluster } from './cluster/run-cluster.ts'
import { removeOlder } from './dated-folders.ts'
import { intoDirectory, run } from './run-backup.ts'

const print = (line: string) => console.log(line)

helpIfAsked(COMMAND, true)
process.umask(0o077)
try {
  const options = parsedBy((args) => parseOptions(args, process.env.ADMIN_KEY, systemClock.nowMs()), COMMAND)
  await (options.isCluster ? ofCluster(options) : run(options, print, process.stderr))
  if (options.kept !== null) {
    const { folder, most } = options.kept
    for (const name of await removeOlder(folder, most)) print(`removed ${folder}/${name}`)
  }
} catch (error) {
  tellFailure(error)
}

async function ofCluster(options: ClusterOptions): Promise<void> {
  const settings = readSettings(process.env)
  const startMs = performance.now()
  const manifest = await intoDirectory(options.out, async () => {
    await using stack = new AsyncDisposableStack()
    const cluster = await openCluster(settings, stack, systemClock, (line) => console.error(line))
    return await backUpCluster(cluster, options.out, systemClock, { print, screen: process.stderr })
  })
  const bytes = manifest.files.reduce((sum, file) => sum + file.bytes, 0)
  const seconds = ((performance.now() - startMs) / 1_000).toFixed(1)
  print(
    `${options.out}: ${bytesText(bytes)} in ${manifest.files.length} files, everything acknowledged before ` +
      `${manifest.asOf}, ${seconds} s`,
  )
}
