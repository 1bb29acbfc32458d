// A failure that the user can act on: shown as its message, without a stack.
export class ExportFault extends Error {
  override readonly name = 'ExportFault'
}
