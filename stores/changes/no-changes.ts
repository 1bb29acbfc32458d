// The change feed where there is none: whoever wants to know has to look.
import type { ChangeSubscriber } from './changes.ts'

export const NO_CHANGES: ChangeSubscriber = {
  subscribe: () => () => {},
  isListening: () => false,
}
