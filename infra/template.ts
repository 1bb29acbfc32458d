// Fills @NAME@ places of a configuration file. Pure.

/** Throws if a placeholder has no value or a value has no placeholder: both are mistakes of the caller. */
export function fill(template: string, values: Readonly<Record<string, string | number>>): string {
  const unused = new Set(Object.keys(values))
  const text = template.replace(/@([A-Z][A-Z_]*)@/g, (_, name: string) => {
    unused.delete(name)
    if (!Object.hasOwn(values, name)) throw new Error(`The template wants @${name}@, which has no value.`)
    return String(values[name])
  })
  if (unused.size > 0) throw new Error(`The template has no place for ${Array.from(unused).join(', ')}.`)
  return text
}
