// Of tests that differ only in a theme, a screen or a client, CI runs one of each kind, and npm run nightly all.

/** For `skip` of a test: why CI leaves it out; false elsewhere. */
export const LEFT_TO_NIGHTLY = process.env.LEAVE_TO_NIGHTLY === '1' && 'npm run nightly runs it'
