// Some cases of docs/damage.md, each with the expected message; `npm run test:damage` runs them all.
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { type TemporaryDirectory, temporaryDirectory } from '../../testing/temporary-directory.ts'
import { makeData, type Truth } from './data.ts'
import { filesIn, findingOf, type Harm, kindOf, type Outcome } from './harm.ts'

type Case = readonly [kind: RegExp, harm: Harm, outcome: Outcome, words: RegExp]

const CASES: readonly Case[] = [
  [
    /^counts\/….log$/,
    'cut',
    'told',
    /The last \d+ batches that were written to counts are lost.*counted again/,
  ],
  [/^counts\/….log$/, 'deleted', 'told', /The last \d+ batches that were written to counts are lost/],
  [
    /^videos\/….log$/,
    'deleted',
    'told',
    /The last \d+ batches that were written to videos are lost\. Titles/,
  ],
  [
    /^uniques\/….log$/,
    'deleted',
    'told',
    /The last \d+ batches that were written to uniques are lost\. Numbers/,
  ],
  [/^log\/….log$/, 'cut', 'refused', /The last \d+ batches of the log in .* are lost\. Restore/],
  [/^archive\/date=.*\/(events-late|merged-)/, 'deleted', 'told', /raw events of the hour of .* are missing/],
  [/^layouts.json$/, 'deleted', 'refused', /The file .*layouts\.json is lost\. Restore it/],
  [/^keys.json$/, 'flipped', 'refused', /keys\.json .*Restore it from a backup/],
  [/^keys.json$/, 'deleted', 'refused', /keys\.json is lost\. Restore it, or remove .*keys\.json\.mark/],
  [/^log.mark$/, 'deleted', 'told', /log\.mark is lost/],
]

describe('A directory of data', () => {
  let directory: TemporaryDirectory
  let data: string
  let truth: Truth
  let files: string[]

  before(async () => {
    directory = await temporaryDirectory()
    data = join(directory.path, 'data')
    truth = await makeData(data)
    files = await filesIn(data)
  })
  after(() => directory[Symbol.asyncDispose]())

  for (const [kind, harm, outcome, words] of CASES) {
    it(`of which ${kind.source} is ${harm} is ${outcome}`, async () => {
      const file = files.findLast((one) => kind.test(kindOf(one)) || kind.test(one))
      const finding = await findingOf(data, join(directory.path, 'harmed'), file!, harm, truth)
      assert.equal(finding.outcome, outcome, finding.words)
      assert.match(finding.words, words)
    })
  }
})
