// A failure that the user can fix: shown as its message, without a stack.
export class ReplayFault extends Error {
  override readonly name = 'ReplayFault'
}
