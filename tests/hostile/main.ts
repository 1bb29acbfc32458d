// npm run test:hostile: what becomes of events when the server, or what stands before it, is hostile. Every event must
// be stored, or its sender must be told. Fails if one of ours is neither, or if a broken client goes unnoticed.
import { print } from '../../benchmarks/report.ts'
import { installPeers } from '../../benchmarks/sdk-peers.ts'
import { commandLine } from '../../lib/command-line.ts'
import { isOn, text, wholeNumber } from '../../lib/flags.ts'
import { nineRows } from './nine-rows.ts'
import { huntClientMutants, runSeededClients } from './virtual-clients.ts'

const SEEDS_DEFAULT = 10_000

const { values } = commandLine({
  usage: `npm run test:hostile                     nine rows of faults, seeded runs in virtual time, broken clients
npm run test:hostile -- --peers          the rows beside four other clients, which are installed first
npm run test:hostile -- --seed N         one of the runs
npm run test:hostile -- --mutants        every broken client, each until a seed catches it
npm run test:hostile -- --mutant NAME    one of them`,
  flags: {
    peers: isOn('beside four other clients'),
    seeds: wholeNumber('N', 'how many runs', SEEDS_DEFAULT, { least: 0 }),
    from: wholeNumber('N', 'their first seed', 1, { least: 0 }),
    seed: wholeNumber('N', 'the run of this seed alone', null, { least: 0 }),
    mutants: isOn('broken clients alone'),
    mutant: text('NAME', 'this one alone'),
  },
})
const { peers, from, seed, seeds, mutants, mutant } = values

async function isSound(): Promise<boolean> {
  if (seed !== null) return runSeededClients(seed, 1)
  if (mutants || mutant !== null) return huntClientMutants(mutant)
  const rowsHold = await checkRows()
  const seedsHold = await runSeededClients(from, seeds)
  return (await huntClientMutants()) && seedsHold && rowsHold
}

async function checkRows(): Promise<boolean> {
  if (peers) installPeers()
  const { lines, faults } = await nineRows(peers)
  print('Stored, or told that it is not', lines)
  for (const fault of faults) console.error(`test:hostile: ${fault}`)
  return faults.length === 0
}

process.exitCode = (await isSound()) ? 0 : 1
