// Every CQL statement of titles, and nothing else: all of them are prepared at the start. The offset of a record is the
// timestamp of all that it writes.

export const SELECT_STORED = `
  SELECT video, WRITETIME(video) AS offset FROM titles WHERE life = ? AND tenant = ? AND video_id = ?`

export const SELECT_VIDEO = 'SELECT video FROM titles WHERE life = ? AND tenant = ? AND video_id = ?'

export const UPDATE_VIDEO = `
  UPDATE titles USING TIMESTAMP ? SET video = ? WHERE life = ? AND tenant = ? AND video_id = ?`

export const SELECT_ENTRIES = `
  SELECT entry FROM title_index
  WHERE life = ? AND tenant = ? AND kind = ? AND bucket = ? AND shard = ? AND entry >= ? AND entry < ? LIMIT ?`

export const INSERT_ENTRY = `
  INSERT INTO title_index (life, tenant, kind, bucket, shard, entry) VALUES (?, ?, ?, ?, ?, ?) USING TIMESTAMP ?`

export const DELETE_ENTRY = `
  DELETE FROM title_index USING TIMESTAMP ?
  WHERE life = ? AND tenant = ? AND kind = ? AND bucket = ? AND shard = ? AND entry = ?`

export const SELECT_NOTES = `
  SELECT annotation_id, annotation FROM title_notes
  WHERE life = ? AND tenant = ? AND shard = ? AND video_id = ? LIMIT ?`

export const SELECT_NOTES_OF_SHARD = `
  SELECT annotation_id FROM title_notes WHERE life = ? AND tenant = ? AND shard = ? LIMIT ?`

export const INSERT_NOTE = `
  INSERT INTO title_notes (life, tenant, shard, video_id, annotation_id, annotation) VALUES (?, ?, ?, ?, ?, ?)
  USING TIMESTAMP ?`

export const DELETE_NOTE = `
  DELETE FROM title_notes USING TIMESTAMP ?
  WHERE life = ? AND tenant = ? AND shard = ? AND video_id = ? AND annotation_id = ?`

export const DELETE_NOTES = `
  DELETE FROM title_notes USING TIMESTAMP ? WHERE life = ? AND tenant = ? AND shard = ? AND video_id = ?`

export const SELECT_PROGRESS = 'SELECT life, applied_to, is_whole FROM title_progress WHERE topic = ? LIMIT 1'

export const SELECT_WORKER = 'SELECT worker FROM title_progress WHERE topic = ? AND life = ?'

export const BEGIN_LIFE = 'INSERT INTO title_progress (topic, life) VALUES (?, ?) IF NOT EXISTS'

export const CLAIM = `
  UPDATE title_progress USING TTL ? SET worker = ? WHERE topic = ? AND life = ? IF worker = ?`

export const RELEASE = 'UPDATE title_progress SET worker = null WHERE topic = ? AND life = ? IF worker = ?'

export const NOTE_APPLIED = `
  UPDATE title_progress USING TIMESTAMP ? SET applied_to = ? WHERE topic = ? AND life = ?`

export const NOTE_WHOLE = `
  UPDATE title_progress USING TIMESTAMP ? SET is_whole = true WHERE topic = ? AND life = ?`
