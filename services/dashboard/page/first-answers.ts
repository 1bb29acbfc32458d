// The answers to what the document has asked itself, each for the first who asks the same.

/** Since the page began: later nobody asks for the first time. */
const KEPT_MS = 10_000

/** Null where it was not asked, or is taken already. */
export function takeFirstAnswer(address: string): Promise<Response> | null {
  const asked: Map<string, Promise<Response>> | undefined = Reflect.get(globalThis, 'tallyFirst')
  const answer = asked?.get(address)
  asked?.delete(address)
  return answer === undefined || performance.now() > KEPT_MS ? null : answer
}
