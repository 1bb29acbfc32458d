// How a process tells where a request spent its time: the port. Without it, work is only done.

export type Traces = {
  /** Does work that a request waits for. What is not done in the course of one is not recorded. */
  during<T>(name: string, work: () => Promise<T>): Promise<T>
  /** The context for spans of others in the trace of the current request; null where it is not sampled. */
  traceparent(): string | null
  /** Adds this to the span of that request. */
  note(name: string, value: string): void
  /** Records what came of that request afterwards, each step as a child of the one before. */
  later(traceparent: string, steps: readonly Step[]): void
}

/** Times in epoch ms. */
export type Step = {
  readonly name: string
  readonly fromMs: number
  readonly toMs: number
  readonly about: Readonly<Record<string, string | number>>
}

export const NO_TRACES: Traces = {
  during: (_name, work) => work(),
  traceparent: () => null,
  note: () => {},
  later: () => {},
}

type Method = (...asked: unknown[]) => Promise<unknown>

/** A store whose calls of these methods are recorded, by their names below `of`; itself where nothing is recorded. */
export function traced<Store extends object, Name extends keyof Store & string>(
  traces: Pick<Traces, 'during'>,
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
