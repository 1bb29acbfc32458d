// npm run test:damage: flips a bit in every file of a data directory, cuts the file in half, deletes it, and starts a
// process on it each time. Prints what the process reported, and the table of docs/damage.md; fails if one started
// without any message and answered less.
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { commandLine } from '../../lib/command-line.ts'
import { isOn } from '../../lib/flags.ts'
import { temporaryDirectory } from '../../testing/temporary-directory.ts'
import { makeData } from './data.ts'
import { type Finding, filesIn, findingOf, HARMS } from './harm.ts'
import { tableOf } from './table.ts'

const DOCUMENT = new URL('../../docs/damage.md', import.meta.url)
const TABLE = /\| file \|[\s\S]*?\n\n/

const { values } = commandLine({
  usage: 'npm run test:damage [-- --write]',
  flags: { write: isOn('the table into docs/damage.md') },
})
await using directory = await temporaryDirectory()
const data = join(directory.path, 'data')
const truth = await makeData(data)
const findings: Finding[] = []
for (const file of await filesIn(data)) {
  for (const harm of HARMS) {
    const finding = await findingOf(data, join(directory.path, 'harmed'), file, harm, truth)
    console.log(`${finding.outcome.padEnd(8)} ${harm.padEnd(8)} ${file}: ${finding.words}`)
    findings.push(finding)
  }
}
const table = tableOf(findings)
console.log(`\n${table}`)
if (values.write) {
  const text = await readFile(DOCUMENT, 'utf8')
  await writeFile(DOCUMENT, text.replace(TABLE, `${table}\n\n`))
}
const silent = findings.filter(({ outcome }) => outcome === 'silent')
console.log(`${findings.length} harms, ${silent.length} silent`)
process.exitCode = silent.length === 0 ? 0 : 1
