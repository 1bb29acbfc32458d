// Asks one question after another where the server counts one at a time anyway, and lets few of a reader wait.

export type InTurn = <T>(ask: () => Promise<T>) => Promise<T>

/** Whatever is given to the returned function begins when all before it has ended, well or not. */
export function inTurn(): InTurn {
  let last: Promise<unknown> = Promise.resolve()
  return <T>(ask: () => Promise<T>) => {
    const answer = last.then(ask, ask)
    last = answer
    return answer
  }
}
