// npm run infra: starts and stops the real servers from the command line.
import { helpIfAsked } from '../lib/command-line.ts'
import { Fault } from '../lib/fault.ts'
import { helpText } from '../lib/flags-reader.ts'
import { interruption } from '../lib/interruption.ts'
import { InfraFault } from './fault.ts'
import { COMMAND, parseCommandLine, type Task } from './infra-options.ts'
import { endpointOf } from './nodes.ts'
import { openServers, type Servers } from './servers.ts'
import { readInfraSettings } from './settings.ts'

helpIfAsked(COMMAND)
const interrupted = interruption()
try {
  const { task, environment } = parseCommandLine(process.argv.slice(2), process.env)
  const servers = await openServers(readInfraSettings(environment))
  await run(task, servers)
} catch (error) {
  if (!(error instanceof Fault)) throw error
  console.error(`infra: ${error.message}`)
  if (interrupted.aborted) process.exit(1) // also in the middle of a download
  if (error instanceof InfraFault && error.code === 'usage') console.error(`\n${helpText(COMMAND)}`)
  process.exitCode = 1
}

async function run(task: Task, servers: Servers): Promise<void> {
  switch (task.action) {
    case 'up':
      for (const [kind, endpoints] of Object.entries(await servers.up(task.wanted, interrupted))) {
        console.log(kind.padEnd(10), endpoints.join(','))
      }
      return
    case 'down':
      return servers.down(task.kinds, { wipe: task.wipe })
    case 'status':
      return printStatus(servers)
    case 'logs':
      console.log(await servers.logs(task.name))
      return
    case 'start':
    case 'kill':
    case 'pause':
    case 'resume':
      return servers[task.action](task.name)
  }
}

async function printStatus(servers: Servers): Promise<void> {
  const statuses = await servers.status()
  if (statuses.length === 0) console.log('Nothing was brought up.')
  for (const { node, state, pid } of statuses) {
    const process = pid === null ? '' : `pid ${pid}`
    console.log(node.name.padEnd(12), state.padEnd(7), endpointOf(node, servers.settings).padEnd(26), process)
  }
}
