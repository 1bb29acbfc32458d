/** One request, and what came back. */
export type Sent = {
  readonly form: string
  readonly videoId: string
  /** The body of the answer. */
  readonly answer: string
}

/** What each form sends: three events of this value, and one of them again. */
export const EXPECTED = { count: 3, sum: 4.5 } as const
