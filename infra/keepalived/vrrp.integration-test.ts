// Two nginx with keepalived, each in a network namespace of its own, and a client that knows only the address that they
// share. Needs root; installs what is missing; needs neither Kafka nor Cassandra.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { temporaryDirectory } from '../../testing/temporary-directory.ts'
import { installPackage } from '../native/debian.ts'
import { nginx } from '../native/nginx.ts'
import { until } from './condition.ts'
import { canMakeNetworks, Networks } from './networks.ts'
import { VirtualMachine } from './virtual-machine.ts'
import { Watcher } from './watcher.ts'

/** After a change, so many in a row come from the new one. */
const ANSWERS = 10
const skip = !(await canMakeNetworks()) && 'needs root and network namespaces'

test('one address of two balancers survives the loss of either', { skip }, async (t) => {
  await nginx.install('')
  await installPackage({
    name: 'keepalived',
    program: 'keepalived',
    unit: 'keepalived',
    versionFlag: '--version',
  })
  await using directory = await temporaryDirectory()
  await using networks = await Networks.make()
  networks.serve()
  const first = await VirtualMachine.start(networks, directory.path, 1)
  const second = await VirtualMachine.start(networks, directory.path, 2)
  await until(
    'one of them has the address',
    async () => (await first.isMaster()) !== (await second.isMaster()),
  )
  const [master, backup] = (await first.isMaster()) ? [first, second] : [second, first]
  await using watcher = new Watcher(networks)
  await watcher.untilAnswered(1)

  const killedMs = performance.now()
  await master.killNginx()
  await until('the other one has the address', () => backup.isMaster())
  await watcher.untilAnswered(ANSWERS)
  t.diagnostic(`nginx killed: no answer for ${watcher.longestGapMs(killedMs)} ms`)

  await master.startNginx()
  await until('the first one works again', () => master.isWell())
  assert.ok(await backup.isMaster(), 'the address stays where it is')

  const unpluggedMs = performance.now()
  await networks.unplug(backup.name)
  await until('the first one has the address again', () => master.isMaster())
  await watcher.untilAnswered(ANSWERS)
  t.diagnostic(`machine gone: no answer for ${watcher.longestGapMs(unpluggedMs)} ms`)
})
