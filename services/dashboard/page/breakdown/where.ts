// Which events a page looks at: only those that have a value of an attribute. As in the address of a question,
// `country:DE`; a colon may be part of the value. Pure.

/** An event without the attribute has the value ''. */
export type Filter = { readonly by: string; readonly value: string }
/** All of them hold; each attribute stands here once. */
export type Where = readonly Filter[]
export type Filtered = { readonly where: Where }

const PAIR = /^([A-Za-z][A-Za-z0-9._-]{0,63}):(.{0,256})$/s
const FILTERS_MAX = 12

/** What is no pair is left out, and so is another value of an attribute that has one. */
export function whereOf(pairs: readonly string[]): Where {
  const filters = new Map<string, Filter>()
  for (const pair of pairs) {
    const [, by, value] = PAIR.exec(pair) ?? []
    if (by !== undefined && !filters.has(by)) filters.set(by, { by, value: value! })
  }
  return Array.from(filters.values()).slice(0, FILTERS_MAX)
}

export function wherePairs(where: Where): readonly string[] {
  return where.map(({ by, value }) => `${by}:${value}`)
}

/** As a body has it. */
export function whereBody(where: Where): Readonly<Record<string, string>> {
  return Object.fromEntries(where.map(({ by, value }) => [by, value]))
}

export function isFilteredBy(where: Where, { by, value }: Filter): boolean {
  return where.some((one) => one.by === by && one.value === value)
}

/** With the filter, or without it where it was there. */
export function toggled(where: Where, filter: Filter): Where {
  const others = where.filter(({ by }) => by !== filter.by)
  return isFilteredBy(where, filter) ? others : [...others, filter]
}
