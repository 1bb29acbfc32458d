// npm run restore: exit code 0 if everything is restored, 1 if not, 2 if the command was used wrongly.
import { helpIfAsked, parsedBy } from '../../lib/command-line.ts'
import { systemClock } from '../../lib/system-clock.ts'
import { tellFailure } from '../tell-failure.ts'
import { openCluster, readRestoreSettings } from './cluster/open-cluster.ts'
import { checkedBackup, restoreCluster } from './cluster/run-cluster.ts'
import { COMMAND, parseOptions } from './restore-options.ts'
import { run } from './run-restore.ts'

const print = (line: string) => console.log(line)

helpIfAsked(COMMAND, true)
process.umask(0o077) // LevelDB makes files by it
try {
  const { from, dataDirectory } = parsedBy(parseOptions, COMMAND)
  await (dataDirectory === null ? ofCluster(from) : run({ from, dataDirectory }, print, process.stderr))
} catch (error) {
  tellFailure(error)
}

async function ofCluster(from: string): Promise<void> {
  const settings = readRestoreSettings(process.env)
  const said = { print, screen: process.stderr }
  const backup = await checkedBackup(from, systemClock, said) // before any server is waited for
  await using stack = new AsyncDisposableStack()
  const cluster = await openCluster(settings, stack, systemClock, (line) => console.error(line))
  await restoreCluster(cluster, backup, systemClock, said)
}
