// An update is one statement: it reads the row, sets it if the revision is still the one that was read, and writes the
// audit entry.

import { DEFAULTS } from "./settings.js";

// Many connections change the most active users at once.
const ATTEMPTS = 200;

const CHANGE = `
  WITH current AS (
    SELECT user_id, revision, choices FROM users WHERE user_id = $1
  ), updated AS (
    UPDATE users SET
      revision = users.revision + 1,
      choices = users.choices || jsonb_build_object($2::text, $3::jsonb),
      versions = users.versions || jsonb_build_object('messaging', jsonb_build_array(users.revision + 1, $4::bigint))
    FROM current
    WHERE users.user_id = $1 AND users.revision = current.revision
    RETURNING users.choices, current.choices -> $2 AS old_value
  ), logged AS (
    INSERT INTO audit_log (user_id, id, actor_id, occurred_at, setting, old_value, new_value, request_id)
    SELECT $1, gen_random_uuid(), $1, $5, $2, coalesce(updated.old_value, $6::jsonb), $3::jsonb, $7 FROM updated
  )
  SELECT choices FROM updated`;

/** The changed row, or nothing where others kept changing it meanwhile. */
export async function changeSetting(pool, userId, { setting, value }, requestId) {
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const now = new Date();
    const { rows } = await pool.query({
      // Prepared once for each connection.
      name: "change",
      text: CHANGE,
      values: [
        userId,
        `messaging.${setting}`,
        JSON.stringify(value),
        now.getTime() * 1000,
        now,
        JSON.stringify(DEFAULTS[setting]),
        requestId,
      ],
    });
    if (rows.length > 0) return { choices: rows[0].choices, updated_at: now };
  }
  return null;
}
