// Never run, only type-checked: what the document promises, and what it must keep refusing. Where it changes in a way
// that breaks its clients, this file does not compile any more.

import { connect, watchChanges, watchOwnChanges, type Schema } from "../src/index.js";

const privet = connect("http://127.0.0.1:8080", () => "token");

export async function whatIsPromised(): Promise<void> {
  const messaging = await privet.GET("/api/v1/privacy/settings");
  const audience: "everyone" | "contacts" | "nobody" | undefined = messaging.data?.who_can_see_profile;
  const seconds: 300 | 3600 | 86400 | 604800 | null | undefined = messaging.data?.disappearing_messages_default;

  const email = await privet.PATCH("/api/users/me/privacy-settings/", { body: { allow_email_contact: false } });
  const allowed: boolean | undefined = email.data?.allow_email_contact;

  const account = await privet.GET("/api/v1/e-social/privacy/account");
  const isPrivate: boolean | undefined = account.data?.data.isPrivate;

  const preferences = await privet.PATCH("/api/users/me/preferences/", { body: { "theme.mode": "dark", locale: null } });
  const mode: "light" | "dark" | "system" | undefined = preferences.data?.theme.mode;
  await privet.POST("/api/users/me/preferences/reset/");
  await privet.POST("/api/users/me/preferences/reset/", { body: { keys: ["theme", "locale.language"] } });

  const contacts = await privet.GET("/api/v1/contacts", { params: { query: { limit: 10 } } });
  const next: string | null | undefined = contacts.data?.next_cursor;

  const decided = await privet.POST("/api/v1/privacy/decisions", {
    body: { checks: [{ viewer: "a", subject: "b", action: "view_profile" }] },
  });
  const reason: Schema<"Reason"> | undefined = decided.data?.decisions[0]?.reason;
  const code: "PRECONDITION_FAILED" | "RATE_LIMITED" | string | undefined = decided.error?.code;

  for await (const event of watchChanges("http://127.0.0.1:8080", () => "token")) {
    if (event.type !== "change") continue;
    const user: string | undefined = event.change.user_id;
    const kind: "messaging" | "erased" | "catalogue" | string | undefined = event.change.kinds[0];
    if (event.change.all) void event.change.at;
    else event.change.user_id.valueOf();
    void [user, kind];
  }
  for await (const change of watchOwnChanges("http://127.0.0.1:8080", async () => "token")) {
    if (change.type === "changed" && change.family === "messaging") change.etag.valueOf();
  }

  void [audience, seconds, allowed, isPrivate, mode, next, reason, code];
}

export async function whatIsRefused(): Promise<void> {
  // @ts-expect-error There is no such path.
  await privet.GET("/api/v1/privacy/setting");
  // @ts-expect-error The path takes no POST.
  await privet.POST("/api/v1/privacy/settings", { body: {} });
  // @ts-expect-error There is no such setting.
  await privet.PUT("/api/v1/privacy/settings", { body: { setting: "show_soul", value: true } });
  // @ts-expect-error This setting takes no audience.
  await privet.PUT("/api/v1/privacy/settings", { body: { setting: "show_last_seen", value: "nobody" } });
  // @ts-expect-error Not for a number of seconds of one's own.
  await privet.PUT("/api/v1/privacy/settings", { body: { settings: { disappearing_messages_default: 12 } } });
  // @ts-expect-error The body is missing.
  await privet.PATCH("/api/users/me/privacy-settings/");
  // @ts-expect-error Whose contact is missing.
  await privet.PUT("/api/v1/contacts/{userId}");
  // @ts-expect-error There is no such action.
  await privet.POST("/api/v1/privacy/decisions", { body: { checks: [{ viewer: "a", subject: "b", action: "see" }] } });

  const messaging = await privet.GET("/api/v1/privacy/settings");
  // @ts-expect-error What failed has no data.
  messaging.data.show_last_seen.valueOf();
  const preferences = await privet.GET("/api/users/me/preferences/");
  // @ts-expect-error Preferences are typed key by key, and this one is never sepia.
  const mode: "sepia" | undefined = preferences.data?.theme.mode;
  void mode;
  // @ts-expect-error The settings have no such member.
  messaging.data?.show_soul.valueOf();
}
