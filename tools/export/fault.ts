// A failure that the user can fix: shown as its message, without a stack.
export class ExportFault extends Error {
  override readonly name = 'ExportFault'
}
