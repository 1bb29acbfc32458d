/** A test that cannot be run, or a system that cannot be tested, with a message for the user. */
export class LoadFault extends Error {
  override readonly name = 'LoadFault'
}
