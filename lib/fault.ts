/** A failure that the user can fix: shown as its message, without a stack. */
export class Fault extends Error {
  override readonly name: string = 'Fault'
}
