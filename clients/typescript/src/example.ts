// What an application's settings page does: shows a setting, changes it if nobody else has meanwhile, and notices
// where somebody has. `example.html` runs it in a browser.

import { connect } from "./client.js";

/** What a step came to, for people. */
export type Report = (step: string, outcome: string) => void;

export async function changeLastSeen(url: string, token: string, report: Report): Promise<void> {
  const privet = connect(url, () => token);

  // The entity tag names the version that is shown.
  const read = await privet.GET("/api/v1/privacy/settings");
  if (read.error) {
    // RFC 9457 problem details; other paths have other shapes, which the types tell apart.
    report("read", `${read.response.status} ${read.error.code}: ${read.error.detail}`);
    return;
  }
  const shown = read.response.headers.get("ETag") ?? "*";
  report("read", `${read.response.status} show_last_seen is ${read.data.show_last_seen}`);

  // The setting's name decides what its value may be: a typing error here does not compile.
  const change = { setting: "show_last_seen", value: !read.data.show_last_seen } as const;
  const update = await privet.PUT("/api/v1/privacy/settings", {
    params: { header: { "If-Match": shown } },
    body: change,
  });
  report("update", `${update.response.status} ${update.data?.status ?? update.error?.code}`);

  // Another page would have shown the version before, and would overwrite what it has not seen.
  const late = await privet.PUT("/api/v1/privacy/settings", {
    params: { header: { "If-Match": shown } },
    body: { settings: { who_can_see_profile: "contacts" } },
  });
  report("late", `${late.response.status} ${late.error?.code ?? "nothing was in its way"}`);

  const again = await privet.GET("/api/v1/privacy/settings");
  const tag = again.response.headers.get("ETag");
  report("again", `show_last_seen is ${again.data?.show_last_seen}, tag ${tag === shown ? "unchanged" : "changed"}`);
}
