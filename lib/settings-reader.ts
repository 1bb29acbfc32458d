// Reads settings from environment variables: typed, with a default each, and all faults reported together.
import { readFileSync } from 'node:fs'
import { Fault } from './fault.ts'
import { nearMisses } from './near-misses.ts'

export type Environment = Readonly<Record<string, string | undefined>>

export class SettingsError extends Fault {
  override readonly name = 'SettingsError'
  readonly faults: readonly string[]
  constructor(faults: readonly string[]) {
    super(`these settings are wrong:\n${faults.map((fault) => `  ${fault}`).join('\n')}`)
    this.faults = faults
  }
}

type WholeNumbers = {
  readonly least: number
  readonly most: number
  /** Whether 0 is one of them though it is less, to turn something off. */
  readonly orZero?: boolean
}

export class SettingsReader {
  readonly #environment: Environment
  /** A set, so that a setting that two parts of a process read is reported once. */
  readonly #faults = new Set<string>()
  readonly #known = new Set<string>()

  constructor(environment: Environment) {
    this.#environment = environment
  }

  /** Throws a SettingsError if a value is wrong, or if a variable's name is nearly that of a setting. */
  check(): void {
    for (const { name, meant } of nearMisses(Object.keys(this.#environment), Array.from(this.#known))) {
      this.#faults.add(`${name} is not a setting: ${meant} is probably meant`)
    }
    if (this.#faults.size > 0) throw new SettingsError(Array.from(this.#faults))
  }

  text(name: string, fallback: string): string {
    return this.#value(name) ?? fallback
  }

  oneOf<T extends string>(name: string, fallback: T, allowed: readonly T[]): T {
    const value = this.#value(name)
    if (value === undefined) return fallback
    const found = allowed.find((candidate) => candidate === value)
    if (found === undefined) this.#fault(name, `must be one of ${allowed.join(', ')}`, value)
    return found ?? fallback
  }

  wholeNumber(name: string, fallback: number, { least, most, orZero = false }: WholeNumbers): number {
    const value = this.#value(name)
    if (value === undefined) return fallback
    const number = Number(value)
    const isIn = (number >= least && number <= most) || (orZero && number === 0)
    if (/^\d+$/.test(value) && isIn) return number
    this.#fault(name, `must be ${orZero ? '0 or ' : ''}a whole number from ${least} to ${most}`, value)
    return fallback
  }

  /** `name=number,name2=number`. */
  counts(name: string): ReadonlyMap<string, number> {
    const value = this.#value(name)
    const counts = new Map<string, number>()
    for (const entry of value === undefined ? [] : value.split(',')) {
      const split = entry.lastIndexOf('=')
      const count = Number(entry.slice(split + 1))
      const key = entry.slice(0, Math.max(split, 0)).trim()
      if (counts.has(key)) this.refuse(`${name} names ${key} twice`)
      if (key !== '' && Number.isSafeInteger(count) && count >= 1) counts.set(key, count)
      else this.#fault(name, 'must be a list like name=2,other=4 of counts of at least 1', entry)
    }
    return counts
  }

  /** A setting with its own syntax: `parse` throws an Error whose message says what is wrong with it. */
  parsed<T>(name: string, parse: (value: string | undefined) => T, fallback: T): T {
    try {
      return parse(this.#value(name))
    } catch (error) {
      this.#faults.add(`${name}: ${error instanceof Error ? error.message : String(error)}`)
      return fallback
    }
  }

  /** A secret may also be in a file that the variable with `_FILE` at its end names. */
  secret(name: string): string | undefined {
    const [value, path] = [this.#value(name), this.#value(`${name}_FILE`)]
    if (path === undefined) return value
    if (value !== undefined) this.refuse(`${name} and ${name}_FILE are both set: leave one out`)
    const content = this.fileContent(`${name}_FILE`)
    if (content === '') this.refuse(`${name}_FILE: ${path} is empty`)
    return content
  }

  parsedSecret<T>(name: string, parse: (value: string | undefined) => T, fallback: T): T {
    const value = this.secret(name)
    return this.parsed(name, () => parse(value || undefined), fallback)
  }

  /** Without blank space at both ends. Undefined if it is not set or cannot be read. */
  fileContent(name: string): string | undefined {
    const path = this.#value(name)
    if (path === undefined) return undefined
    try {
      return readFileSync(path, 'utf8').trim()
    } catch (error) {
      this.refuse(`${name}: ${(error as Error).message}`)
      return undefined
    }
  }

  /** Adds a fault that only several settings together show. */
  refuse(fault: string): void {
    this.#faults.add(fault)
  }

  /** Whether somebody set it, so that it may not go unheeded. */
  isGiven(name: string): boolean {
    return this.#value(name) !== undefined
  }

  #value(name: string): string | undefined {
    this.#known.add(name)
    const value = this.#environment[name]?.trim()
    return value === '' ? undefined : value
  }

  #fault(name: string, rule: string, value: string): void {
    this.#faults.add(`${name} ${rule}, not ${JSON.stringify(value)}`)
  }
}
