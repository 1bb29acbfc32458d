// Reads the parameters of one request by name and gathers everything that is wrong with them, so that the
// sender hears of all faults at once. Knows no particular question.
import { type Fault, ProblemError } from '../http/problem.ts'

/** As the server hands them over: a name given twice has an array. */
export type RawParameters = Readonly<Record<string, unknown>>

type QueryFaultCode =
  | 'unknown_parameter'
  | 'repeated_parameter'
  | 'missing_parameter'
  | 'invalid_parameter'
  | 'inverted_range'
  | 'range_too_long'
  | 'resolution_expired'

export type QueryFault = Fault & { readonly parameter: string; readonly code: QueryFaultCode }

/** So that a refusal is not many times as long as the request. */
const UNKNOWN_NAMES_MAX = 10
const SHOWN_NAME_LENGTH_MAX = 64

export class Parameters {
  readonly #raw: RawParameters
  readonly #faults: QueryFault[] = []

  constructor(raw: RawParameters, known: readonly string[]) {
    this.#raw = raw
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
   * What `parse` makes of the text, or undefined, with a fault where the text is there but `parse` gives
   * null.
   */
  optional<T>(name: string, rule: string, parse: (text: string) => T | null): T | undefined {
    const given = this.#raw[name]
    if (given === undefined) return undefined
    if (typeof given !== 'string') {
      this.fault({ parameter: name, code: 'repeated_parameter', detail: `${name} may be given only once.` })
      return undefined
    }
    const value = parse(given)
    if (value !== null) return value
    this.fault({ parameter: name, code: 'invalid_parameter', detail: `${name} must be ${rule}.` })
    return undefined
  }

  /**
   * Like `optional`, and a fault where the parameter is missing. The value may be used once `check` has
   * passed.
   */
  required<T>(name: string, rule: string, parse: (text: string) => T | null): T {
    if (this.#raw[name] === undefined) {
      const detail = `${name} is required and must be ${rule}.`
      this.fault({ parameter: name, code: 'missing_parameter', detail })
    }
    return this.optional(name, rule, parse) as T
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

/** A parser of exactly these words. */
export function oneOf<T extends string>(words: readonly T[]): (text: string) => T | null {
  return (text) => words.find((word) => word === text) ?? null
}
