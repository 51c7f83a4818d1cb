// Settings and actions as the catalogue call answers them, their groups, and who may.

/** A value of a setting. */
export type Value = unknown;

/** A setting with the caller's value. */
export interface Setting {
  name: string;
  type: "switch" | "audience" | "choice" | "preference";
  title: string;
  description: string;
  values?: Value[] | null;
  schema?: Record<string, unknown> | null;
  default: Value;
  value: Value;
  source: string;
  chosen?: Value;
  allowed: Value[] | null;
  locked: boolean;
  note: string | null;
  needed_by: string[];
}

/** An action with the settings that it needs. */
export interface Action {
  name: string;
  title: string;
  description: string;
  needs: string[];
  reciprocal: boolean;
}

/** All settings and actions. */
export interface Catalogue {
  settings: Setting[];
  actions: Action[];
}

/** A person's exceptions. */
export interface PersonExceptions {
  user_id: string;
  exceptions: Record<string, "always" | "never">;
  updated_at: string;
}

export const FAMILIES = ["account", "email", "messaging", "preferences"] as const;
/** A family of settings that has a tag of its own. */
export type Family = (typeof FAMILIES)[number];

/** The family of a setting, by its dotted name. */
export function familyOf(name: string): Family {
  return (FAMILIES.find((family) => name.startsWith(`${family}.`)) ?? "messaging") as Family;
}

/** The built-in setting that no action needs. A product's own that none needs may be about anything. */
const DISAPPEARING = "messaging.disappearing_messages_default";

export const GROUPS = ["account", "see", "reach", "find", "messages", "other"] as const;
/** A group of settings on the page. */
export type Group = (typeof GROUPS)[number];

/** The group of a setting: that of the first action that needs it. */
export function groupOf(setting: Setting): Group {
  if (setting.name === "account.is_private") return "account";
  const action = setting.needed_by[0];
  if (action === undefined) return setting.name === DISAPPEARING ? "messages" : "other";
  if (/^(view|see|show)_/.test(action)) return "see";
  if (/^(find|link|search|discover)_/.test(action)) return "find";
  return "reach";
}

/** The groups that have settings, in the order of the page, and their settings in that of the catalogue. */
export function grouped(settings: Setting[]): [Group, Setting[]][] {
  const shown = settings.filter((setting) => setting.type !== "preference");
  return GROUPS.map((group): [Group, Setting[]] => [group, shown.filter((it) => groupOf(it) === group)]).filter(
    ([, members]) => members.length > 0,
  );
}

/** The actions that are shown with a setting: those that name it first. So each action is shown once. */
export function actionsOf(setting: Setting, catalogue: Catalogue): Action[] {
  return catalogue.actions.filter((action) => action.needs[0] === setting.name);
}

/** Preferences by group: the part of the name between `preferences.` and the last dot. */
export function preferenceGroups(settings: Setting[]): [string, Setting[]][] {
  const groups = new Map<string, Setting[]>();
  for (const setting of settings.filter((it) => it.type === "preference")) {
    const path = setting.name.split(".").slice(1, -1).join(".");
    groups.set(path, [...(groups.get(path) ?? []), setting]);
  }
  return [...groups];
}

/** Who may do something: the audiences all of which somebody must belong to, and exceptions. */
export interface WhoMay {
  /** None means everybody; `nobody` alone means nobody. */
  audiences: string[];
  always: string[];
  never: string[];
}

/** Who may do `action`, by settings in force and exceptions. */
export function whoMay(action: Action, settings: Map<string, Setting>, exceptions: PersonExceptions[]): WhoMay {
  const audiences = [...new Set(action.needs.map((need) => audienceOf(need, action, settings.get(need))))];
  const limits = audiences.includes("nobody") ? ["nobody"] : audiences.filter((it) => it !== "everyone");
  const having = (rule: "always" | "never") =>
    exceptions.filter((person) => person.exceptions[action.name] === rule).map((person) => person.user_id);
  return {
    audiences: limits,
    always: limits.length === 0 ? [] : having("always"),
    never: limits[0] === "nobody" ? [] : having("never"),
  };
}

function audienceOf(need: string, action: Action, setting: Setting | undefined): string {
  if (need === "account.is_private") {
    if (setting?.value !== true) return "everyone";
    // The catalogue names both needs by the setting. Only following at once needs a public account.
    return action.name === "follow_without_approval" ? "nobody" : "followers";
  }
  if (setting?.type === "switch") return setting.value === true ? "everyone" : "nobody";
  return typeof setting?.value === "string" ? setting.value : "everyone";
}
