// How a process tells where a request spent its time: the port. Without it, work is only done.

export type Traces = {
  /** Does work that a request waits for. What is not done in the course of one is not told. */
  during<T>(name: string, work: () => Promise<T>): Promise<T>
}

export const NO_TRACES: Traces = { during: (_name, work) => work() }

type Method = (...asked: unknown[]) => Promise<unknown>

/** A store of which these methods are told, by their names below `of`; the store itself where nothing is. */
export function traced<Store extends object, Name extends keyof Store & string>(
  traces: Traces,
  of: string,
  store: Store,
  names: readonly Name[],
): Store {
  if (traces === NO_TRACES) return store
  const methods = new Map<PropertyKey, Method>(
    names.map((name) => {
      const method = store[name] as Method
      return [name, (...asked) => traces.during(`${of} ${name}`, () => method.apply(store, asked))]
    }),
  )
  return new Proxy(store, {
    get: (target, name) => {
      const known = methods.get(name)
      if (known !== undefined) return known
      const value = Reflect.get(target, name, target)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
}
