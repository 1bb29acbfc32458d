// Every CQL statement of the sketches, and nothing else: all of them are prepared at the start.

export const RAISE_REGISTERS = `
  UPDATE uniques USING TIMESTAMP ? AND TTL ? SET registers = registers + ?
  WHERE tenant = ? AND video_id = ? AND resolution = ? AND period = ? AND start = ?`

/** Over all partitions, a page at a time. */
export const SELECT_STORED_SKETCHES = 'SELECT tenant, video_id, resolution, start, registers FROM uniques'

export const SELECT_REGISTERS = `
  SELECT registers FROM uniques
  WHERE tenant = ? AND video_id = ? AND resolution = ? AND period = ? AND start >= ? AND start <= ?`
