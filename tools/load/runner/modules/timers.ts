// The module `k6/timers`: timers of an iteration belong to it.
import { contextFor } from '../context.ts'
import { complete } from '../missing.ts'

const timers = new Map<number, NodeJS.Timeout>()
let lastId = 0

function later(callback: (...args: unknown[]) => void, delayMs: number, ...args: unknown[]): number {
  const { signal } = contextFor('setTimeout')
  const id = ++lastId
  const timer = setTimeout(() => {
    timers.delete(id)
    if (!signal.aborted) callback(...args)
  }, delayMs)
  timers.set(id, timer)
  return id
}

function forget(id: number): void {
  clearTimeout(timers.get(id))
  timers.delete(id)
}

export { forget as clearTimeout, later as setTimeout }
export default complete('k6/timers', { setTimeout: later, clearTimeout: forget })
