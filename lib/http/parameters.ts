// Reads the parameters of one request by name, from an address or a JSON body, and collects everything that is wrong
// with them, so that the sender learns of all faults at once. Knows no particular query.
import { type Fault, ProblemError } from './problem.ts'

/** As the server passes them: in an address, a name given twice has an array. */
export type RawParameters = Readonly<Record<string, unknown>>

type QueryFaultCode =
  | 'unknown_parameter'
  | 'repeated_parameter'
  | 'missing_parameter'
  | 'invalid_parameter'
  | 'inverted_range'
  | 'range_too_long'
  | 'before_2000'
  | 'resolution_expired'
  | 'too_large'

export type QueryFault = Fault & { readonly parameter: string; readonly code: QueryFaultCode }

/** Keeps a refusal from being many times as long as the request. */
const UNKNOWN_NAMES_MAX = 10
const SHOWN_NAME_LENGTH_MAX = 64

/** Parameters of an address are texts; a field of a body is `unknown`. */
export class Parameters<Given = string> {
  readonly #raw: RawParameters
  readonly #place: 'address' | 'body'
  readonly #faults: QueryFault[] = []

  constructor(raw: RawParameters, known: readonly string[], place: 'address' | 'body' = 'address') {
    this.#raw = raw
    this.#place = place
    const unknown = Object.keys(raw).filter((name) => !known.includes(name))
    for (const name of unknown.slice(0, UNKNOWN_NAMES_MAX)) {
      const parameter = name.slice(0, SHOWN_NAME_LENGTH_MAX)
      const detail = `${parameter} is not known here; known are ${known.join(', ')}.`
      this.fault({ parameter, code: 'unknown_parameter', detail })
    }
  }

  fault(fault: QueryFault): void {
    this.#faults.push(fault)
  }

  /**
   * The parsed value; undefined if none is given. If `parse` returns null, a fault is noted and it is undefined too.
   */
  optional<T>(name: string, rule: string, parse: (given: Given) => T | null): T | undefined {
    const given = this.#raw[name]
    if (given === undefined) return undefined
    if (this.#place === 'address' && typeof given !== 'string') {
      this.fault({ parameter: name, code: 'repeated_parameter', detail: `${name} may be given only once.` })
      return undefined
    }
    const value = parse(given as Given)
    if (value !== null) return value
    this.fault({ parameter: name, code: 'invalid_parameter', detail: `${name} must be ${rule}.` })
    return undefined
  }

  /**
   * Like `optional`, and a fault where the parameter is missing. The value may be used once `check` has
   * passed.
   */
  required<T>(name: string, rule: string, parse: (given: Given) => T | null): T {
    if (this.#raw[name] === undefined) {
      const detail = `${name} is required and must be ${rule}.`
      this.fault({ parameter: name, code: 'missing_parameter', detail })
    }
    return this.optional(name, rule, parse) as T
  }

  /** The parsed values of 1 to `itemsMax` different texts, given under one name. */
  list<T>(name: string, rule: string, itemsMax: number, parse: (text: string) => T | null): readonly T[] {
    const given = [this.#raw[name] ?? []].flat()
    if (given.length === 0) {
      const detail = `${name} is required, once or more, and must be ${rule}.`
      this.fault({ parameter: name, code: 'missing_parameter', detail })
    }
    const texts = [...new Set(given)]
    const values = texts.map((text) => (typeof text === 'string' ? parse(text) : null))
    if (texts.length <= itemsMax && !values.includes(null)) return values as T[]
    const detail = `Each ${name} must be ${rule}; there may be ${itemsMax} of them.`
    this.fault({ parameter: name, code: 'invalid_parameter', detail })
    return []
  }

  /** Like `list`, but there may be none. */
  optionalList<T>(
    name: string,
    rule: string,
    itemsMax: number,
    parse: (text: string) => T | null,
  ): readonly T[] {
    return this.#raw[name] === undefined ? [] : this.list(name, rule, itemsMax, parse)
  }

  /** Fails with ProblemError `invalid-request` where there is any fault. */
  check(): void {
    if (this.#faults.length > 0) throw invalidRequest(this.#faults)
  }
}

export function invalidRequest(faults: readonly QueryFault[]): ProblemError {
  return new ProblemError({
    type: 'invalid-request',
    detail: faults.map(({ detail }) => detail).join(' '),
    errors: faults,
  })
}

/** For a single fault; `rule` continues the sentence that begins with the parameter's name. */
export function invalidParameter(parameter: string, rule: string): ProblemError {
  const name = parameter.slice(0, SHOWN_NAME_LENGTH_MAX)
  return invalidRequest([{ parameter: name, code: 'invalid_parameter', detail: `${name} ${rule}` }])
}

/** The fields of a JSON body. Fails with ProblemError `invalid-request` if it is not an object. */
export function objectOf(body: unknown): RawParameters {
  if (typeof body === 'object' && body !== null && !Array.isArray(body)) return body as RawParameters
  throw invalidParameter('body', 'must be a JSON object.')
}

/** A parser of exactly these words. */
export function oneOf<T extends string>(words: readonly T[]): (given: unknown) => T | null {
  return (given) => words.find((word) => word === given) ?? null
}

/** A parser of a whole number from 1 to `most`, written in digits alone. */
export function countTo(most: number): (text: string) => number | null {
  return (text) => {
    const count = Number(text)
    return /^\d+$/.test(text) && count >= 1 && count <= most ? count : null
  }
}

/** A parser of a list of 1 to `itemsMax` different items, or of one alone. */
export function listOf<T>(parse: (given: unknown) => T | null, itemsMax: number) {
  return (given: unknown): readonly T[] | null => {
    const items = [given].flat().map(parse)
    if (items.length === 0 || items.length > itemsMax || new Set(items).size < items.length) return null
    return items.includes(null) ? null : (items as T[])
  }
}
