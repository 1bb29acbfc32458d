// A failure that the user can fix: shown as its message, without a stack.
export class ImportFault extends Error {
  override readonly name = 'ImportFault'
}
