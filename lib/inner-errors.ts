// The errors that an error is made of. Pure.

const DEPTH_MAX = 10

/** Itself, its causes, and those of an aggregate or of Cassandra's driver (`innerErrors`, by host), outermost first. */
export function* errorsWithin(error: unknown, depth = 0): Generator<Error> {
  if (!(error instanceof Error) || depth > DEPTH_MAX) return
  yield error
  const { errors, innerErrors } = error as Error & { errors?: unknown; innerErrors?: unknown }
  for (const inner of [error.cause, ...Object.values(errors ?? {}), ...Object.values(innerErrors ?? {})]) {
    yield* errorsWithin(inner, depth + 1)
  }
}
