/** A test that cannot be run, or a system that cannot be tested, in words for whoever started it. */
export class LoadFault extends Error {
  override readonly name = 'LoadFault'
}
