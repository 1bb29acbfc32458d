// Flags that documents give to `npm run …` are flags of these programs: each is asked for its own help.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { promisify } from 'node:util'
import { programOf } from './npm-scripts.ts'
import { documentPaths, root } from './source-file.ts'

type Use = { readonly place: string; readonly command: string; readonly flags: readonly string[] }

/** Up to the end of the command: a comment, another command, or the end of a piece of code in a sentence. */
const COMMAND = /npm (?:run ([a-z][\w:-]*)|(start)) -- ([^`|\n#;)&]*)/g
const FLAG = /(?:^|[\s[])(--[a-z][\w-]*)/g
/** Of every program. */
const HELP = '--help'

const uses = documentPaths().flatMap((place): (Use & { name: string })[] => {
  const text = readFileSync(join(root, place), 'utf8').replaceAll('\\\n', ' ')
  return Array.from(text.matchAll(COMMAND), ([command, script, start, args = '']) => ({
    ...{ place, command: command.trim(), name: (script ?? start)! },
    flags: Array.from(args.matchAll(FLAG), ([, flag]) => flag!).filter((flag) => flag !== HELP),
  })).filter(({ flags }) => flags.length > 0)
})
const byProgram = Map.groupBy(uses, ({ name }) => name)

describe('a flag in a document is one of its program', { concurrency: availableParallelism() }, () => {
  for (const [name, some] of byProgram) {
    test(name, async () => {
      const known = await helpOf(name, [])
      for (const { place, command, flags } of some) {
        // A benchmark has flags of its own.
        const [, operand = ''] = / -- ([a-z][a-z-]*)/.exec(command) ?? []
        const lacking = flags.filter((flag) => !has(known, flag))
        const all = lacking.length === 0 || operand === '' ? known : known + (await helpOf(name, [operand]))
        assert.deepEqual(
          flags.filter((flag) => !has(all, flag)),
          [],
          `${place}: ${command}`,
        )
      }
    })
  }
})

test('documents use most of the programs', () => {
  assert.ok(byProgram.size > 20, `${byProgram.size}`)
})

async function helpOf(name: string, operands: readonly string[]): Promise<string> {
  const program = programOf(name)
  assert.ok(program, `${name} runs no program of ours`)
  const { stdout } = await promisify(execFile)(process.execPath, [program, ...operands, HELP], { cwd: root })
  return stdout
}

function has(help: string, flag: string): boolean {
  return new RegExp(`${flag}(?![\\w-])`).test(help)
}
