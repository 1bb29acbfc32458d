/** A failure that whoever started a command can act on: shown as its message, without a stack. */
export class Fault extends Error {
  override readonly name: string = 'Fault'
}
