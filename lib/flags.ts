// The kinds of flags that a command can declare: each with the rule that its value must keep, its default, and a line
// of help. Pure.

export type Flag<T> = {
  /** Stands for the value in the help; null for a switch, which takes none. */
  readonly placeholder: string | null
  readonly help: string
  /** A letter that stands for the name. */
  readonly short?: string
  readonly fallback: T
  /** Of all values that were given, at least one. Throws an Error that says the rule that one of them breaks. */
  readonly parse: (given: readonly string[]) => T
}

type Range = { readonly least: number; readonly most?: number }

/** A flag without a value. */
export function isOn(help: string): Flag<boolean> {
  return { placeholder: null, help, fallback: false, parse: () => true }
}

/** Empty text, as of a variable that is not set, is never taken for a default that is not empty. */
export function text(placeholder: string, help: string): Flag<string | null>
export function text(placeholder: string, help: string, fallback: string): Flag<string>
export function text(placeholder: string, help: string, fallback: string | null = null): Flag<string | null> {
  return parsed(placeholder, helpWith(help, fallback), fallback, (given) => {
    if (given === '' && fallback !== '') throw new Error('must not be empty')
    return given
  })
}

/** The same where empty text has a meaning of its own. */
export function anyText(placeholder: string, help: string): Flag<string | null> {
  return parsed(placeholder, help, null, (given) => given)
}

/** May be given more than once. */
export function texts(placeholder: string, help: string): Flag<readonly string[]> {
  return { placeholder, help, fallback: [], parse: (given) => given }
}

export function wholeNumber<F extends number | null>(
  placeholder: string,
  help: string,
  fallback: F,
  range: Range,
): Flag<number | F> {
  return parsed(placeholder, helpWith(help, fallback), fallback, (given) =>
    numberIn(range, given, 'whole number'),
  )
}

export function number(placeholder: string, help: string, fallback: number, range: Range): Flag<number> {
  return parsed(placeholder, helpWith(help, fallback), fallback, (given) => numberIn(range, given, 'number'))
}

export function oneOf<T extends string, F extends T | null>(
  placeholder: string,
  help: string,
  fallback: F,
  allowed: readonly T[],
): Flag<T | F> {
  return parsed(placeholder, helpWith(help, fallback), fallback, (given) => {
    const found = allowed.find((candidate) => candidate === given)
    if (found === undefined) throw new Error(`must be one of ${allowed.join(', ')}`)
    return found
  })
}

/** A server, without a slash at its end. */
export function url<F extends string | null>(help: string, fallback: F): Flag<string | F> {
  return parsed('URL', helpWith(help, fallback), fallback, (given) => {
    if (!/^https?:$/.test(URL.parse(given)?.protocol ?? '')) throw new Error('must be an http or https URL')
    return given.replace(/\/+$/, '')
  })
}

/**
 * A value with a form of its own, whose help names the default itself. `parse` throws an Error that says the rule that
 * the value breaks. Of several values the last counts.
 */
export function parsed<T, F>(
  placeholder: string,
  help: string,
  fallback: F,
  parse: (given: string) => T,
): Flag<T | F> {
  return { placeholder, help, fallback, parse: (given) => parse(given.at(-1)!) }
}

function numberIn({ least, most = Number.MAX_SAFE_INTEGER }: Range, given: string, kind: string): number {
  const value = given.trim() === '' ? Number.NaN : Number(given)
  const isOfKind = kind === 'number' || Number.isSafeInteger(value)
  if (isOfKind && value >= least && value <= most) return value
  const range = most === Number.MAX_SAFE_INTEGER ? `of at least ${least}` : `from ${least} to ${most}`
  throw new Error(`must be a ${kind} ${range}`)
}

function helpWith(help: string, fallback: string | number | null): string {
  return fallback === null || fallback === '' || fallback === Number.POSITIVE_INFINITY
    ? help
    : `${help} (default ${fallback})`
}
