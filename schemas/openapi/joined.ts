// Joins the parts of the description, which several services make.

type Parts = Readonly<Record<string, Readonly<Record<string, object>>>>
type All<T> = (T extends unknown ? (all: T) => void : never) extends (all: infer Every) => void
  ? Every
  : never

/**
 * What all parts have, by name. Fails where two have the same name, which would hide what one of them says. `what`
 * names an entry, and the keys of `parts` the places.
 */
export function joined<const P extends Parts>(what: string, parts: P): All<P[keyof P]> {
  const places = new Map<string, string>()
  for (const [place, part] of Object.entries(parts)) {
    for (const name of Object.keys(part)) {
      const other = places.get(name)
      if (other !== undefined) throw new Error(`the ${what} ${name} is in ${other} and in ${place}`)
      places.set(name, place)
    }
  }
  return Object.assign({}, ...Object.values(parts))
}
