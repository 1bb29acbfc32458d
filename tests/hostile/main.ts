// npm run test:hostile: what becomes of events when the server, or what stands before it, is hostile. Every event must
// be stored, or its sender must be told. Fails if one of ours is neither.

import { print } from '../../benchmarks/report.ts'
import { installPeers } from '../../benchmarks/sdk-peers.ts'
import { commandLine } from '../../lib/command-line.ts'
import { isOn } from '../../lib/flags.ts'
import { nineRows } from './nine-rows.ts'

const { values } = commandLine({
  usage: 'npm run test:hostile [-- --peers]',
  flags: { peers: isOn('beside four other clients, which are installed first') },
})
if (values.peers) installPeers()

const faults: string[] = []

const rows = await nineRows(values.peers)
print('Stored, or told that it is not', rows.lines)
faults.push(...rows.faults)

for (const fault of faults) console.error(`test:hostile: ${fault}`)
process.exitCode = faults.length === 0 ? 0 : 1
