// Languages and time zones by name.

/** Languages that are offered; any other can be given by its tag. */
const TAGS = (
  "ar,bg,bn,ca,cs,da,de,el,en,en-GB,en-US,es,es-MX,et,fa,fi,fr,fr-CA,he,hi,hr,hu,id,is,it,ja,ko,lt,lv,ms,nb,nl,pl,pt," +
  "pt-BR,ro,ru,sk,sl,sr,sv,sw,ta,th,tr,uk,ur,vi,zh-Hans,zh-Hant"
).split(",");

/** The name of a language in the language of the page. */
export function languageName(tag: string, language: string): string {
  try {
    return new Intl.DisplayNames([language], { type: "language" }).of(tag) ?? tag;
  } catch {
    return tag;
  }
}

/** Tags and names, by name; `present` is among them. */
export function languages(language: string, present: string): [string, string][] {
  const tags = TAGS.includes(present) ? TAGS : [...TAGS, present];
  const named = tags.map((tag): [string, string] => [tag, languageName(tag, language)]);
  return named.sort(([, one], [, other]) => one.localeCompare(other, language));
}

/** The names of time zones; `present` is among them. */
export function timezones(present: string): string[] {
  const known = Intl.supportedValuesOf("timeZone");
  return [...new Set(["UTC", ...known, present])];
}

/** A zone with its distance from UTC now: `Europe/Berlin (GMT+1)`. */
export function timezoneName(zone: string, language: string): string {
  try {
    const parts = new Intl.DateTimeFormat(language, { timeZone: zone, timeZoneName: "shortOffset" }).formatToParts();
    const offset = parts.find((part) => part.type === "timeZoneName")?.value;
    const name = zone.replace(/_/g, " ");
    return offset && offset !== zone ? `${name} (${offset})` : name;
  } catch {
    return zone;
  }
}
