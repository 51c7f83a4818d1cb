// The settings of messaging privacy: their defaults, their JSON schema, and how they are shown.

const AUDIENCES = ["everyone", "contacts", "nobody"];

export const DEFAULTS = {
  show_read_receipts: true,
  show_last_seen: true,
  show_typing_indicator: true,
  who_can_see_profile: "everyone",
  who_can_add_to_groups: "everyone",
  disappearing_messages_default: null,
};

const SWITCHES = ["show_read_receipts", "show_last_seen", "show_typing_indicator"];
const SHOWN = {
  type: "object",
  properties: {
    user_id: { type: "string" },
    ...Object.fromEntries(SWITCHES.map((name) => [name, { type: "boolean" }])),
    who_can_see_profile: { type: "string" },
    who_can_add_to_groups: { type: "string" },
    disappearing_messages_default: { type: "integer", nullable: true },
    updated_at: { type: "string" },
  },
};

function change(names, value) {
  return { properties: { setting: { enum: names }, value } };
}

export const SCHEMA = {
  body: {
    type: "object",
    required: ["setting", "value"],
    properties: { setting: { type: "string" }, value: {} },
    anyOf: [
      change(SWITCHES, { type: "boolean" }),
      change(["who_can_see_profile", "who_can_add_to_groups"], { enum: AUDIENCES }),
      change(["disappearing_messages_default"], { type: ["integer", "null"], minimum: 1, maximum: 31_536_000 }),
    ],
  },
  response: { 200: SHOWN },
};

/** What a user is shown of a row. */
export function settingsOf(userId, { choices, updated_at }) {
  const shown = { user_id: userId, updated_at: updated_at.toISOString() };
  for (const name in DEFAULTS) shown[name] = choices[`messaging.${name}`] ?? DEFAULTS[name];
  return shown;
}
