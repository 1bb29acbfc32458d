// npm run rebuild: exit code 0 if everything is counted again, or would be with --yes; 1 if not, 2 if the command was
// used wrongly.
import { helpIfAsked, parsedBy } from '../../lib/command-line.ts'
import { systemClock } from '../../lib/system-clock.ts'
import { readSettings } from '../../services/reconciler/settings.ts'
import { tellFailure } from '../tell-failure.ts'
import { openCluster } from './cluster/open-cluster.ts'
import { runCluster } from './cluster/run-cluster.ts'
import { settingsFor } from './count-again.ts'
import { COMMAND, type Options, parseOptions } from './rebuild-options.ts'
import { run } from './run-rebuild.ts'

const print = (line: string) => console.log(line)

helpIfAsked(COMMAND)
process.umask(0o077)
try {
  const options = parsedBy(parseOptions, COMMAND)
  const isDone = await (options.isCluster ? ofCluster(options) : ofDirectory(options))
  process.exitCode = isDone ? 0 : 1
} catch (error) {
  tellFailure(error)
}

async function ofDirectory({ dataDirectory, isAgreed }: Options): Promise<boolean> {
  await run(settingsFor(process.env, dataDirectory), isAgreed, systemClock, print, process.stderr)
  return true
}

async function ofCluster({ isAgreed, accepts }: Options): Promise<boolean> {
  const settings = readSettings(process.env)
  await using stack = new AsyncDisposableStack()
  const cluster = await openCluster(settings, stack, systemClock, (line) => console.error(line))
  const command = { settings: settings.batch, isAgreed, accepts }
  return await runCluster(cluster, command, systemClock, { print, screen: process.stderr })
}
