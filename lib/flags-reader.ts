// Reads the flags that a command declares: typed, with a default each, and all faults reported together. Pure.
import { parseArgs } from 'node:util'
import { Fault } from './fault.ts'
import type { Flag } from './flags.ts'

export type Flags = Readonly<Record<string, Flag<unknown>>>
type Values<F extends Flags> = { readonly [Name in keyof F]: F[Name] extends Flag<infer T> ? T : never }

export type Command<F extends Flags> = {
  /** How it is called, and what it does. */
  readonly usage: string
  readonly flags?: F
  /** Whether it takes arguments that are not flags: files, names. */
  readonly takesOperands?: boolean
  /** Printed after the flags. */
  readonly notes?: string
}

/** A command was used wrongly: the message has a line for each fault. */
export class UsageFault extends Fault {
  override readonly name = 'UsageFault'
}

const HELP_COLUMNS = 116
/** A longer flag has its help on the next line. */
const FLAG_COLUMNS_MAX = 38

export class FlagsReader<F extends Flags> {
  /** A flag with a wrong value has its default here; `check` then throws. */
  readonly values: Values<F>
  readonly operands: readonly string[]
  /** What is wrong so far. A command adds faults of flags that do not go together. */
  readonly faults: string[] = []
  readonly #flags: Flags
  readonly #given = new Map<string, string[]>()

  constructor({ flags, takesOperands = false }: Command<F>, args: readonly string[]) {
    this.#flags = flags ?? {}
    const options = Object.fromEntries(
      Object.entries(this.#flags).map(([name, { placeholder, short }]) => {
        const type = placeholder === null ? ('boolean' as const) : ('string' as const)
        return [name, { type, multiple: true, ...(short !== undefined && { short }) }]
      }),
    )
    // Not strict, because a strict parseArgs reports only the first fault.
    const { tokens } = parseArgs({
      args: [...args],
      options,
      strict: false,
      allowPositionals: true,
      tokens: true,
    })
    for (const token of tokens) if (token.kind === 'option') this.#take(token)
    this.operands = tokens.flatMap((token) => (token.kind === 'positional' ? [token.value] : []))
    if (!takesOperands) this.faults.push(...this.operands.map((operand) => `${operand} belongs to no flag`))
    this.values = Object.fromEntries(
      Object.keys(this.#flags).map((name) => [name, this.#valueOf(name)]),
    ) as Values<F>
  }

  isGiven(name: keyof F & string): boolean {
    return this.#given.has(name)
  }

  refuseIf(isWrong: boolean, fault: string): void {
    if (isWrong) this.faults.push(fault)
  }

  /** Throws a UsageFault if anything is wrong. */
  check(): void {
    if (this.faults.length > 0) throw new UsageFault(this.faults.join('\n'))
  }

  #take({ name, rawName, value, inlineValue }: Option): void {
    const flag = Object.hasOwn(this.#flags, name) ? this.#flags[name] : undefined
    if (flag === undefined) this.faults.push(`there is no flag ${rawName}`)
    else if (flag.placeholder === null && value !== undefined) this.faults.push(`${rawName} takes no value`)
    // What looks like a flag is one; as a value it is written --name=-value.
    else if (flag.placeholder !== null && (value === undefined || (!inlineValue && /^-./.test(value))))
      this.faults.push(`${rawName} needs a value`)
    else this.#given.set(name, [...(this.#given.get(name) ?? []), value ?? ''])
  }

  #valueOf(name: string): unknown {
    const { fallback, parse } = this.#flags[name]!
    const given = this.#given.get(name)
    if (given === undefined) return fallback
    try {
      return parse(given)
    } catch (error) {
      this.faults.push(`--${name} ${(error as Error).message}`)
      return fallback
    }
  }
}

type Option = {
  readonly name: string
  readonly rawName: string
  readonly value: string | undefined
  readonly inlineValue: boolean | undefined
}

export function helpText({ usage, flags = {}, notes }: Command<Flags>): string {
  const written = Object.entries(flags).map(([name, flag]) => ({ name: nameText(name, flag), flag }))
  const fitting = written.map(({ name }) => name.length).filter((length) => length <= FLAG_COLUMNS_MAX)
  const width = Math.max(0, ...fitting)
  const lines = written.map(({ name, flag }) => {
    const indent = `\n${' '.repeat(width + 5)}`
    const words = wrapped(flag.help, HELP_COLUMNS - width - 5).join(indent)
    return name.length > width ? `  ${name}${indent}${words}` : `  ${name.padEnd(width)}   ${words}`
  })
  const parts = [
    usage,
    ...(lines.length > 0 ? [lines.join('\n')] : []),
    ...(notes === undefined ? [] : [notes]),
  ]
  return parts.join('\n\n')
}

function nameText(name: string, { placeholder, short }: Flag<unknown>): string {
  const letter = short === undefined ? '' : `-${short}, `
  return `${letter}--${name}${placeholder === null ? '' : ` ${placeholder}`}`
}

function wrapped(words: string, columns: number): string[] {
  const lines = ['']
  for (const word of words.split(' ')) {
    const longer = lines.at(-1) === '' ? word : `${lines.at(-1)} ${word}`
    if (longer.length <= columns) lines[lines.length - 1] = longer
    else lines.push(word)
  }
  return lines
}
