import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type Findable, findSections } from './find-section.ts'

const SECTIONS: readonly Findable[] = [
  {
    page: 'Backups',
    heading: 'Restore',
    text: 'npm run restore makes a data directory of a backup.',
    href: 'a',
  },
  { page: 'Run it for real', heading: 'Upgrade', text: 'Make a backup first.', href: 'b' },
  { page: 'HTTP API', heading: 'GET /v1/videos/{videoId}/stats', text: 'One number of a vidéo', href: 'c' },
]

describe('a search finds', () => {
  const check = (wanted: string, ...expected: readonly string[]) =>
    test(`${JSON.stringify(wanted)}: ${expected.join() || 'nothing'}`, () =>
      assert.deepEqual(
        findSections(SECTIONS, wanted, 9).map(({ href }) => href),
        expected,
      ))
  check('backup', 'a', 'b')
  check('BACK', 'a', 'b')
  check('backup upgrade', 'b')
  check('video', 'c')
  check('Vidéo stats', 'c')
  check('backup nowhere')
  check('  ')
})

test('a found section shows the text around the word', () => {
  const [found] = findSections(SECTIONS, 'directory', 1)
  assert.deepEqual(found!.excerpt, {
    ...{ before: 'npm run restore makes a data ', match: 'directory', after: ' of a backup.' },
  })
  const [byHeading] = findSections(SECTIONS, 'upgrade', 1)
  assert.deepEqual(byHeading!.excerpt, { before: '', match: '', after: 'Make a backup first.' })
})
