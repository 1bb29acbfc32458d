// npm run test:hostile: the SDK against servers that reset, hang, lie, redirect, throttle and half-answer. Exit code 0
// where no event is called delivered that is not stored, none is lost in silence, and every broken client is caught.
import { commandLine } from '../../lib/command-line.ts'
import { isOn, text, wholeNumber } from '../../lib/flags.ts'
import { huntClientMutants, runSeededClients } from './virtual-clients.ts'

const SEEDS_DEFAULT = 10_000

const { values } = commandLine({
  usage: `npm run test:hostile                     seeded runs in virtual time, then every broken client
npm run test:hostile -- --seed N         one of the runs
npm run test:hostile -- --mutants        every broken client, each until a seed catches it
npm run test:hostile -- --mutant NAME    one of them`,
  flags: {
    seeds: wholeNumber('N', 'how many runs', SEEDS_DEFAULT, { least: 0 }),
    from: wholeNumber('N', 'their first seed', 1, { least: 0 }),
    seed: wholeNumber('N', 'the run of this seed alone', null, { least: 0 }),
    mutants: isOn('broken clients alone'),
    mutant: text('NAME', 'this one alone'),
  },
})
const { from, seed, seeds, mutants, mutant } = values

if (seed !== null) process.exitCode = (await runSeededClients(seed, 1)) ? 0 : 1
else if (mutants || mutant !== null) process.exitCode = (await huntClientMutants(mutant)) ? 0 : 1
else {
  const clean = await runSeededClients(from, seeds)
  const caught = await huntClientMutants()
  process.exitCode = clean && caught ? 0 : 1
}
