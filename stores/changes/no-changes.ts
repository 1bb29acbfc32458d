// The change feed where there is none: readers have to poll.
import type { ChangeSubscriber } from './changes.ts'

export const NO_CHANGES: ChangeSubscriber = {
  subscribe: () => () => {},
  follow: () => () => {},
  isListening: () => false,
}
