// What the player helper uses of its page, in one place, so that tests can control it. It names of the DOM only what
// it needs: the SDK is compiled without the DOM, too.
import { PlaySessions, type Storage } from './play-session.ts'

type Listen = (type: string, listener: (event: { readonly type: string }) => void, capture?: boolean) => void

export type Page = {
  /** Listeners are called in the capture phase: before those of a client that sends what it has when a page goes. */
  readonly window: { readonly addEventListener: Listen; readonly removeEventListener: Listen }
  isHidden(): boolean
  /** Of a clock that never steps back. */
  nowMs(): number
  epochMs(): number
  /** Calls until it is stopped. */
  every(ms: number, call: () => void): () => void
  /** Those of the tab: the same object for all elements of the page. */
  sessions(): PlaySessions
}

type Globals = Page['window'] & {
  readonly document: { readonly hidden: boolean }
  readonly sessionStorage: Storage
}

const globals = globalThis as unknown as Globals
let sessions: PlaySessions | undefined

export const browserPage: Page = {
  window: globals,
  isHidden: () => globals.document.hidden,
  nowMs: () => performance.now(),
  epochMs: () => Date.now(),
  every(ms, call) {
    const timer = setInterval(call, ms)
    return () => clearInterval(timer)
  },
  sessions() {
    sessions ??= new PlaySessions(tabStorage(), newId)
    return sessions
  },
}

/** Survives a reload. The mere name throws in a frame that is refused storage. */
function tabStorage(): Storage | null {
  try {
    return globals.sessionStorage
  } catch {
    return null
  }
}

/** 128 random bits; not randomUUID, which pages without TLS lack. */
function newId(): string {
  return Array.from(crypto.getRandomValues(new Uint32Array(4)), (word) => word.toString(36)).join('-')
}
